package io.fairlead.images;

import io.fairlead.linux.SpecialFiles;
import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.jspecify.annotations.Nullable;

/// Unpacks one layer's tar into a directory that overlayfs can use as a lower one: deletions become overlayfs' own marks.
///
/// The archive is not trusted. Every name is walked component by component from the directory, and a component that is not a real directory is refused, so nothing is
/// ever written through a link. What links say is kept as it is: it is read inside the container, not here.
///
/// Used by one thread, once.
final class LayerUnpacker {
    private static final String WHITEOUT = ".wh.";
    private static final String OPAQUE = ".wh..wh..opq";
    private static final String RESERVED = ".wh..wh.";
    private static final String OPAQUE_ATTRIBUTE = "trusted.overlay.opaque";
    private static final byte[] YES = "y".getBytes(StandardCharsets.US_ASCII);
    private static final String PAX_ATTRIBUTE = "SCHILY.xattr.";

    private final Path root;
    private final UnpackLimits limits;

    /// Written last, because unpacking into a directory changes its time.
    private final Map<Path, FileTime> directoryTimes = new LinkedHashMap<>();

    private long bytes;
    private int entries;

    /// @param root an empty directory
    LayerUnpacker(Path root, UnpackLimits limits) {
        this.root = root;
        this.limits = limits;
    }

    /// Some tools forget the end of a tar, padding and all, so it is read as if this stood behind it. Whether anything else is missing, the
    /// layer's digest tells.
    private static final byte[] END = new byte[3 * TarConstants.DEFAULT_RCDSIZE];

    /// Reads the archive to its end mark; what follows it is left in the stream.
    void unpack(InputStream archive) throws IOException, ImageException {
        // Not closed: the stream is the caller's.
        InputStream open =
                new FilterInputStream(archive) {
                    @Override
                    public void close() {}
                };
        Guarded guarded = new Guarded(new SequenceInputStream(open, new ByteArrayInputStream(END)));
        TarArchiveInputStream tar =
                new TarArchiveInputStream(
                        guarded,
                        TarConstants.DEFAULT_RCDSIZE,
                        TarConstants.DEFAULT_RCDSIZE,
                        "UTF-8");
        while (true) {
            guarded.headerBytes = 0;
            TarArchiveEntry entry = tar.getNextEntry();
            guarded.headerBytes = Guarded.NONE;
            if (entry == null) {
                break;
            }
            if (++entries > limits.entriesMax()) {
                throw new ImageException(
                        "a layer has more than " + limits.entriesMax() + " entries");
            }
            unpack(entry, tar);
        }
        for (Map.Entry<Path, FileTime> each : List.copyOf(directoryTimes.entrySet()).reversed()) {
            SpecialFiles.setTime(each.getKey(), each.getValue().toInstant());
        }
    }

    /// Limits what is read between two entries: headers are read into memory, and may claim any size.
    private static final class Guarded extends FilterInputStream {
        static final long NONE = Long.MIN_VALUE;
        private static final long HEADER_BYTES_MAX = 1 << 20;

        private long headerBytes = NONE;

        Guarded(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (headerBytes > HEADER_BYTES_MAX) {
                throw new IOException("a layer has an entry with more than 1 MiB of headers");
            }
            int count = in.read(bytes, offset, length);
            headerBytes += headerBytes == NONE ? 0 : Math.max(0, count);
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            byte[] ignored = new byte[(int) Math.min(count, 8_192)];
            return Math.max(0, read(ignored, 0, ignored.length));
        }
    }

    private void unpack(TarArchiveEntry entry, TarArchiveInputStream tar)
            throws IOException, ImageException {
        List<String> names = components(entry.getName());
        if (names.isEmpty()) {
            if (entry.isDirectory()) {
                finish(root, entry);
            }
            return;
        }
        Path folder = parent(names);
        String name = names.getLast();
        if (name.startsWith(WHITEOUT)) {
            remove(folder, name);
            return;
        }
        Path path = folder.resolve(name);
        boolean replacesDeletion = clear(path, entry.isDirectory());
        if (entry.isLink()) {
            Files.createLink(path, linked(entry));
            return;
        }
        create(path, entry, tar);
        if (replacesDeletion && entry.isDirectory()) {
            SpecialFiles.setAttribute(path, OPAQUE_ATTRIBUTE, YES);
        }
        finish(path, entry);
    }

