package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/// A write as webhooks and policies see it.
///
/// @param operation `CREATE`, `UPDATE`, `DELETE` or `CONNECT`
/// @param subresource empty for the object itself
/// @param object the new object; empty when one is deleted
/// @param before the present object; empty when one is made
/// @param options the query's options as an object
record AdmissionRequest(
        String operation,
        ApiResource resource,
        String subresource,
        ObjectName name,
        Optional<JsonObject> object,
        Optional<JsonObject> before,
        JsonObject options,
        Write write) {
    static AdmissionRequest ofWrite(Optional<JsonObject> before, JsonObject object, Write write) {
        String operation = before.isEmpty() ? "CREATE" : "UPDATE";
        JsonObject metadata = object.object("metadata");
        return new AdmissionRequest(
                operation,
                write.resource(),
                write.subresource(),
                new ObjectName(metadata.text("namespace"), metadata.text("name")),
                Optional.of(object),
                before,
                options(operation, write),
                write);
    }

    static AdmissionRequest ofDelete(JsonObject object, Write write) {
        JsonObject metadata = object.object("metadata");
        return new AdmissionRequest(
                "DELETE",
                write.resource(),
                "",
                new ObjectName(metadata.text("namespace"), metadata.text("name")),
                Optional.empty(),
                Optional.of(object),
                options("DELETE", write),
                write);
    }

    private static JsonObject options(String operation, Write write) {
        String kind = operation.charAt(0) + operation.substring(1).toLowerCase(Locale.ROOT);
        JsonObject options =
                JsonObject.of(
                        "kind", Json.of(kind + "Options"), "apiVersion", Json.of("meta.k8s.io/v1"));
        if (write.isDryRun()) {
            options = options.with("dryRun", JsonArray.of(Json.of("All")));
        }
        return operation.equals("DELETE") ? options : options.with("fieldManager", write.manager());
    }

    AdmissionRequest with(JsonObject changed) {
        return new AdmissionRequest(
                operation,
                resource,
                subresource,
                name,
                Optional.of(changed),
                before,
                options,
                write);
    }

    ResourceType type() {
        return resource.type();
    }

    /// The namespace that the write is about; for a namespace that is itself.
    String namespace() {
        return type().equals(ResourceType.NAMESPACE) ? name.name() : name.namespace();
    }

    /// As `request` of an AdmissionReview, for somebody who knows the resource in `version`.
    ///
    /// @param known the objects in that version
    JsonObject tree(UUID uid, AdmissionRequest known) {
        return JsonObject.builder()
                .put("uid", uid.toString())
                .put("kind", kind(known.type()))
                .put("resource", resource(known.type()))
                .putUnlessEmpty("subResource", subresource)
                .put("requestKind", kind(type()))
                .put("requestResource", resource(type()))
                .putUnlessEmpty("requestSubResource", subresource)
                .putUnlessEmpty("name", name.name())
                .putUnlessEmpty("namespace", namespace())
                .put("operation", operation)
                .put("userInfo", userInfo())
                .put("object", known.object().<Json>map(tree -> tree).orElse(JsonNull.NULL))
                .put("oldObject", known.before().<Json>map(tree -> tree).orElse(JsonNull.NULL))
                .put("dryRun", write.isDryRun())
                .put("options", options)
                .build();
    }

    private JsonObject userInfo() {
        User user = write.user();
        JsonObject.Builder extra = JsonObject.builder();
        user.extra().forEach((name, values) -> extra.put(name, JsonArray.ofStrings(values)));
        return JsonObject.builder()
                .put("username", user.name())
                .putUnlessEmpty("uid", user.uid())
                .putUnlessEmpty("groups", JsonArray.ofStrings(user.groups()))
                .putUnlessEmpty("extra", extra.build())
                .build();
    }

    private static JsonObject kind(ResourceType type) {
        return JsonObject.of(
                "group",
                Json.of(type.group()),
                "version",
                Json.of(type.version()),
                "kind",
                Json.of(type.kind()));
    }

    private static JsonObject resource(ResourceType type) {
        return JsonObject.of(
                "group",
                Json.of(type.group()),
                "version",
                Json.of(type.version()),
                "resource",
                Json.of(type.plural()));
    }
}
