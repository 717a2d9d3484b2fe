package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file or directory of the machine, shown to a pod.
final class HostPathVolume {
    private HostPathVolume() {}

    /// Holds the path against the type that the pod expects, and makes it where the type says so.
    ///
    /// @throws ConfigurationException when it is of another type
    static void check(JsonObject hostPath) throws ConfigurationException, IOException {
        Path path = Path.of(hostPath.text("path"));
        String type = hostPath.text("type");
        boolean fits =
                switch (type) {
                    case "DirectoryOrCreate" -> {
                        Files.createDirectories(path);
                        yield true;
                    }
                    case "FileOrCreate" -> {
                        if (!Files.exists(path)) {
                            Files.createFile(path);
                        }
                        yield Files.isRegularFile(path);
                    }
                    case "Directory" -> Files.isDirectory(path);
                    case "File" -> Files.isRegularFile(path);
                    case "Socket", "CharDevice", "BlockDevice" -> Files.exists(path);
                    default -> {
                        // Without a type, the usual runtimes make a missing directory.
                        if (!Files.exists(path)) {
                            Files.createDirectories(path);
                        }
                        yield true;
                    }
                };
        if (!fits) {
            throw new ConfigurationException(
                    "hostPath type check failed: %s is not a %s".formatted(path, type));
        }
    }
}
