package io.fairlead.cluster;

import io.fairlead.controllers.LocalVolumes;
import java.nio.file.Path;

/// The volumes of claims, a folder each, below one folder. Nothing outside of it is ever removed.
record VolumeFolders(Path root) implements LocalVolumes.Folders {
    @Override
    public String path(String volume) {
        return root.resolve(volume).toAbsolutePath().toString();
    }

    @Override
    public void remove(String path) {
        Path folder = Path.of(path).normalize();
        Path own = root.toAbsolutePath().normalize();
        if (own.equals(folder.getParent())) {
            ClusterFolders.remove(folder);
        }
    }
}
