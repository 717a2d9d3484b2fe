package io.fairlead.cluster;

import io.fairlead.linux.ControlGroups;
import io.fairlead.node.NodeRemains;
import io.fairlead.node.NodeSettings;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Takes a cluster off the machine: its process, its pods, its network. Works from the cluster's name alone, so that it also clears away what a crash left.
public final class Removal {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private Removal() {}

    /// @return whether the cluster's process was running
    public static boolean takeDown(ClusterFolders folders) {
        Optional<ProcessHandle> process =
                folders.process().filter(handle -> handle.pid() != ProcessHandle.current().pid());
        process.ifPresent(Removal::end);
        ControlGroups groups = ControlGroups.detect();
        NodeRemains.remove(folders.name(), folders.run(), folders.pods(), groups);
        groups.removeIfEmpty(NodeSettings.CGROUPS);
        ProcessGroup.remove(folders.name());
        new Machine(folders).lower();
        SocketPlane.remove(folders);
        ClusterFolders.remove(folders.run());
        return process.isPresent();
    }

    private static void end(ProcessHandle process) {
        process.destroy();
        if (!isOver(process)) {
            process.destroyForcibly();
            if (!isOver(process)) {
                throw new ClusterException(
                        "process %d of the cluster does not end: look at it with \"ps\", then try again."
                                .formatted(process.pid()));
            }
        }
    }

    private static boolean isOver(ProcessHandle process) {
        try {
            process.onExit().get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException | ExecutionException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
