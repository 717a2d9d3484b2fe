package io.fairlead.cluster;

import io.fairlead.images.ImageException;
import io.fairlead.images.ImageReference;
import io.fairlead.images.ImageStore;
import io.fairlead.images.LocalImage;
import io.fairlead.images.RegistryCredentials;
import io.fairlead.images.RegistryOptions;
import io.fairlead.images.StoredImage;
import java.nio.file.Path;
import java.util.List;

/// A cluster's images, for commands that run beside its process.
public final class ImageShelf implements AutoCloseable {
    private final Execution execution = Execution.create();
    private final ImageStore store;

    private ImageShelf(Path folder) {
        store = new ImageStore(folder, RegistryOptions.USUAL, execution.tasks());
    }

    public static ImageShelf of(ClusterFolders folders) {
        return new ImageShelf(folders.images());
    }

    /// @param name empty for the names in the archive
    /// @return a line for each image
    public List<String> load(Path archive, String name) {
        try {
            return name.isEmpty()
                    ? store.load(archive).stream().map(ImageShelf::line).toList()
                    : List.of(name + " " + store.load(archive, reference(name)).id());
        } catch (ImageException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    public String pull(String name) {
        try {
            LocalImage image = store.pull(reference(name), RegistryCredentials.ANONYMOUS);
            return name + " " + image.id();
        } catch (ImageException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    public List<String> list() {
        try {
            return store.list().stream().map(ImageShelf::line).toList();
        } catch (ImageException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    public void remove(String name) {
        try {
            if (!store.remove(reference(name))) {
                throw new ClusterException(
                        "there is no image %s here: \"fairlead image list\" lists them."
                                .formatted(name));
            }
        } catch (ImageException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    private static String line(StoredImage image) {
        return image.reference() + " " + image.image().id();
    }

    private static ImageReference reference(String name) {
        try {
            return ImageReference.parse(name);
        } catch (IllegalArgumentException e) {
            throw new ClusterException(
                    "\"%s\" is not an image name: %s.".formatted(name, e.getMessage()), e);
        }
    }

    @Override
    public void close() {
        execution.close();
    }
}
