package io.fairlead.api;

import java.util.List;

/// The objects that Kubernetes itself puts into every new cluster and that clients take for granted: cluster roles and their
/// bindings, priority classes, and how requests share the server.
public final class BootstrapObjects {
    private BootstrapObjects() {}

    /// All of them, without defaults. They are read anew each time, because a server needs them once in its life.
    public static List<JsonObject> all() {
        return Facts.lines("bootstrap").stream()
                .map(line -> (JsonObject) JsonReader.read(line))
                .toList();
    }

    /// Those of one kind, such as `ClusterRole`.
    public static List<JsonObject> ofKind(String kind) {
        return all().stream().filter(object -> object.text("kind").equals(kind)).toList();
    }
}
