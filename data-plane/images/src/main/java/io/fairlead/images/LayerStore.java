package io.fairlead.images;

import com.github.luben.zstd.ZstdInputStream;
import io.fairlead.linux.SpecialFiles;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/// Unpacked layers, each once, in a directory named by the digest of its uncompressed archive.
///
/// A layer is unpacked beside and moved in place when it is whole and on disk, so a directory that is there is complete, whenever the machine stopped. Several processes may
/// share the folder: the first to move wins.
final class LayerStore {
    private final Path layers;
    private final Path unpacking;
    private final UnpackLimits limits;
    private final ConcurrentHashMap<ContentDigest, Object> locks = new ConcurrentHashMap<>();

    LayerStore(Path root, UnpackLimits limits) {
        this.layers = root.resolve("layers");
        this.unpacking = root.resolve("unpacking");
        this.limits = limits;
    }

    Path directory(ContentDigest layer) {
        return layer.below(layers);
    }

    boolean has(ContentDigest layer) {
        return Files.isDirectory(directory(layer));
    }

    /// Makes sure that the layer is there. Threads that want the same one wait for the first.
    ///
    /// @param layer the digest of the uncompressed archive
    Path ensure(ContentDigest layer, Blob blob, Blobs blobs, LongConsumer progress)
            throws IOException, ImageException {
        Path directory = directory(layer);
        synchronized (locks.computeIfAbsent(layer, each -> new Object())) {
            if (!has(layer)) {
                Files.createDirectories(directory.getParent());
                Path beside = placeToUnpack();
                try {
                    unpack(blob, blobs, layer, beside, progress);
                    SpecialFiles.syncFileSystem(beside);
                    moveInPlace(beside, directory);
                } finally {
                    LayerUnpacker.deleteTree(beside);
                }
            }
        }
        progress.accept(blob.size());
        return directory;
    }

    private static void moveInPlace(Path beside, Path directory) throws IOException {
        try {
            Files.move(beside, directory, StandardCopyOption.ATOMIC_MOVE);
        } catch (FileSystemException e) {
            // Another process may have been faster; its directory has the same content.
            if (!Files.isDirectory(directory)) {
                throw e;
            }
        }
    }

    private void unpack(
            Blob blob, Blobs blobs, ContentDigest layer, Path target, LongConsumer progress)
            throws IOException, ImageException {
        try (VerifiedStream packed = new VerifiedStream(blobs.open(blob), blob, progress);
                InputStream plain = decompressed(packed)) {
            VerifiedStream archive =
                    new VerifiedStream(plain, new Blob("", layer, Blob.UNKNOWN_SIZE));
            new LayerUnpacker(target, limits).unpack(archive);
            archive.finish();
            packed.finish();
        }
    }

    /// By the first bytes, because media types are not always right.
    static InputStream decompressed(InputStream packed) throws IOException {
        BufferedInputStream in = new BufferedInputStream(packed, 65_536);
        in.mark(4);
        byte[] magic = in.readNBytes(4);
        in.reset();
        if (startsWith(magic, 0x1f, 0x8b)) {
            return new GZIPInputStream(in, 65_536);
        }
        return startsWith(magic, 0x28, 0xb5, 0x2f, 0xfd) ? new ZstdInputStream(in) : in;
    }

    private static boolean startsWith(byte[] bytes, int... magic) {
        if (bytes.length < magic.length) {
            return false;
        }
        for (int i = 0; i < magic.length; i++) {
            if ((bytes[i] & 0xff) != magic[i]) {
                return false;
            }
        }
        return true;
    }

    /// A folder for files of a passing kind.
    Path room() throws IOException {
        return Files.createDirectories(unpacking);
    }

    private Path placeToUnpack() throws IOException {
        Path place = Files.createTempDirectory(room(), ProcessHandle.current().pid() + "-");
        // The root of a layer whose archive does not mention it, which every user of a container
        // must be able to enter.
        Files.setAttribute(place, "unix:mode", 0755);
        return place;
    }

    /// Removes what processes that are gone left half unpacked.
    void removeLeftovers() throws IOException {
        if (!Files.isDirectory(unpacking)) {
            return;
        }
        for (Path leftover : children(unpacking)) {
            String name = String.valueOf(leftover.getFileName());
            String pid = name.substring(0, Math.max(0, name.indexOf('-')));
            boolean isInUse =
                    pid.matches("[0-9]{1,18}") && ProcessHandle.of(Long.parseLong(pid)).isPresent();
            if (!isInUse) {
                LayerUnpacker.deleteTree(leftover);
            }
        }
    }

    /// Deletes all layers but these.
    void retain(Set<Path> kept) throws IOException {
        if (!Files.isDirectory(layers)) {
            return;
        }
        for (Path algorithm : children(layers)) {
            for (Path layer : children(algorithm)) {
                if (!kept.contains(layer)) {
                    // Moved first, so that a half-deleted layer is never taken for a whole one.
                    Path aside = placeToUnpack();
                    Files.move(layer, aside, StandardCopyOption.ATOMIC_MOVE);
                    LayerUnpacker.deleteTree(aside);
                }
            }
        }
    }

    private static List<Path> children(Path folder) throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return new ArrayList<>(children.toList());
        }
    }
}
