package io.fairlead.node;

import io.fairlead.linux.Mounts;
import java.nio.file.Files;

/// What a pod has on the file system: mounts, volumes, logs.
final class PodRemains {
    private final PodFolders folders;

    PodRemains(PodFolders folders) {
        this.folders = folders;
    }

    /// Unmounts and deletes everything. The pod's processes must have ended.
    void remove() {
        if (Files.exists(folders.top())) {
            Mounts.detachAllBelow(folders.top());
            FileTrees.delete(folders.top());
        }
    }
}
