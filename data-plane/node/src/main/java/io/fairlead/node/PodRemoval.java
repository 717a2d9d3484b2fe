package io.fairlead.node;

import io.fairlead.api.ApiException;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.TransportException;
import io.fairlead.linux.LinuxException;
import java.time.Duration;

/// Takes a pod whose processes have all ended off the node, and then out of the API.
final class PodRemoval {
    private final NodeParts parts;

    PodRemoval(NodeParts parts) {
        this.parts = parts;
    }

    /// Waits for the requests it makes. The object goes first where nothing on the node depends on it: its address is free again only
    /// afterwards.
    void remove(AssignedPod pod, PodFolders folders) {
        try {
            parts.network().remove(folders);
            new PodRemains(folders).remove();
            parts.cgroups().removePod(pod.uid());
        } catch (NodeException | LinuxException e) {
            System.getLogger("io.fairlead.node")
                    .log(
                            System.Logger.Level.WARNING,
                            "something of pod " + pod.objectName() + " is left",
                            e);
        }
        try {
            parts.client()
                    .delete(
                            ResourceType.POD,
                            pod.objectName(),
                            Deletion.of(pod).withGrace(Duration.ZERO));
        } catch (ApiException e) {
            if (!e.isNotFound() && !e.isConflict()) {
                retry(pod, folders, e);
            }
        } catch (TransportException e) {
            retry(pod, folders, e);
        }
    }

    private void retry(AssignedPod pod, PodFolders folders, RuntimeException failure) {
        System.getLogger("io.fairlead.node")
                .log(
                        System.Logger.Level.WARNING,
                        "cannot delete pod " + pod.objectName() + ", trying again",
                        failure);
        parts.after(Duration.ofSeconds(1), () -> parts.tasks().execute(() -> remove(pod, folders)));
    }
}
