package io.fairlead.apiserver;

import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.SchemaType;
import java.util.List;
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
    /// @param object the whole object; who writes the scale of it is seen to write a Scale
    static AdmissionRequest ofWrite(Optional<JsonObject> before, JsonObject object, Write write) {
        if (write.part() == Write.Part.SCALE) {
            ApiResource resource = write.resource();
            return ofWhole(
                    before.map(tree -> Scales.scale(resource, tree)),
                    Scales.scale(resource, object),
                    write);
        }
        return ofWhole(before, object, write);
    }

    private static AdmissionRequest ofWhole(
            Optional<JsonObject> before, JsonObject object, Write write) {
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

    /// A request to make something of an object: a binding, an eviction, a token.
    ///
    /// @param object what is made
    static AdmissionRequest ofPart(
            RequestTarget.Resource target, JsonObject object, JsonObject options, Write write) {
        return new AdmissionRequest(
                "CREATE",
                write.resource(),
                target.subresource(),
                ResourceEndpoint.name(target),
                Optional.of(object),
                Optional.empty(),
                options,
                write);
    }

    /// A request to be connected with an object: a process in a pod, a port, what listens there.
    ///
    /// @param wish the query's options as an object
    static AdmissionRequest ofConnect(RequestTarget.Resource target, JsonObject wish, Write write) {
        return new AdmissionRequest(
                "CONNECT",
                write.resource(),
                target.subresource(),
                ResourceEndpoint.name(target),
                Optional.of(wish),
                Optional.empty(),
                JsonObject.EMPTY,
                write);
    }

    static JsonObject options(String operation, Write write) {
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

    /// The request as somebody sees it who knows the resource in the version of `known`.
    AdmissionRequest as(ApiResource known) {
        if (known.equals(resource)) {
            return this;
        }
        return new AdmissionRequest(
                operation,
                known,
                subresource,
                name,
                object.map(tree -> converted(tree, resource, known)),
                before.map(tree -> converted(tree, resource, known)),
                options,
                write);
    }

    /// An object of the request that somebody saw and changed in the version of `known`, as it is in this request.
    JsonObject restored(JsonObject changed, ApiResource known) {
        return known.equals(resource) ? changed : converted(changed, known, resource);
    }

    private static JsonObject converted(JsonObject tree, ApiResource from, ApiResource to) {
        if (from.custom().isEmpty()) {
            return Conversions.fromStored(to, Conversions.toStored(tree));
        }
        String apiVersion = to.type().apiVersion();
        return tree.text("apiVersion").equals(apiVersion)
                ? tree
                : from.custom().get().conversion().convert(List.of(tree), apiVersion).getFirst();
    }

    /// What the request's objects are: parts may have kinds of their own.
    ResourceType kindOfObject() {
        return resource.subresource(subresource)
                .filter(part -> !part.kind().equals(type().kind()))
                .map(part ->
                        new ResourceType(
                                part.version().isEmpty() ? type().group() : part.group(),
                                part.version().isEmpty() ? type().version() : part.version(),
                                type().plural(),
                                part.kind(),
                                type().scope()))
                .orElse(type());
    }

    /// The fields of the request's objects.
    SchemaType schemaOfObject() {
        return kindOfObject().equals(type())
                ? resource.schema()
                : resource.subresource(subresource).orElseThrow().schema();
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
                .put("kind", kind(known.kindOfObject()))
                .put("resource", resource(known.type()))
                .putUnlessEmpty("subResource", subresource)
                .put("requestKind", kind(kindOfObject()))
                .put("requestResource", resource(type()))
                .putUnlessEmpty("requestSubResource", subresource)
                .putUnlessEmpty("name", name.name())
                .putUnlessEmpty("namespace", namespace())
                .put("operation", operation)
                .put("userInfo", userInfo())
                .put("object", known.object().<Json>map(tree -> tree).orElse(JsonNull.NULL))
                .put("oldObject", known.before().<Json>map(tree -> tree).orElse(JsonNull.NULL))
                .put("dryRun", write.isDryRun())
                .put("options", options.isEmpty() ? JsonNull.NULL : options)
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
