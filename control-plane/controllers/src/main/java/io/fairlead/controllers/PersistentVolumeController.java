package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Brings claims and volumes together, makes volumes for claims of the classes that [LocalVolumes] provides, and gives up volumes whose claim
/// is gone. Keys are claims and volumes.
///
/// A binding is first written at the volume, then at the claim: a volume is never promised twice.
public final class PersistentVolumeController implements Controller {
    private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
    private static final String PROVISIONER = "volume.kubernetes.io/storage-provisioner";
    private static final String DEFAULT = "storageclass.kubernetes.io/is-default-class";
    private static final String COMPLETED = "pv.kubernetes.io/bind-completed";
    private static final String BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

    private final LocalVolumes local;

    public PersistentVolumeController(LocalVolumes local) {
        this.local = local;
    }

    @Override
    public String name() {
        return "persistent-volume-binder";
    }

    @Override
    public String eventSource() {
        return "persistentvolume-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(
                ResourceType.PERSISTENT_VOLUME,
                ResourceType.PERSISTENT_VOLUME_CLAIM,
                ResourceType.STORAGE_CLASS,
                ResourceType.NODE);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        Set<Key> keys = new LinkedHashSet<>();
        if (change.type().equals(ResourceType.PERSISTENT_VOLUME_CLAIM)) {
            keys.add(new Key(change.type(), change.name()));
            change.after()
                    .or(change::before)
                    .map(claim -> claim.text("spec", "volumeName"))
                    .filter(volume -> !volume.isEmpty())
                    .ifPresent(volume -> keys.add(volume(volume)));
        } else if (change.type().equals(ResourceType.PERSISTENT_VOLUME)) {
            keys.add(new Key(change.type(), change.name()));
            JsonObject reference =
                    change.after().or(change::before).orElseThrow().object("spec", "claimRef");
            if (reference.isEmpty()) {
                keys.addAll(waiting(index));
            } else {
                keys.add(claim(reference));
            }
        } else if (change.type().equals(ResourceType.STORAGE_CLASS)) {
            keys.addAll(waiting(index));
        }
        return keys;
    }

    private static List<Key> waiting(ClusterIndex index) {
        return index.list(ResourceType.PERSISTENT_VOLUME_CLAIM).stream()
                .filter(claim -> claim.text("spec", "volumeName").isEmpty())
                .map(claim ->
                        Key.of(ResourceType.PERSISTENT_VOLUME_CLAIM, new GenericObject(claim)))
                .toList();
    }

    private static Key volume(String name) {
        return new Key(ResourceType.PERSISTENT_VOLUME, ObjectName.clusterWide(name));
    }

    private static Key claim(JsonObject reference) {
        return new Key(
                ResourceType.PERSISTENT_VOLUME_CLAIM,
                new ObjectName(reference.text("namespace"), reference.text("name")));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<GenericObject> found = index.find(key, GenericObject::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        return key.type().equals(ResourceType.PERSISTENT_VOLUME)
                ? keepVolume(index, found.get())
                : keepClaim(index, found.get());
    }

    private Plan keepVolume(ClusterIndex index, GenericObject volume) {
        JsonObject reference = volume.tree().object("spec", "claimRef");
        if (reference.isEmpty() || reference.text("uid").isEmpty()) {
            return Plan.of(phase(ResourceType.PERSISTENT_VOLUME, volume, "Available"));
        }
        boolean isClaimed =
                index.find(claim(reference), GenericObject::new)
                        .filter(claim -> claim.uid().equals(reference.text("uid")))
                        .isPresent();
        if (isClaimed) {
            return Plan.of(phase(ResourceType.PERSISTENT_VOLUME, volume, "Bound"));
        }
        List<Write> writes =
                new ArrayList<>(phase(ResourceType.PERSISTENT_VOLUME, volume, "Released"));
        boolean isOurs =
                LocalVolumes.PROVISIONER.equals(
                        volume.annotations().get("pv.kubernetes.io/provisioned-by"));
        boolean goes = volume.tree().text("spec", "persistentVolumeReclaimPolicy").equals("Delete");
        if (writes.isEmpty() && isOurs && goes && !volume.isBeingDeleted()) {
            writes.add(local.removal(volume));
        }
        return Plan.of(writes);
    }

    private Plan keepClaim(ClusterIndex index, GenericObject claim) {
        String bound = claim.tree().text("spec", "volumeName");
        if (bound.isEmpty()) {
            return claim.isBeingDeleted() ? Plan.NOTHING : bind(index, claim);
        }
        Optional<GenericObject> volume = index.find(volume(bound), GenericObject::new);
        if (volume.isEmpty()) {
            boolean wasBound = claim.annotations().containsKey(COMPLETED);
            List<Write> writes =
                    new ArrayList<>(
                            phase(
                                    ResourceType.PERSISTENT_VOLUME_CLAIM,
                                    claim,
                                    wasBound ? "Lost" : "Pending"));
            if (wasBound && !writes.isEmpty()) {
                writes.add(
                        Write.warn(
                                subject(claim),
                                "ClaimLost",
                                "Bound claim has lost its PersistentVolume. Data on the volume is"
                                        + " lost!"));
            }
            return Plan.of(writes);
        }
        boolean isFree = !volume.get().tree().has("spec", "claimRef");
        if (!isFree && !VolumeMatch.isKeptFor(volume.get(), claim)) {
            return Plan.of(
                    Write.warn(
                            subject(claim),
                            "FailedBinding",
                            "volume \"%s\" already bound to a different claim.".formatted(bound)));
        }
        return join(claim, volume.get());
    }

    private Plan bind(ClusterIndex index, GenericObject claim) {
        if (!claim.tree().has("spec", "storageClassName")
                && VolumeMatch.storageClass(claim.tree()).isEmpty()) {
            Optional<JsonObject> fallback = defaultClass(index);
            if (fallback.isPresent()) {
                JsonObject named =
                        claim.tree()
                                .withAt(
                                        Json.of(fallback.get().text("metadata", "name")),
                                        "spec",
                                        "storageClassName");
                return Plan.of(new Write.Update(ResourceType.PERSISTENT_VOLUME_CLAIM, named));
            }
        }
        String className = VolumeMatch.storageClass(claim.tree());
        Optional<JsonObject> storageClass =
                index.find(new Key(ResourceType.STORAGE_CLASS, ObjectName.clusterWide(className)));
        boolean waits =
                storageClass
                        .filter(one -> one.text("volumeBindingMode").equals("WaitForFirstConsumer"))
                        .isPresent();
        String node = claim.annotations().getOrDefault(SELECTED_NODE, "");
        Optional<JsonObject> selected =
                index.find(new Key(ResourceType.NODE, ObjectName.clusterWide(node)));
        if (waits && selected.isEmpty()) {
            return pending(
                    claim,
                    "WaitForFirstConsumer",
                    "waiting for first consumer to be created before binding");
        }
        Optional<GenericObject> volume = VolumeMatch.find(claim, index, selected);
        if (volume.isPresent()) {
            return join(claim, volume.get());
        }
        if (storageClass.isEmpty()) {
            return className.isEmpty()
                    ? pending(
                            claim,
                            "FailedBinding",
                            "no persistent volumes available for this claim and no storage class is"
                                    + " set")
                    : warning(
                            claim,
                            "ProvisioningFailed",
                            "storageclass.storage.k8s.io \"%s\" not found".formatted(className));
        }
        String provisioner = storageClass.get().text("provisioner");
        if (!provisioner.equals(LocalVolumes.PROVISIONER)) {
            if (provisioner.equals("kubernetes.io/no-provisioner")) {
                return pending(
                        claim,
                        "FailedBinding",
                        "no persistent volumes available for this claim and no storage class is"
                                + " set");
            }
            return external(claim, provisioner);
        }
        return provision(index, claim, storageClass.get(), node);
    }

    private static Optional<JsonObject> defaultClass(ClusterIndex index) {
        return index.list(ResourceType.STORAGE_CLASS).stream()
                .filter(one -> one.text("metadata", "annotations", DEFAULT).equals("true"))
                .max(
                        Comparator.comparing((JsonObject one) ->
                                        one.text("metadata", "creationTimestamp"))
                                .thenComparing(one -> one.text("metadata", "name")));
    }

    private Plan provision(
            ClusterIndex index, GenericObject claim, JsonObject storageClass, String selected) {
        if (claim.tree().text("spec", "volumeMode").equals("Block")) {
            return warning(
                    claim, "ProvisioningFailed", "a folder cannot be a volume of mode Block");
        }
        // Without a pod that decides, any node will do: the first, so that it stays the same.
        Optional<String> node =
                selected.isEmpty()
                        ? index.list(ResourceType.NODE).stream()
                                .map(one -> one.text("metadata", "name"))
                                .min(String::compareTo)
                        : Optional.of(selected);
        if (node.isEmpty()) {
            return warning(claim, "ProvisioningFailed", "there is no node to hold the volume");
        }
        JsonObject volume = local.volume(claim, storageClass, node.get());
        return Plan.of(
                new Write.Create(
                        ResourceType.PERSISTENT_VOLUME,
                        volume,
                        Optional.of(
                                new Write.Announcement(
                                        subject(claim),
                                        "ProvisioningSucceeded",
                                        "Successfully provisioned volume {}",
                                        "ProvisioningFailed",
                                        "failed to provision volume: "))));
    }

    private static Plan external(GenericObject claim, String provisioner) {
        if (!provisioner.equals(claim.annotations().get(PROVISIONER))) {
            return Plan.of(
                    new Write.Update(
                            ResourceType.PERSISTENT_VOLUME_CLAIM,
                            claim.tree()
                                    .withAt(
                                            Json.of(provisioner),
                                            "metadata",
                                            "annotations",
                                            PROVISIONER)));
        }
        return pending(
                claim,
                "ExternalProvisioning",
                "Waiting for a volume to be created either by the external provisioner '%s' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered."
                        .formatted(provisioner));
    }

    /// The next write that a claim and its volume lack to be bound.
    private static Plan join(GenericObject claim, GenericObject volume) {
        JsonObject reference = volume.tree().object("spec", "claimRef");
        if (reference.text("uid").isEmpty()) {
            JsonObject kept =
                    volume.tree().withAt(LocalVolumes.reference(claim), "spec", "claimRef");
            return Plan.of(
                    new Write.Update(
                            ResourceType.PERSISTENT_VOLUME,
                            reference.isEmpty()
                                    ? kept.withAt(
                                            Json.of("yes"),
                                            "metadata",
                                            "annotations",
                                            BY_CONTROLLER)
                                    : kept));
        }
        JsonObject bound =
                claim.tree()
                        .withAt(Json.of("yes"), "metadata", "annotations", COMPLETED)
                        .withAt(Json.of(volume.name()), "spec", "volumeName");
        if (claim.tree().text("spec", "volumeName").isEmpty()) {
            bound = bound.withAt(Json.of("yes"), "metadata", "annotations", BY_CONTROLLER);
        }
        if (!bound.equals(claim.tree())) {
            return Plan.of(new Write.Update(ResourceType.PERSISTENT_VOLUME_CLAIM, bound));
        }
        JsonObject status =
                claim.tree()
                        .object("status")
                        .with("phase", Json.of("Bound"))
                        .with(
                                "accessModes",
                                new JsonArray(volume.tree().list("spec", "accessModes")))
                        .with("capacity", volume.tree().object("spec", "capacity"));
        List<Write> writes = new ArrayList<>();
        Write.status(ResourceType.PERSISTENT_VOLUME_CLAIM, claim, status).ifPresent(writes::add);
        return Plan.of(writes);
    }

    private static List<Write> phase(ResourceType type, GenericObject object, String phase) {
        return Write.status(
                        type, object, object.tree().object("status").with("phase", Json.of(phase)))
                .stream()
                .toList();
    }

    private static Plan pending(GenericObject claim, String reason, String message) {
        List<Write> writes =
                new ArrayList<>(phase(ResourceType.PERSISTENT_VOLUME_CLAIM, claim, "Pending"));
        writes.add(Write.tell(subject(claim), reason, message));
        return Plan.of(writes);
    }

    private static Plan warning(GenericObject claim, String reason, String message) {
        List<Write> writes =
                new ArrayList<>(phase(ResourceType.PERSISTENT_VOLUME_CLAIM, claim, "Pending"));
        writes.add(Write.warn(subject(claim), reason, message));
        return Plan.of(writes);
    }

    private static EventSubject subject(GenericObject claim) {
        return EventSubject.of(ResourceType.PERSISTENT_VOLUME_CLAIM, claim);
    }
}
