package io.fairlead.images;

import java.nio.file.Path;
import java.util.List;

/// An image unpacked on this machine. Its directories are shared by everything that runs from it, and are never written to.
///
/// @param id the digest of the image's configuration, such as `sha256:…`
/// @param layers one directory a layer, lowest first, ready to be the lower directories of an overlayfs (deletions are
///     overlayfs whiteouts)
public record LocalImage(String id, List<Path> layers, ImageConfig config) {
    public LocalImage {
        layers = List.copyOf(layers);
    }
}
