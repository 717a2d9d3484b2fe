package io.fairlead.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Texts of the machine.
final class HostFiles {
    private HostFiles() {}

    /// Empty where there is none.
    static String read(String path) {
        try {
            return Files.readString(Path.of(path));
        } catch (IOException e) {
            return "";
        }
    }
}
