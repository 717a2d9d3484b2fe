package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterSnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a pod's claims say about where it can run.
sealed interface VolumeNeeds {
    /// The annotation that tells where a claim's volume is to be made.
    String SELECTED_NODE = "volume.kubernetes.io/selected-node";

    /// No node will do before something about the claims changes.
    record Blocked(String reason) implements VolumeNeeds {}

    /// A node has been chosen; volumes are being made there.
    record Awaited() implements VolumeNeeds {}

    /// @param selectors node selectors of bound volumes: all must select the node
    /// @param undecided claims whose volumes are made where the pod will run
    record Known(List<JsonObject> selectors, List<ObjectName> undecided) implements VolumeNeeds {}

    static VolumeNeeds of(JsonObject pod, ClusterSnapshot snapshot) {
        String namespace = pod.text("metadata", "namespace");
        List<JsonObject> selectors = new ArrayList<>();
        List<ObjectName> undecided = new ArrayList<>();
        boolean awaited = false;
        for (Json volume : pod.list("spec", "volumes")) {
            String name =
                    volume.has("ephemeral")
                            ? pod.text("metadata", "name") + "-" + volume.text("name")
                            : volume.text("persistentVolumeClaim", "claimName");
            if (name.isEmpty()) {
                continue;
            }
            ObjectName claimName = new ObjectName(namespace, name);
            Optional<JsonObject> claim =
                    snapshot.find(ResourceType.PERSISTENT_VOLUME_CLAIM, claimName);
            if (claim.isEmpty()) {
                return new Blocked("persistentvolumeclaim \"%s\" not found".formatted(name));
            }
            if (claim.get().has("metadata", "deletionTimestamp")) {
                return new Blocked("persistentvolumeclaim \"%s\" is being deleted".formatted(name));
            }
            String bound = claim.get().text("spec", "volumeName");
            if (!bound.isEmpty()) {
                Optional<JsonObject> found =
                        snapshot.find(
                                ResourceType.PERSISTENT_VOLUME, ObjectName.clusterWide(bound));
                if (found.isEmpty()) {
                    return new Blocked("persistentvolume \"%s\" not found".formatted(bound));
                }
                selectors.add(found.get().object("spec", "nodeAffinity", "required"));
                awaited |= !claim.get().text("status", "phase").equals("Bound");
            } else if (!waitsForConsumer(claim.get(), snapshot)) {
                return new Blocked("pod has unbound immediate PersistentVolumeClaims");
            } else {
                String node = claim.get().text("metadata", "annotations", SELECTED_NODE);
                boolean isChosen =
                        snapshot.find(ResourceType.NODE, ObjectName.clusterWide(node)).isPresent();
                awaited |= isChosen;
                if (!isChosen) {
                    undecided.add(claimName);
                }
            }
        }
        return awaited ? new Awaited() : new Known(selectors, undecided);
    }

    private static boolean waitsForConsumer(JsonObject claim, ClusterSnapshot snapshot) {
        ObjectName name = ObjectName.clusterWide(claim.text("spec", "storageClassName"));
        return snapshot.find(ResourceType.STORAGE_CLASS, name)
                .filter(one -> one.text("volumeBindingMode").equals("WaitForFirstConsumer"))
                .isPresent();
    }
}
