package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.function.UnaryOperator;

/// One type that a [ClusterWatcher] follows.
///
/// @param namespace only this namespace's objects, unless empty
/// @param strip keeps of an object what the consumers use, its name included; what is stripped off neither takes memory nor wakes anybody
public record Watched(
        ResourceType type,
        String namespace,
        Selection selection,
        UnaryOperator<JsonObject> strip,
        Need need) {
    /// What it means that an API server does not offer the type.
    public enum Need {
        /// Nothing is known until it does.
        REQUIRED,
        /// There are no such objects, as long as it does not: older servers lack it, or it is not for this client to read.
        WHERE_OFFERED
    }

    /// Whole objects, all of them, of every namespace.
    public static Watched all(ResourceType type) {
        return new Watched(type, "", Selection.ALL, UnaryOperator.identity(), Need.REQUIRED);
    }

    public Watched in(String wantedNamespace) {
        return new Watched(type, wantedNamespace, selection, strip, need);
    }

    public Watched selecting(Selection wanted) {
        return new Watched(type, namespace, wanted, strip, need);
    }

    public Watched stripped(UnaryOperator<JsonObject> wanted) {
        return new Watched(type, namespace, selection, wanted, need);
    }

    public Watched whereOffered() {
        return new Watched(type, namespace, selection, strip, Need.WHERE_OFFERED);
    }
}
