package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import java.util.Optional;

/// Makes volumes out of folders on nodes.
public final class LocalVolumes {
    /// How storage classes name it.
    public static final String PROVISIONER = "fairlead.io/local-path";

    private final Folders folders;

    /// Where volumes live on nodes.
    public interface Folders {
        /// The absolute path of a new volume's folder; the node makes it when a pod first mounts it.
        ///
        /// @param volume the volume's name
        String path(String volume);

        /// Removes a folder that [#path] named, with everything in it.
        void remove(String path);
    }

    public LocalVolumes(Folders folders) {
        this.folders = folders;
    }

    /// A class whose volumes are folders, and that claims get which ask for none.
    public static JsonObject defaultClass() {
        return JsonObject.builder()
                .put("apiVersion", "storage.k8s.io/v1")
                .put("kind", "StorageClass")
                .put(
                        "metadata",
                        JsonObject.of(
                                "name",
                                Json.of("standard"),
                                "annotations",
                                JsonObject.of(
                                        "storageclass.kubernetes.io/is-default-class",
                                        Json.of("true"))))
                .put("provisioner", PROVISIONER)
                .put("reclaimPolicy", "Delete")
                .put("volumeBindingMode", "WaitForFirstConsumer")
                .build();
    }

    /// A volume for a claim on a node, kept for that claim.
    JsonObject volume(GenericObject claim, JsonObject storageClass, String node) {
        String name = "pvc-" + claim.uid();
        JsonObject onNode =
                JsonObject.of(
                        "key", Json.of("kubernetes.io/hostname"),
                        "operator", Json.of("In"),
                        "values", JsonArray.of(Json.of(node)));
        JsonObject affinity =
                JsonObject.of(
                        "required",
                        JsonObject.of(
                                "nodeSelectorTerms",
                                JsonArray.of(
                                        JsonObject.of("matchExpressions", JsonArray.of(onNode)))));
        String policy = storageClass.text("reclaimPolicy");
        JsonObject spec =
                JsonObject.builder()
                        .put(
                                "capacity",
                                JsonObject.of(
                                        "storage",
                                        Json.of(VolumeMatch.requested(claim).toString())))
                        .put("accessModes", new JsonArray(claim.tree().list("spec", "accessModes")))
                        .put(
                                "hostPath",
                                JsonObject.of(
                                        "path",
                                        Json.of(folders.path(name)),
                                        "type",
                                        Json.of("DirectoryOrCreate")))
                        .put("claimRef", reference(claim))
                        .put("persistentVolumeReclaimPolicy", policy.isEmpty() ? "Delete" : policy)
                        .put("storageClassName", storageClass.text("metadata", "name"))
                        .put("volumeMode", "Filesystem")
                        .put("nodeAffinity", affinity)
                        .build();
        return JsonObject.builder()
                .put("apiVersion", "v1")
                .put("kind", "PersistentVolume")
                .put(
                        "metadata",
                        JsonObject.of(
                                "name",
                                Json.of(name),
                                "annotations",
                                JsonObject.of(
                                        "pv.kubernetes.io/provisioned-by", Json.of(PROVISIONER))))
                .put("spec", spec)
                .build();
    }

    static JsonObject reference(GenericObject claim) {
        return JsonObject.builder()
                .put("kind", "PersistentVolumeClaim")
                .put("namespace", claim.namespace())
                .put("name", claim.name())
                .put("uid", claim.uid())
                .put("apiVersion", "v1")
                .put("resourceVersion", claim.tree().text("metadata", "resourceVersion"))
                .build();
    }

    /// Removes what a volume held, then the volume.
    Write removal(GenericObject volume) {
        String path = volume.tree().text("spec", "hostPath", "path");
        return new Write.Procedure(
                "remove the folder of volume " + volume.name(),
                client -> {
                    folders.remove(path);
                    client.delete(
                            ResourceType.PERSISTENT_VOLUME,
                            volume.objectName(),
                            Deletion.of(volume));
                    return Optional.empty();
                });
    }
}
