package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.DecodingException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonPath;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.MergePatch;
import io.fairlead.api.ObjectDecoder;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.SchemaType;
import io.fairlead.api.Status;
import java.util.List;

/// The subresource `scale`: how many replicas a workload has, in one form for all kinds.
final class Scales {
    private static final ResourceType SCALE =
            new ResourceType("autoscaling", "v1", "scales", "Scale", Scope.NAMESPACED);
    private static final SchemaType SCHEMA = SchemaType.named("io.k8s.api.autoscaling.v1.Scale");

    private final ObjectReader reader;
    private final ObjectWriter writer;
    private final ResourceEndpoint resources;

    Scales(ObjectReader reader, ObjectWriter writer, ResourceEndpoint resources) {
        this.reader = reader;
        this.writer = writer;
        this.resources = resources;
    }

    Answer answer(Call call, String verb, RequestTarget.Resource target, ApiResource resource) {
        Views.negotiate(call);
        if (verb.equals("get")) {
            ReadObject found = reader.find(target, resource.type());
            return Answer.json(200, scale(resource, Conversions.show(resource, found).tree()));
        }
        WriteOptions options =
                WriteOptions.parse(call, verb.equals("patch") ? "PatchOptions" : "UpdateOptions");
        Json body = BodyDecoder.json(call);
        ReadObject written =
                writer.update(
                        ResourceEndpoint.name(target),
                        resources.write(call, resource, Write.Part.SCALE, options),
                        present -> {
                            JsonObject wanted =
                                    verb.equals("patch")
                                            ? patched(call, present, resource, body)
                                            : checked(body, target);
                            return withReplicas(resource, present.tree(), decoded(wanted, verb));
                        });
        return Answer.json(200, scale(resource, Conversions.show(resource, written).tree()));
    }

    private static JsonObject patched(
            Call call, ReadObject present, ApiResource resource, Json body) {
        JsonObject scale = scale(resource, present.tree());
        return switch (BodyDecoder.mediaType(call)) {
            case "application/json-patch+json" -> io.fairlead.api.JsonPatch.apply(scale, body);
            case "application/merge-patch+json",
                    "application/strategic-merge-patch+json",
                    "application/apply-patch+yaml" ->
                    body instanceof JsonObject patch ? MergePatch.apply(scale, patch) : scale;
            default -> new Patch(BodyDecoder.mediaType(call), body, resource).apply(scale);
        };
    }

    private static JsonObject decoded(JsonObject scale, String verb) {
        try {
            return ObjectDecoder.decode(scale, SCHEMA).tree();
        } catch (DecodingException e) {
            String why = String.valueOf(e.getMessage());
            Status status =
                    verb.equals("patch")
                            ? ResourceEndpoint.misfit(Status.badRequest(why))
                            : ObjectDecoder.cannotHandle(SCALE, why);
            throw new ApiException(status);
        }
    }

    private static JsonObject checked(Json body, RequestTarget.Resource target) {
        if (!(body instanceof JsonObject scale)) {
            throw new ApiException(Status.badRequest("the body of the request is not an object"));
        }
        String name = scale.text("metadata", "name");
        if (!name.equals(target.name())) {
            throw new ApiException(
                    Status.badRequest(
                            "the name of the object (%s) does not match the name on the URL (%s)"
                                    .formatted(name, target.name())));
        }
        return scale;
    }

    static JsonObject withReplicas(ApiResource resource, JsonObject object, JsonObject scale) {
        long replicas = scale.number(0, "spec", "replicas");
        if (replicas < 0) {
            throw Invalid.object(
                    SCALE,
                    object.text("metadata", "name"),
                    List.of(
                            Invalid.value(
                                    "spec.replicas",
                                    Long.toString(replicas),
                                    "must be greater than or equal to 0")));
        }
        return Subresources.withVersion(
                object.withAt(Json.of(replicas), path(resource, "specReplicasPath")), scale);
    }

    /// Where a resource keeps its numbers; custom resources say so themselves.
    private static String[] path(ApiResource resource, String field) {
        JsonObject scale = resource.custom().flatMap(CustomVersion::scale).orElse(JsonObject.EMPTY);
        String path = scale.text(field);
        if (!path.isEmpty()) {
            return JsonPath.parse(path).names().toArray(String[]::new);
        }
        return field.equals("specReplicasPath")
                ? new String[] {"spec", "replicas"}
                : new String[] {"status", "replicas"};
    }

    static JsonObject scale(ApiResource resource, JsonObject object) {
        JsonObject metadata = object.object("metadata");
        JsonObject.Builder shown = JsonObject.builder();
        for (String name :
                new String[] {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
            shown.putUnlessEmpty(name, metadata.text(name));
        }
        String[] path = path(resource, "specReplicasPath");
        if (resource.isCustom() && !object.has(path)) {
            throw new ApiException(
                    new Status(
                            500,
                            "InternalError",
                            "Internal error occurred: the spec replicas field \".%s\" does not exist"
                                    .formatted(String.join(".", path)),
                            JsonObject.EMPTY));
        }
        long replicas = object.number(0, path);
        return JsonObject.builder()
                .put("kind", SCALE.kind())
                .put("apiVersion", SCALE.apiVersion())
                .put("metadata", shown.build())
                .put(
                        "spec",
                        replicas == 0
                                ? JsonObject.EMPTY
                                : JsonObject.of("replicas", Json.of(replicas)))
                .put(
                        "status",
                        JsonObject.builder()
                                .put(
                                        "replicas",
                                        object.number(0, path(resource, "statusReplicasPath")))
                                .putUnlessEmpty("selector", selector(resource, object))
                                .build())
                .build();
    }

    private static String selector(ApiResource resource, JsonObject object) {
        if (resource.custom().isPresent()) {
            String path =
                    resource.custom()
                            .get()
                            .scale()
                            .orElse(JsonObject.EMPTY)
                            .text("labelSelectorPath");
            return path.isEmpty()
                    ? ""
                    : object.text(JsonPath.parse(path).names().toArray(String[]::new));
        }
        JsonObject selector = object.object("spec", "selector");
        boolean isStructured = selector.has("matchLabels") || selector.has("matchExpressions");
        return isStructured
                ? LabelSelector.of(selector).toString()
                : LabelSelector.ofLabels(selector.strings()).toString();
    }
}
