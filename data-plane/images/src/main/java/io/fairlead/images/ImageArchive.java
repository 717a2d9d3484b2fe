package io.fairlead.images;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.tar.TarFile;

/// The files of an image archive by name: those of a folder, or of a tar, read in any order and by many threads.
interface ImageArchive extends Closeable {
    boolean has(String name);

    /// @throws ImageException when there is no such file
    InputStream open(String name) throws IOException, ImageException;

    /// A small file, whole.
    default byte[] read(String name, int bytesMax) throws IOException, ImageException {
        try (InputStream in = open(name)) {
            byte[] bytes = in.readNBytes(bytesMax + 1);
            if (bytes.length > bytesMax) {
                throw new ImageException(
                        "its file " + name + " has more than " + bytesMax + " bytes");
            }
            return bytes;
        }
    }

    /// Opens a folder, or a tar that may be compressed as a whole.
    ///
    /// @param room a folder for a decompressed copy
    static ImageArchive of(Path path, Path room) throws IOException {
        if (Files.isDirectory(path)) {
            return new Folder(path.toRealPath());
        }
        try (InputStream file = Files.newInputStream(path);
                InputStream plain = LayerStore.decompressed(file)) {
            if (plain instanceof BufferedInputStream) {
                return Tar.index(path, false);
            }
            Path copy = Files.createTempFile(room, ProcessHandle.current().pid() + "-", ".tar");
            try {
                Files.copy(plain, copy, StandardCopyOption.REPLACE_EXISTING);
                return Tar.index(copy, true);
            } catch (IOException e) {
                Files.deleteIfExists(copy);
                throw e;
            }
        }
    }

    private static ImageException missing(String name) {
        return new ImageException("there is no file " + name + " in it");
    }

    /// An unpacked archive. Links in it are not followed.
    record Folder(Path root) implements ImageArchive {
        @Override
        public boolean has(String name) {
            Path file = root.resolve(name).normalize();
            return file.startsWith(root) && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public InputStream open(String name) throws IOException, ImageException {
            if (!has(name)) {
                throw missing(name);
            }
            return Files.newInputStream(root.resolve(name), LinkOption.NOFOLLOW_LINKS);
        }

        @Override
        public void close() {}
    }

    /// A tar file, read through once for its index.
    record Tar(Path file, boolean isCopy, Map<String, TarArchiveEntry> entries)
            implements ImageArchive {
        /// How many links may lead from one name to the next, as in archives that name a layer twice.
        private static final int LINKS_MAX = 8;

        static Tar index(Path file, boolean isCopy) throws IOException {
            Map<String, TarArchiveEntry> entries = new HashMap<>();
            // A tar ends after its last record, whatever the block size of the tape it may once
            // have been for.
            try (TarFile tar =
                    new TarFile(
                            FileChannel.open(file),
                            TarConstants.DEFAULT_RCDSIZE,
                            TarConstants.DEFAULT_RCDSIZE,
                            null,
                            false)) {
                for (TarArchiveEntry entry : tar.getEntries()) {
                    entries.put(plain(Path.of(entry.getName())), entry);
                }
            }
            return new Tar(file, isCopy, entries);
        }

        private static String plain(Path name) {
            return Path.of("/").resolve(name).normalize().toString().substring(1);
        }

        @Override
        public boolean has(String name) {
            return entries.containsKey(name);
        }

        @Override
        public InputStream open(String name) throws IOException, ImageException {
            TarArchiveEntry entry = entry(name);
            FileChannel channel = FileChannel.open(file);
            channel.position(entry.getDataOffset());
            return new Section(Channels.newInputStream(channel), entry.getSize());
        }

        private TarArchiveEntry entry(String name) throws ImageException {
            String at = name;
            for (int links = 0; links < LINKS_MAX; links++) {
                TarArchiveEntry entry = entries.get(at);
                if (entry == null || entry.isDirectory()) {
                    break;
                }
                if (entry.isLink()) {
                    at = plain(Path.of(entry.getLinkName()));
                } else if (entry.isSymbolicLink()) {
                    at = plain(Path.of("/", at).resolveSibling(entry.getLinkName()));
                } else {
                    return entry;
                }
            }
            throw missing(name);
        }

        @Override
        public void close() throws IOException {
            if (isCopy) {
                Files.deleteIfExists(file);
            }
        }
    }

    /// The next bytes of a stream, as if there were no more.
    final class Section extends FilterInputStream {
        private long left;

        Section(InputStream in, long length) {
            super(in);
            this.left = length;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (left == 0) {
                return -1;
            }
            int count = in.read(bytes, offset, (int) Math.min(length, left));
            left -= Math.max(0, count);
            return count;
        }

        @Override
        public long skip(long count) throws IOException {
            byte[] ignored = new byte[(int) Math.min(count, 8_192)];
            return Math.max(0, read(ignored, 0, ignored.length));
        }

        @Override
        public boolean markSupported() {
            return false;
        }
    }
}
