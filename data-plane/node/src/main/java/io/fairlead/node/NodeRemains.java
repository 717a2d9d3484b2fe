package io.fairlead.node;

import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Mounts;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// What the pods of a cluster leave on the machine, found by the cluster's name alone.
public final class NodeRemains {
    private NodeRemains() {}

    /// Ends all containers of a cluster and removes their control groups, mounts, namespaces and files. Asks no API; does nothing where
    /// nothing is left.
    ///
    /// @param cluster the cluster's name
    /// @param runDirectory as in [NodeSettings#runDirectory]; what else is there stays
    /// @param pods as in [NodeSettings#podsDirectory]
    /// @param groups the machine's control groups
    public static void remove(String cluster, Path runDirectory, Path pods, ControlGroups groups) {
        String group = NodeSettings.clusterCgroup(cluster);
        if (groups.exists(group)) {
            groups.kill(group);
        }
        if (Files.exists(pods)) {
            Mounts.detachAllBelow(pods);
            FileTrees.delete(pods);
        }
        removeNamespaces(runDirectory.resolve("netns"));
        OciProgram.FOLDERS.forEach(folder -> FileTrees.deleteIfThere(runDirectory.resolve(folder)));
        if (groups.exists(group)) {
            try {
                groups.remove(group);
            } catch (LinuxException e) {
                throw new NodeException("cannot remove the control groups of " + cluster, e);
            }
        }
    }

    private static void removeNamespaces(Path namespaces) {
        if (!Files.isDirectory(namespaces)) {
            return;
        }
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(namespaces, NodeSettings.POD_NAMESPACES + "*")) {
            for (Path file : files) {
                NetworkNamespace.delete(file);
            }
        } catch (IOException e) {
            throw new NodeException("cannot list " + namespaces, e);
        }
    }
}
