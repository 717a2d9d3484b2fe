package io.fairlead.node;

import io.fairlead.linux.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// What a pod has on the file system: mounts, volumes, logs.
final class PodRemains {
    private final PodFolders folders;

    PodRemains(PodFolders folders) {
        this.folders = folders;
    }

    /// Ends and removes what an earlier life of this program left of a pod that is not gone on with: processes, containers, network, files.
    void removeLost(String uid, NodeParts parts) {
        parts.cgroups().removePod(uid);
        if (Files.isDirectory(folders.containers())) {
            try (Stream<Path> runs =
                    Files.find(folders.containers(), 2, (path, attributes) -> isRun(path))) {
                runs.forEach(run -> discard(uid, run, parts.oci()));
            } catch (IOException e) {
                throw new NodeException("cannot list " + folders.containers(), e);
            }
        }
        parts.network().remove(folders);
        remove();
    }

    private boolean isRun(Path path) {
        return path.getNameCount() == folders.containers().getNameCount() + 2;
    }

    private static void discard(String uid, Path run, ContainerRuntime runtime) {
        String container = run.getName(run.getNameCount() - 2).toString();
        int attempt = Integer.parseInt(run.getName(run.getNameCount() - 1).toString());
        runtime.discard(new ContainerIdentity(uid, container, attempt), run);
    }

    /// Unmounts and deletes everything. The pod's processes must have ended.
    void remove() {
        if (Files.exists(folders.top())) {
            Mounts.detachAllBelow(folders.top());
            FileTrees.delete(folders.top());
        }
    }
}
