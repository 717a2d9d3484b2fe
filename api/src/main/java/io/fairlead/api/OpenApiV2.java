package io.fairlead.api;

import io.fairlead.api.ApiCatalog.GroupVersion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What `/openapi/v2` answers: all documents of version 3 as one of version 2, for clients that know no newer one.
public final class OpenApiV2 {
    private static final String GVK = "x-kubernetes-group-version-kind";
    private static final String OLD_REF = "#/components/schemas/";
    private static final String REF = "#/definitions/";
    private static final List<String> METHODS =
            List.of("get", "put", "post", "delete", "options", "head", "patch");
    // Version 2 has no word for a choice of types, for null, or for a default of a reference.
    private static final Set<String> UNKNOWN =
            Set.of("oneOf", "anyOf", "allOf", "not", "nullable", "default");

    private OpenApiV2() {}

    public static JsonObject document(ApiCatalog catalog) {
        Map<String, JsonObject> definitions = new TreeMap<>();
        JsonObject.Builder paths = JsonObject.builder();
        for (GroupVersion at : catalog.groupVersions()) {
            JsonObject document = OpenApiDocuments.document(catalog, at);
            document.object("paths")
                    .forEach((path, item) -> paths.put(path, pathItem((JsonObject) item)));
            document.object("components", "schemas")
                    .forEach((name, schema) ->
                            definitions.merge(
                                    name, schema((JsonObject) schema), OpenApiV2::ofAllGroups));
        }
        JsonObject.Builder all = JsonObject.builder();
        definitions.forEach(all::put);
        return JsonObject.builder()
                .put("swagger", "2.0")
                .put(
                        "info",
                        JsonObject.of("title", Json.of("Kubernetes"), "version", Json.of("1.36")))
                .put("paths", paths.build())
                .put("definitions", all.build())
                .build();
    }

    // Types that every group has its own kind of are one type, with all those kinds.
    private static JsonObject ofAllGroups(JsonObject one, JsonObject other) {
        if (!one.contains(GVK)) {
            return one;
        }
        List<Json> kinds = new ArrayList<>(one.list(GVK));
        other.list(GVK).stream().filter(kind -> !kinds.contains(kind)).forEach(kinds::add);
        return one.with(GVK, new JsonArray(kinds));
    }

    static JsonObject schema(JsonObject schema) {
        if (schema.flag("x-kubernetes-preserve-unknown-fields") && schema.contains(GVK)) {
            // Clients of this version refuse what a schema does not name, so it names nothing.
            return JsonObject.of("type", Json.of("object"), GVK, new JsonArray(schema.list(GVK)));
        }
        if (schema.get("allOf") instanceof JsonArray all && all.size() == 1) {
            JsonObject only = schema((JsonObject) all.items().getFirst());
            return schema.contains("description")
                    ? only.with("description", schema.text("description"))
                    : only;
        }
        if (schema.flag("x-kubernetes-int-or-string")
                || schema.text("format").equals("int-or-string")) {
            return JsonObject.of("type", Json.of("string"), "format", Json.of("int-or-string"));
        }
        if (schema.contains("oneOf") && !schema.contains("type")) {
            return JsonObject.of("type", Json.of("string"));
        }
        JsonObject.Builder converted = JsonObject.builder();
        schema.forEach((name, value) -> {
            switch (name) {
                case "$ref" -> converted.put("$ref", value.text().replace(OLD_REF, REF));
                case "properties" -> converted.put(name, schemas((JsonObject) value));
                case "items" -> converted.put(name, schema((JsonObject) value));
                case "additionalProperties" ->
                        converted.put(name, value instanceof JsonObject map ? schema(map) : value);
                default -> {
                    if (!UNKNOWN.contains(name)) {
                        converted.put(name, value);
                    }
                }
            }
        });
        return converted.build();
    }

    private static JsonObject schemas(JsonObject properties) {
        JsonObject.Builder converted = JsonObject.builder();
        properties.forEach((name, value) -> converted.put(name, schema((JsonObject) value)));
        return converted.build();
    }

    private static JsonObject pathItem(JsonObject item) {
        JsonObject.Builder converted = JsonObject.builder();
        item.forEach((name, value) -> {
            if (name.equals("parameters")) {
                converted.put(name, parameters(item.list(name)));
            } else if (METHODS.contains(name)) {
                converted.put(name, operation((JsonObject) value));
            }
        });
        return converted.build();
    }

    private static JsonObject operation(JsonObject operation) {
        List<Json> parameters = new ArrayList<>(parameters(operation.list("parameters")).items());
        JsonObject content = operation.object("requestBody", "content");
        if (!content.isEmpty()) {
            String first = content.names().iterator().next();
            parameters.addFirst(
                    JsonObject.builder()
                            .put("in", "body")
                            .put("name", "body")
                            .put("required", operation.flag("requestBody", "required"))
                            .put("schema", schema(content.object(first, "schema")))
                            .build());
        }
        JsonObject.Builder converted = JsonObject.builder();
        converted.put("consumes", consumed(content));
        converted.put(
                "produces",
                JsonArray.of(
                        Json.of("application/json"),
                        Json.of("application/yaml"),
                        Json.of("application/vnd.kubernetes.protobuf")));
        converted.put("schemes", JsonArray.of(Json.of("https")));
        operation.forEach((name, value) -> {
            switch (name) {
                case "requestBody", "parameters" -> {}
                case "responses" -> converted.put(name, responses((JsonObject) value));
                default -> converted.put(name, value);
            }
        });
        if (!parameters.isEmpty()) {
            converted.put("parameters", new JsonArray(parameters));
        }
        return converted.build();
    }

    private static JsonArray consumed(JsonObject content) {
        return content.isEmpty()
                ? JsonArray.of(Json.of("*/*"))
                : JsonArray.ofStrings(List.copyOf(content.names()));
    }

    private static JsonArray parameters(List<Json> parameters) {
        return JsonArray.from(
                parameters,
                parameter -> {
                    Map<String, Json> flat = new LinkedHashMap<>();
                    ((JsonObject) parameter)
                            .forEach((name, value) -> {
                                if (value instanceof JsonObject schema && name.equals("schema")) {
                                    schema.forEach(flat::put);
                                } else {
                                    flat.put(name, value);
                                }
                            });
                    JsonObject.Builder converted = JsonObject.builder();
                    flat.forEach(converted::put);
                    return converted.build();
                });
    }

    private static JsonObject responses(JsonObject responses) {
        JsonObject.Builder converted = JsonObject.builder();
        responses.forEach((code, response) -> {
            JsonObject.Builder one = JsonObject.builder();
            one.put("description", response.text("description"));
            JsonObject content = ((JsonObject) response).object("content");
            if (!content.isEmpty()) {
                String first = content.names().iterator().next();
                one.put("schema", schema(content.object(first, "schema")));
            }
            converted.put(code, one.build());
        });
        return converted.build();
    }
}
