package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;

/// Objects that are in use must not vanish: a finalizer is put on at birth, and a controller takes it off.
///
/// @param phase of a new object; empty where there is none
record ProtectedStrategy(String finalizer, String phase) implements Strategy {
    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        JsonArray finalizers = new JsonArray(object.list("metadata", "finalizers"));
        JsonObject held =
                finalizers.items().contains(Json.of(finalizer))
                        ? object
                        : object.withAt(
                                finalizers.plus(Json.of(finalizer)), "metadata", "finalizers");
        return phase.isEmpty() ? held : held.withAt(Json.of(phase), "status", "phase");
    }
}
