package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The volume that a claim got: a PersistentVolume which is a directory or a file of the machine. Its files outlive the pod.
final class ClaimedVolume {
    private final AssignedPod pod;
    private final ContainerEnvironment.ObjectLookup objects;

    ClaimedVolume(AssignedPod pod, ContainerEnvironment.ObjectLookup objects) {
        this.pod = pod;
        this.objects = objects;
    }

    /// Whether the pod's volume is a claim, its own or one that was made for it.
    static boolean isClaim(Json volume) {
        return volume.has("persistentVolumeClaim") || volume.has("ephemeral");
    }

    /// Where the files are; made if the volume says that it may be.
    ///
    /// @throws ConfigurationException when the claim has no volume yet, or one that is not on this machine
    Path prepare(Json volume) throws ConfigurationException, IOException {
        JsonObject persistent = persistentVolume(volume);
        Path path = path(persistent);
        JsonObject spec = persistent.object("spec");
        boolean isNew = !Files.exists(path);
        if (spec.has("hostPath")) {
            HostPathVolume.check(spec.object("hostPath"));
        } else if (isNew) {
            throw new ConfigurationException(
                    "local volume \"%s\": path %s does not exist"
                            .formatted(persistent.text("metadata", "name"), path));
        }
        JsonObject context = pod.spec().object("securityContext");
        if (Files.isDirectory(path) && spec.has("local") && context.has("fsGroup")) {
            FileOwnership.let(
                    FileOwnership.Access.READ_WRITE, path, (int) context.number(0, "fsGroup"));
        } else if (isNew && Files.isDirectory(path)) {
            // Whoever runs in the pod may write to what was made for it.
            Files.setAttribute(path, "unix:mode", 0777);
        }
        return path;
    }

    /// Where the files are.
    Path path(Json volume) throws ConfigurationException {
        return path(persistentVolume(volume));
    }

    private static Path path(JsonObject persistent) throws ConfigurationException {
        JsonObject spec = persistent.object("spec");
        for (String kind : new String[] {"hostPath", "local"}) {
            if (spec.has(kind)) {
                return Path.of(spec.text(kind, "path"));
            }
        }
        throw new ConfigurationException(
                "PersistentVolume \"%s\" is neither of kind hostPath nor of kind local"
                        .formatted(persistent.text("metadata", "name")));
    }

    private JsonObject persistentVolume(Json volume) throws ConfigurationException {
        String claimName =
                volume.has("ephemeral")
                        ? pod.name() + "-" + volume.text("name")
                        : volume.text("persistentVolumeClaim", "claimName");
        JsonObject claim =
                objects.find(
                                ResourceType.PERSISTENT_VOLUME_CLAIM,
                                new ObjectName(pod.namespace(), claimName))
                        .orElseThrow(() ->
                                new ConfigurationException(
                                        "persistentvolumeclaim \"%s\" not found"
                                                .formatted(claimName)));
        if (volume.has("ephemeral") && !isOwned(claim)) {
            throw new ConfigurationException(
                    "PVC %s/%s was not created for pod %s/%s (pod is not owner)"
                            .formatted(pod.namespace(), claimName, pod.namespace(), pod.name()));
        }
        String volumeName = claim.text("spec", "volumeName");
        if (volumeName.isEmpty() || !claim.text("status", "phase").equals("Bound")) {
            throw new ConfigurationException("PVC " + claimName + " is not bound");
        }
        return objects.find(ResourceType.PERSISTENT_VOLUME, ObjectName.clusterWide(volumeName))
                .orElseThrow(() ->
                        new ConfigurationException(
                                "persistentvolume \"%s\" not found".formatted(volumeName)));
    }

    private boolean isOwned(JsonObject claim) {
        return claim.list("metadata", "ownerReferences").stream()
                .anyMatch(owner -> owner.text("uid").equals(pod.uid()));
    }
}
