package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Lets claims go that no pod uses, or volumes that are bound to no claim. Keys are these.
public final class VolumeProtectionController implements Controller {
    private final ResourceType type;
    private final String name;
    private final String finalizer;

    private VolumeProtectionController(ResourceType type, String name, String finalizer) {
        this.type = type;
        this.name = name;
        this.finalizer = finalizer;
    }

    public static VolumeProtectionController ofClaims() {
        return new VolumeProtectionController(
                ResourceType.PERSISTENT_VOLUME_CLAIM,
                "pvc-protection-controller",
                "kubernetes.io/pvc-protection");
    }

    public static VolumeProtectionController ofVolumes() {
        return new VolumeProtectionController(
                ResourceType.PERSISTENT_VOLUME,
                "pv-protection-controller",
                "kubernetes.io/pv-protection");
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<ResourceType> reads() {
        return type.isNamespaced() ? Set.of(type, ResourceType.POD) : Set.of(type);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(type)) {
            return List.of(new Key(type, change.name()));
        }
        boolean stillUses =
                change.after().map(Pod::new).filter(pod -> !pod.isFinished()).isPresent();
        return stillUses
                ? List.of()
                : change.before().or(change::after).stream()
                        .flatMap(pod -> claims(new Pod(pod)).stream())
                        .toList();
    }

    private static List<Key> claims(Pod pod) {
        List<Key> claims = new ArrayList<>();
        for (Json volume : pod.tree().list("spec", "volumes")) {
            String claim =
                    volume.has("ephemeral")
                            ? pod.name() + "-" + volume.text("name")
                            : volume.text("persistentVolumeClaim", "claimName");
            if (!claim.isEmpty()) {
                claims.add(
                        new Key(
                                ResourceType.PERSISTENT_VOLUME_CLAIM,
                                new ObjectName(pod.namespace(), claim)));
            }
        }
        return claims;
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<GenericObject> found = index.find(key, GenericObject::new);
        if (found.isEmpty()
                || !found.get().isBeingDeleted()
                || !finalizers(found.get()).contains(Json.of(finalizer))
                || isUsed(index, key, found.get())) {
            return Plan.NOTHING;
        }
        List<Json> others = new ArrayList<>(finalizers(found.get()));
        others.remove(Json.of(finalizer));
        JsonObject released =
                found.get().tree().withAt(new JsonArray(others), "metadata", "finalizers");
        return Plan.of(new Write.Update(type, released));
    }

    private static List<Json> finalizers(GenericObject object) {
        return object.tree().list("metadata", "finalizers");
    }

    private boolean isUsed(ClusterIndex index, Key key, GenericObject object) {
        if (!type.isNamespaced()) {
            return object.tree().text("status", "phase").equals("Bound");
        }
        return index.list(ResourceType.POD, key.name().namespace(), Pod::new).stream()
                .filter(pod -> !pod.isFinished())
                .anyMatch(pod -> claims(pod).contains(key));
    }
}
