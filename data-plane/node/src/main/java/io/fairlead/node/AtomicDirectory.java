package io.fairlead.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// A directory of small files that changes all at once for its readers, as Kubernetes' volumes of ConfigMaps and Secrets do: the files
/// live in a hidden directory, `..data` points there, and each visible name points through `..data`.
final class AtomicDirectory {
    private static final String CURRENT = "..data";

    private final Path directory;
    private final OptionalInt group;

    AtomicDirectory(Path directory) {
        this(directory, OptionalInt.empty());
    }

    /// @param group who may read everything, besides whom the files' modes let
    AtomicDirectory(Path directory, OptionalInt group) {
        this.directory = directory;
        this.group = group;
    }

    /// One file to be.
    ///
    /// @param mode the permission bits, such as 0644
    /// @param user who owns it
    @SuppressWarnings("ArrayRecordComponent") // Nobody compares or changes contents.
    record Content(byte[] bytes, int mode, int user) {
        /// One of root's.
        Content(byte[] bytes, int mode) {
            this(bytes, mode, 0);
        }
    }

    /// Makes the directory hold these files and no others.
    ///
    /// @param files by their path below the directory
    /// @param version names the hidden directory; never used twice
    void write(Map<String, Content> files, String version) throws IOException {
        Files.createDirectories(directory);
        Path current = directory.resolve(CURRENT);
        Path old =
                Files.isSymbolicLink(current)
                        ? directory.resolve(Files.readSymbolicLink(current))
                        : directory.resolve("..none");
        if (Files.isDirectory(old) && holds(old, files)) {
            return;
        }
        Path fresh = directory.resolve(".." + version);
        FileTrees.deleteIfThere(fresh);
        Files.createDirectories(fresh);
        for (Map.Entry<String, Content> file : files.entrySet()) {
            Path path = fresh.resolve(file.getKey()).normalize();
            if (!path.startsWith(fresh)) {
                throw new IOException("the path " + file.getKey() + " leaves the volume");
            }
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue().bytes());
            Files.setPosixFilePermissions(path, permissions(file.getValue().mode()));
            if (file.getValue().user() != 0) {
                Files.setAttribute(path, "unix:uid", file.getValue().user());
            }
        }
        if (group.isPresent()) {
            FileOwnership.let(FileOwnership.Access.READ, directory, group.getAsInt());
        }
        Path draft = directory.resolve("..data_tmp");
        Files.deleteIfExists(draft);
        Files.createSymbolicLink(draft, fresh.getFileName());
        Files.move(
                draft,
                current,
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        showNames(files);
        FileTrees.deleteIfThere(old);
    }

    private void showNames(Map<String, Content> files) throws IOException {
        Set<String> wanted = new HashSet<>();
        for (String path : files.keySet()) {
            String top = Path.of(path).getName(0).toString();
            wanted.add(top);
            Path link = directory.resolve(top);
            if (!Files.exists(link, LinkOption.NOFOLLOW_LINKS)) {
                Files.createSymbolicLink(link, Path.of(CURRENT, top));
            }
        }
        try (DirectoryStream<Path> links =
                Files.newDirectoryStream(directory, Files::isSymbolicLink)) {
            for (Path link : links) {
                String name = link.getFileName().toString();
                if (!name.startsWith("..") && !wanted.contains(name)) {
                    Files.delete(link);
                }
            }
        }
    }

    private static boolean holds(Path hidden, Map<String, Content> files) throws IOException {
        Set<Path> expected = new HashSet<>();
        for (Map.Entry<String, Content> file : files.entrySet()) {
            Path path = hidden.resolve(file.getKey()).normalize();
            expected.add(path);
            boolean isSame =
                    Files.isRegularFile(path)
                            && Arrays.equals(Files.readAllBytes(path), file.getValue().bytes());
            if (!isSame) {
                return false;
            }
        }
        try (var present = Files.walk(hidden)) {
            return present.filter(Files::isRegularFile).allMatch(expected::contains);
        }
    }

    private static Set<PosixFilePermission> permissions(int mode) {
        PosixFilePermission[] lowestFirst = {
            PosixFilePermission.OTHERS_EXECUTE,
            PosixFilePermission.OTHERS_WRITE,
            PosixFilePermission.OTHERS_READ,
            PosixFilePermission.GROUP_EXECUTE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.GROUP_READ,
            PosixFilePermission.OWNER_EXECUTE,
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.OWNER_READ,
        };
        Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int bit = 0; bit < lowestFirst.length; bit++) {
            if ((mode & 1 << bit) != 0) {
                set.add(lowestFirst[bit]);
            }
        }
        return set;
    }
}
