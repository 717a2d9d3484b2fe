package io.fairlead.node;

import io.fairlead.linux.SpecialFiles;
import java.nio.file.Files;
import java.nio.file.Path;

/// Named pipes.
final class Fifo {
    private static final int OWNER_ONLY = 0600;

    private Fifo() {}

    static void create(Path path) {
        if (!Files.exists(path)) {
            SpecialFiles.make(path, SpecialFiles.Kind.PIPE, OWNER_ONLY, 0, 0);
        }
    }
}
