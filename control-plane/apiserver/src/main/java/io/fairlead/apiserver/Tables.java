package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.TablePrinter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/// Shows objects as rows, as `kubectl get` prints them.
final class Tables {
    private final InstantSource clock;

    Tables(InstantSource clock) {
        this.clock = clock;
    }

    /// @param include `None`, `Metadata`, `Object`, or empty for metadata
    /// @param version of the Table kind
    JsonObject table(
            ApiResource resource,
            JsonObject metadata,
            List<JsonObject> objects,
            String include,
            String version) {
        Instant now = clock.instant();
        return JsonObject.builder()
                .put("kind", "Table")
                .put("apiVersion", "meta.k8s.io/" + version)
                .put("metadata", metadata)
                .put("columnDefinitions", TablePrinter.columns(resource))
                .put(
                        "rows",
                        JsonArray.from(
                                objects, object -> row(resource, object, include, version, now)))
                .build();
    }

    private static JsonObject row(
            ApiResource resource, JsonObject object, String include, String version, Instant now) {
        JsonObject row = TablePrinter.row(object, resource, now);
        return switch (include) {
            case "None" -> row.with("object", JsonNull.NULL);
            case "Object" -> row.with("object", object);
            default -> row.with("object", metadataOnly(object, version));
        };
    }

    static JsonObject metadataOnly(JsonObject object, String version) {
        return JsonObject.of(
                "kind",
                Json.of("PartialObjectMetadata"),
                "apiVersion",
                Json.of("meta.k8s.io/" + version),
                "metadata",
                object.object("metadata"));
    }
}
