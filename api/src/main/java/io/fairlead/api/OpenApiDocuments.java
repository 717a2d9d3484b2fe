package io.fairlead.api;

import io.fairlead.api.ApiCatalog.GroupVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/// What `/openapi/v3` and the paths below it answer. Clients read from it the types of fields, how lists merge, and which
/// parameters a request may have. The paths of watches, which nobody should use any more, are not told.
public final class OpenApiDocuments {
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final String REF = "#/components/schemas/";
    private static final String GVK = "x-kubernetes-group-version-kind";

    private OpenApiDocuments() {}

    /// `/openapi/v3`: where each document is. Clients keep a document as long as its address stays the same.
    public static JsonObject index(ApiCatalog catalog) {
        JsonObject.Builder paths = JsonObject.builder();
        for (GroupVersion at : catalog.groupVersions()) {
            String path = path(at);
            paths.put(
                    path.substring(1),
                    JsonObject.of(
                            "serverRelativeURL",
                            Json.of("/openapi/v3" + path + "?hash=" + hash(catalog, at))));
        }
        return JsonObject.of("paths", paths.build());
    }

    /// `/openapi/v3/api/v1` or `/openapi/v3/apis/{group}/{version}`.
    public static JsonObject document(ApiCatalog catalog, GroupVersion at) {
        List<ApiResource> resources = catalog.resources(at);
        JsonObject.Builder paths = JsonObject.builder();
        paths.put(path(at) + "/", OpenApiPaths.discovery(at));
        for (ApiResource resource : resources) {
            new OpenApiPaths(at, resource).into(paths);
        }
        return JsonObject.builder()
                .put("openapi", "3.0.0")
                .put(
                        "info",
                        JsonObject.of("title", Json.of("Kubernetes"), "version", Json.of("1.36")))
                .put("paths", paths.build())
                .put("components", JsonObject.of("schemas", schemas(at, resources)))
                .build();
    }

    /// The name of a resource's type among the components.
    static String typeName(ApiResource resource) {
        if (!resource.schema().name().isEmpty()) {
            return resource.schema().name();
        }
        ResourceType type = resource.type();
        List<String> parts = new ArrayList<>(List.of(type.group().split("\\.")));
        return String.join(".", parts.reversed()) + "." + type.version() + "." + type.kind();
    }

    private static String path(GroupVersion at) {
        return at.group().isEmpty() ? "/api/" + at.version() : "/apis/" + at.apiVersion();
    }

    private static String hash(ApiCatalog catalog, GroupVersion at) {
        CRC32C sum = new CRC32C();
        for (ApiResource resource : catalog.resources(at)) {
            sum.update(resource.toString().getBytes(StandardCharsets.UTF_8));
        }
        return Long.toHexString(sum.getValue()).toUpperCase(Locale.ROOT);
    }

    private static JsonObject schemas(GroupVersion at, List<ApiResource> resources) {
        Map<String, JsonObject> schemas = new TreeMap<>();
        Descriptions descriptions = Descriptions.read();
        Deque<String> wanted = new ArrayDeque<>(List.of(META + "APIResourceList"));
        for (ApiResource resource : resources) {
            wanted.addAll(typesOf(resource));
            if (resource.schema().name().isEmpty() && resource.allows("list")) {
                custom(resource, schemas, wanted, descriptions);
            }
        }
        while (!wanted.isEmpty()) {
            String name = wanted.pop();
            JsonObject schema = SchemaType.named(name).schema();
            if (!schemas.containsKey(name) && isKnown(name)) {
                JsonObject full = withFullReferences(schema, wanted);
                schemas.put(name, withOwnGroup(name, descriptions.describe(name, full), at));
            }
        }
        JsonObject.Builder ordered = JsonObject.builder();
        schemas.forEach(ordered::put);
        return ordered.build();
    }

    private static boolean isKnown(String name) {
        return !name.isEmpty() && SchemaType.named(name).isDeclared();
    }

    private static List<String> typesOf(ApiResource resource) {
        List<String> types = new ArrayList<>();
        types.add(resource.schema().name());
        if (resource.allows("list")) {
            types.add(resource.schema().name() + "List");
        }
        if (resource.allows("delete")) {
            types.add(META + "DeleteOptions");
            types.add(META + "Status");
        }
        if (resource.allows("patch")) {
            types.add(META + "Patch");
        }
        if (resource.allows("watch")) {
            types.add(META + "WatchEvent");
        }
        resource.subresources().forEach(sub -> types.add(sub.schema().name()));
        return types;
    }

    // Authors of schemas leave to others what every object has.
    private static JsonObject described(JsonObject schema, Descriptions descriptions) {
        JsonObject described = schema;
        for (String field : List.of("apiVersion", "kind")) {
            String text = descriptions.of("", field);
            if (text != null && !schema.has("properties", field, "description")) {
                described = described.withAt(Json.of(text), "properties", field, "description");
            }
        }
        return described;
    }

    /// A custom resource's type and the type of lists of it.
    private static void custom(
            ApiResource resource,
            Map<String, JsonObject> schemas,
            Deque<String> wanted,
            Descriptions descriptions) {
        String name = typeName(resource);
        ResourceType type = resource.type();
        schemas.put(
                name,
                described(withFullReferences(resource.schema().schema(), wanted), descriptions)
                        .with(GVK, JsonArray.of(OpenApiPaths.groupVersionKind(type, type.kind()))));
        JsonObject text = JsonObject.of("type", Json.of("string"));
        JsonObject items =
                JsonObject.of(
                        "type",
                        Json.of("array"),
                        "items",
                        JsonObject.of("$ref", Json.of(REF + name)));
        wanted.add(META + "ListMeta");
        JsonObject properties =
                JsonObject.builder()
                        .put("apiVersion", text)
                        .put("items", items)
                        .put("kind", text)
                        .put("metadata", JsonObject.of("$ref", Json.of(REF + META + "ListMeta")))
                        .build();
        schemas.put(
                name + "List",
                JsonObject.builder()
                        .put("type", "object")
                        .put("required", JsonArray.of(Json.of("items")))
                        .put("properties", properties)
                        .put(
                                GVK,
                                JsonArray.of(
                                        OpenApiPaths.groupVersionKind(type, type.kind() + "List")))
                        .build());
    }

    /// Options and watch events belong to every group version.
    private static JsonObject withOwnGroup(String name, JsonObject schema, GroupVersion at) {
        boolean shared = name.equals(META + "DeleteOptions") || name.equals(META + "WatchEvent");
        if (!shared || at.group().isEmpty()) {
            return schema;
        }
        List<Json> kinds = new ArrayList<>(schema.list(GVK));
        kinds.add(
                JsonObject.of(
                        "group",
                        Json.of(at.group()),
                        "kind",
                        Json.of(name.substring(META.length())),
                        "version",
                        Json.of(at.version())));
        return schema.with(GVK, new JsonArray(kinds));
    }

    private static JsonObject withFullReferences(JsonObject schema, Deque<String> found) {
        JsonObject.Builder full = JsonObject.builder();
        schema.forEach((name, value) -> {
            if (name.equals("$ref") && value instanceof JsonString reference) {
                found.add(reference.value());
                full.put(name, REF + reference.value());
            } else {
                full.put(name, withFullReferences(value, found));
            }
        });
        return full.build();
    }

    private static Json withFullReferences(Json value, Deque<String> found) {
        return switch (value) {
            case JsonObject object -> withFullReferences(object, found);
            case JsonArray array ->
                    JsonArray.from(array.items(), item -> withFullReferences(item, found));
            default -> value;
        };
    }
}
