package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.function.UnaryOperator;

/// One type that a [ClusterWatcher] follows.
///
/// @param namespace only this namespace's objects, unless empty
/// @param strip keeps of an object what the consumers use, its name included; what is stripped off neither takes memory nor wakes anybody
public record Watched(
        ResourceType type, String namespace, Selection selection, UnaryOperator<JsonObject> strip) {
    /// Whole objects, all of them, of every namespace.
    public static Watched all(ResourceType type) {
        return new Watched(type, "", Selection.ALL, UnaryOperator.identity());
    }

    public Watched in(String wantedNamespace) {
        return new Watched(type, wantedNamespace, selection, strip);
    }

    public Watched selecting(Selection wanted) {
        return new Watched(type, namespace, wanted, strip);
    }

    public Watched stripped(UnaryOperator<JsonObject> wanted) {
        return new Watched(type, namespace, selection, wanted);
    }
}
