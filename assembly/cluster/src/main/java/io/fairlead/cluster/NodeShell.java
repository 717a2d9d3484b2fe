package io.fairlead.cluster;

import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;

/// Runs a program of the host in a node's network, with the caller's own terminal.
public final class NodeShell {
    private NodeShell() {}

    /// @return the program's exit status
    /// @throws ClusterException when there is no such node, or the program cannot be started
    public static int run(ClusterFolders folders, String node, List<String> command)
            throws InterruptedException {
        Machine machine = new Machine(folders);
        if (!Files.exists(machine.nodeNamespace(node))) {
            throw new ClusterException(
                    "cluster \"%s\" has no node \"%s\": \"fairlead status\" lists its nodes."
                            .formatted(folders.name(), node));
        }
        try (NetworkNamespace namespace = machine.openNode(node)) {
            Process process = namespace.start(new ProcessBuilder(command).inheritIO());
            return process.waitFor();
        } catch (RuntimeException e) {
            if (e.getCause() instanceof IOException reason) {
                throw new ClusterException(reason.getMessage() + ".", e);
            }
            throw e;
        }
    }
}
