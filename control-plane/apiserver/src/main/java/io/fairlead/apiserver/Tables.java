package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.List;

/// Shows objects as rows, as `kubectl get` prints them.
final class Tables {
    /// @param include `None`, `Metadata`, `Object`, or empty for metadata
    /// @param version of the Table kind
    JsonObject table(
            ApiResource resource,
            JsonObject metadata,
            List<JsonObject> objects,
            String include,
            String version) {
        return JsonObject.builder()
                .put("kind", "Table")
                .put("apiVersion", "meta.k8s.io/" + version)
                .put("metadata", metadata)
                .put(
                        "columnDefinitions",
                        JsonArray.of(
                                JsonObject.builder()
                                        .put("name", "Name")
                                        .put("type", "string")
                                        .put("format", "name")
                                        .put("description", "")
                                        .put("priority", 0)
                                        .build()))
                .put(
                        "rows",
                        JsonArray.from(
                                objects,
                                object ->
                                        JsonObject.of(
                                                "cells",
                                                JsonArray.of(
                                                        Json.of(object.text("metadata", "name"))),
                                                "object",
                                                object)))
                .build();
    }
}
