package io.fairlead.node;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/// Gives a volume's files to the group that a pod asked for by `fsGroup`.
final class FileOwnership {
    private FileOwnership() {}

    /// What the group may do.
    enum Access {
        READ(0440, 02550),
        READ_WRITE(0660, 02770);

        private final int ofFile;
        private final int ofDirectory;

        Access(int ofFile, int ofDirectory) {
            this.ofFile = ofFile;
            this.ofDirectory = ofDirectory;
        }
    }

    /// Files and directories become the group's; what is made in them later becomes its too. Links are not followed.
    static void let(Access access, Path top, int group) throws IOException {
        Files.walkFileTree(
                top,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(
                            Path directory, BasicFileAttributes attributes) throws IOException {
                        give(directory, group, access.ofDirectory);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        if (attributes.isSymbolicLink()) {
                            Files.setAttribute(file, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
                        } else {
                            give(file, group, access.ofFile);
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    private static void give(Path path, int group, int alsoMode) throws IOException {
        int mode = (int) Files.getAttribute(path, "unix:mode") & 07777;
        Files.setAttribute(path, "unix:gid", group);
        Files.setAttribute(path, "unix:mode", mode | alsoMode);
    }
}
