package io.fairlead.cluster;

import java.nio.file.Path;

/// At which control group of a node the proxy alone leads sockets to endpoints.
public sealed interface SocketGroup {
    /// The one below which kubelets put pods, where there is one.
    record Found() implements SocketGroup {}

    /// None: rules alone serve.
    record None() implements SocketGroup {}

    /// @param path below the root of control groups of version 2, or absolute
    record Given(Path path) implements SocketGroup {}

    /// By a word of the command line: `none`, a path, or empty for the one that is found.
    public static SocketGroup of(String text) {
        return switch (text) {
            case "" -> new Found();
            case "none" -> new None();
            default -> new Given(Path.of(text));
        };
    }
}
