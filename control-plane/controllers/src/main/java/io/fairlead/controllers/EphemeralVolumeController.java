package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Makes the claims of volumes that live as long as their pod. Keys are Pods.
public final class EphemeralVolumeController implements Controller {
    @Override
    public String name() {
        return "ephemeral-volume-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.POD, ResourceType.PERSISTENT_VOLUME_CLAIM);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.POD)) {
            boolean concerns =
                    change.after()
                            .filter(pod ->
                                    pod.list("spec", "volumes").stream()
                                            .anyMatch(volume -> volume.has("ephemeral")))
                            .isPresent();
            return concerns ? List.of(new Key(ResourceType.POD, change.name())) : List.of();
        }
        // A claim that went is made again.
        return change.before().map(GenericObject::new).stream()
                .flatMap(claim -> claim.controllerReference().stream())
                .flatMap(owner -> index.withUid(owner.text("uid")).stream())
                .filter(owner -> owner.type().equals(ResourceType.POD))
                .toList();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Pod> pod = index.find(key, Pod::new).filter(Pod::isActive);
        List<Write> writes = new ArrayList<>();
        if (pod.isPresent()) {
            for (Json volume : pod.get().tree().list("spec", "volumes")) {
                if (volume.has("ephemeral")) {
                    claim(index, pod.get(), volume).ifPresent(writes::add);
                }
            }
        }
        return Plan.of(writes);
    }

    private static Optional<Write> claim(ClusterIndex index, Pod pod, Json volume) {
        ObjectName name = new ObjectName(pod.namespace(), pod.name() + "-" + volume.text("name"));
        Optional<GenericObject> present =
                index.find(new Key(ResourceType.PERSISTENT_VOLUME_CLAIM, name), GenericObject::new);
        if (present.isPresent()) {
            return Ownership.isControlledBy(present.get(), pod.uid())
                    ? Optional.empty()
                    : Optional.of(
                            Write.warn(
                                    EventSubject.of(ResourceType.POD, pod),
                                    "FailedBinding",
                                    "PVC %s was not created for pod %s (pod is not owner)"
                                            .formatted(name, pod.objectName())));
        }
        JsonObject template = volume.object("ephemeral", "volumeClaimTemplate");
        return Optional.of(
                Write.create(
                        ResourceType.PERSISTENT_VOLUME_CLAIM,
                        JsonObject.builder()
                                .put("apiVersion", "v1")
                                .put("kind", "PersistentVolumeClaim")
                                .put(
                                        "metadata",
                                        JsonObject.builder()
                                                .put("name", name.name())
                                                .put("namespace", name.namespace())
                                                .putUnlessEmpty(
                                                        "labels",
                                                        template.object("metadata", "labels"))
                                                .putUnlessEmpty(
                                                        "annotations",
                                                        template.object("metadata", "annotations"))
                                                .put(
                                                        "ownerReferences",
                                                        JsonArray.of(
                                                                Ownership.reference(
                                                                        ResourceType.POD, pod)))
                                                .build())
                                .put("spec", template.object("spec"))
                                .build()));
    }
}