    private void create(Path path, TarArchiveEntry entry, TarArchiveInputStream tar)
            throws IOException, ImageException {
        if (entry.isDirectory()) {
            if (!isDirectory(path)) {
                Files.createDirectory(path);
            }
        } else if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
        } else if (entry.isCharacterDevice()) {
            device(path, SpecialFiles.Kind.CHARACTER_DEVICE, entry);
        } else if (entry.isBlockDevice()) {
            device(path, SpecialFiles.Kind.BLOCK_DEVICE, entry);
        } else if (entry.isFIFO()) {
            SpecialFiles.make(path, SpecialFiles.Kind.PIPE, 0, 0, 0);
        } else if (entry.isFile()) {
            copy(tar, path);
        } else {
            throw new ImageException(
                    "a layer has an entry of unknown kind %d: %s"
                            .formatted((int) entry.getLinkFlag(), entry.getName()));
        }
    }

    private static void device(Path path, SpecialFiles.Kind kind, TarArchiveEntry entry) {
        SpecialFiles.make(path, kind, 0, entry.getDevMajor(), entry.getDevMinor());
    }

    private void copy(InputStream in, Path path) throws IOException, ImageException {
        byte[] buffer = new byte[65_536];
        try (OutputStream out =
                Files.newOutputStream(
                        path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                bytes += count;
                if (bytes > limits.bytesMax()) {
                    throw new ImageException(
                            "a layer unpacks to more than " + limits.bytesMax() + " bytes");
                }
                out.write(buffer, 0, count);
            }
        }
    }

    /// Owner first: changing it clears the bits that let a program run as its owner.
    private void finish(Path path, TarArchiveEntry entry) throws IOException {
        Files.setAttribute(
                path, "unix:uid", (int) entry.getLongUserId(), LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(
                path, "unix:gid", (int) entry.getLongGroupId(), LinkOption.NOFOLLOW_LINKS);
        if (!entry.isSymbolicLink()) {
            Files.setAttribute(path, "unix:mode", entry.getMode() & 07777);
        }
        for (Map.Entry<String, String> header : entry.getExtraPaxHeaders().entrySet()) {
            if (header.getKey().startsWith(PAX_ATTRIBUTE)) {
                setAttribute(
                        path, header.getKey().substring(PAX_ATTRIBUTE.length()), header.getValue());
            }
        }
        if (entry.isDirectory()) {
            directoryTimes.put(path, entry.getLastModifiedTime());
        } else {
            SpecialFiles.setTime(path, entry.getLastModifiedTime().toInstant());
        }
    }

    /// Attributes by which overlayfs or security modules would be steered are not an image's business.
    private static void setAttribute(Path path, String name, String value) {
        boolean isWelcome = name.equals("security.capability") || name.startsWith("user.");
        boolean isWhole = value.indexOf('\ufffd') < 0;
        if (isWelcome && isWhole) {
            SpecialFiles.setAttribute(path, name, value.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// Marks something of the lower layers as gone. What this layer itself brings under that name stays.
    private void remove(Path folder, String name) throws IOException, ImageException {
        if (name.equals(OPAQUE)) {
            SpecialFiles.setAttribute(folder, OPAQUE_ATTRIBUTE, YES);
        } else if (!name.startsWith(RESERVED)) {
            Path hidden = folder.resolve(component(name.substring(WHITEOUT.length()), name));
            if (isDirectory(hidden)) {
                SpecialFiles.setAttribute(hidden, OPAQUE_ATTRIBUTE, YES);
            } else if (!Files.exists(hidden, LinkOption.NOFOLLOW_LINKS)) {
                SpecialFiles.whiteout(hidden);
            }
        }
    }

    /// Makes way at `path`; later entries of an archive replace earlier ones.
    ///
    /// @return whether a deletion mark was there
    private boolean clear(Path path, boolean directoryComes) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        if (isDirectory(path)) {
            if (!directoryComes) {
                deleteTree(path);
                directoryTimes.keySet().removeIf(each -> each.startsWith(path));
            }
            return false;
        }
        boolean wasDeletion = isWhiteout(path);
        Files.delete(path);
        return wasDeletion;
    }

    private Path linked(TarArchiveEntry entry) throws IOException, ImageException {
        List<String> names = components(entry.getLinkName());
        if (names.isEmpty()) {
            throw refused(entry.getLinkName(), "links to the root");
        }
        Path target = parent(names).resolve(names.getLast());
        if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS) || isDirectory(target)) {
            throw refused(entry.getLinkName(), "is linked to, but is no file of the layer");
        }
        return target;
    }

    /// The directory for an entry, made if the archive does not mention it.
    private Path parent(List<String> names) throws IOException, ImageException {
        Path at = root;
        for (String name : names.subList(0, names.size() - 1)) {
            at = at.resolve(name);
            if (isDirectory(at)) {
                continue;
            }
            boolean wasDeletion = false;
            if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) {
                wasDeletion = isWhiteout(at);
                if (!wasDeletion) {
                    throw refused(
                            String.join("/", names),
                            "leads through " + root.relativize(at) + ", which is no directory");
                }
                Files.delete(at);
            }
            Files.createDirectory(at);
            Files.setAttribute(at, "unix:mode", 0755);
            if (wasDeletion) {
                SpecialFiles.setAttribute(at, OPAQUE_ATTRIBUTE, YES);
            }
        }
        return at;
    }

    /// The parts of a name. A leading slash means the layer's root, as it does to other tools.
    private static List<String> components(String name) throws ImageException {
        List<String> components = new ArrayList<>();
        for (String part : name.split("/", -1)) {
            if (!part.isEmpty() && !part.equals(".")) {
                components.add(component(part, name));
            }
        }
        return components;
    }

    private static String component(String part, String name) throws ImageException {
        if (part.isEmpty() || part.equals(".") || part.equals("..") || part.indexOf('\0') >= 0) {
            throw refused(name, "would leave its place");
        }
        return part;
    }

    private static ImageException refused(String name, String why) {
        return new ImageException("a layer's entry \"" + name + "\" " + why);
    }

    private static boolean isDirectory(Path path) {
        return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean isWhiteout(Path path) throws IOException {
        Map<String, Object> attributes =
                Files.readAttributes(path, "unix:mode,rdev", LinkOption.NOFOLLOW_LINKS);
        return attributes.get("mode") instanceof Integer mode
                && (mode & 0xf000) == 0x2000
                && attributes.get("rdev") instanceof Long device
                && device == 0;
    }

    /// Deletes a directory with all it holds; links are deleted, not followed.
    static void deleteTree(Path tree) throws IOException {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(
                tree,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(
                            Path folder, @Nullable IOException failed) throws IOException {
                        Files.delete(folder);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
