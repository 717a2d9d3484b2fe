package io.fairlead.api;

import java.util.List;

/// The roles, bindings, priority classes and the like that exist in every cluster from its first start on.
public final class BootstrapPolicy {
    private BootstrapPolicy() {}

    /// Whole objects, each with its kind.
    public static List<JsonObject> objects() {
        return Facts.lines("bootstrap").stream()
                .filter(line -> line.startsWith("{"))
                .map(line -> (JsonObject) JsonReader.read(line))
                .toList();
    }
}
