package io.fairlead.api;

import io.fairlead.api.ApiCatalog.GroupVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/// The paths of one resource, and what each method on them takes and answers.
final class OpenApiPaths {
    private static final String META = "io.k8s.apimachinery.pkg.apis.meta.v1.";
    private static final String REF = "#/components/schemas/";
    private static final List<String> PATCHES =
            List.of(
                    "application/apply-patch+yaml",
                    "application/json-patch+json",
                    "application/merge-patch+json",
                    "application/strategic-merge-patch+json");
    private static final List<String> LIST_PARAMETERS =
            List.of(
                    "allowWatchBookmarks:boolean",
                    "continue",
                    "fieldSelector",
                    "labelSelector",
                    "limit:integer",
                    "resourceVersion",
                    "resourceVersionMatch",
                    "sendInitialEvents:boolean",
                    "timeoutSeconds:integer",
                    "watch:boolean");
    private static final List<String> DELETE_PARAMETERS =
            List.of(
                    "dryRun",
                    "gracePeriodSeconds:integer",
                    "ignoreStoreReadErrorWithClusterBreakingPotential:boolean",
                    "orphanDependents:boolean",
                    "propagationPolicy");
    private static final List<String> LOG_PARAMETERS =
            List.of(
                    "container",
                    "follow:boolean",
                    "insecureSkipTLSVerifyBackend:boolean",
                    "limitBytes:integer",
                    "previous:boolean",
                    "sinceSeconds:integer",
                    "stream",
                    "tailLines:integer",
                    "timestamps:boolean");
    private static final List<String> WRITE_PARAMETERS =
            List.of("dryRun", "fieldManager", "fieldValidation");

    private final GroupVersion at;
    private final ApiResource resource;
    private final String root;
    private final String typeName;

    OpenApiPaths(GroupVersion at, ApiResource resource) {
        this.at = at;
        this.resource = resource;
        this.root = at.group().isEmpty() ? "/api/" + at.version() : "/apis/" + at.apiVersion();
        this.typeName = OpenApiDocuments.typeName(resource);
    }

    /// The path of the version itself.
    static JsonObject discovery(GroupVersion at) {
        return JsonObject.of(
                "get",
                JsonObject.builder()
                        .put("tags", JsonArray.of(Json.of(tag(at))))
                        .put("operationId", "get" + camel(at) + "APIResources")
                        .put("responses", responses(META + "APIResourceList", "200"))
                        .build());
    }

    static JsonObject groupVersionKind(ResourceType type, String kind) {
        return JsonObject.of(
                "group",
                Json.of(type.group()),
                "kind",
                Json.of(kind),
                "version",
                Json.of(type.version()));
    }

    void into(JsonObject.Builder paths) {
        String plural = resource.type().plural();
        boolean namespaced = resource.type().isNamespaced();
        String collection = root + (namespaced ? "/namespaces/{namespace}/" : "/") + plural;
        putUnlessEmpty(paths, collection, collection());
        if (namespaced && resource.allows("list")) {
            JsonObject list =
                    operation(
                            "list",
                            "list",
                            "ForAllNamespaces",
                            List.of(),
                            typeName + "List",
                            "200");
            paths.put(
                    root + "/" + plural,
                    JsonObject.of("get", list, "parameters", parameters(LIST_PARAMETERS)));
        }
        String item = collection + "/{name}";
        putUnlessEmpty(paths, item, item());
        for (Subresource sub : resource.subresources()) {
            subresource(paths, item + "/" + sub.name(), sub);
        }
    }

    private void putUnlessEmpty(JsonObject.Builder paths, String path, JsonObject methods) {
        if (!methods.isEmpty()) {
            paths.put(path, methods.with("parameters", pathParameters(path)));
        }
    }

    private JsonObject collection() {
        JsonObject.Builder methods = JsonObject.builder();
        if (resource.allows("list")) {
            methods.put(
                    "get",
                    operation("list", "list", "", LIST_PARAMETERS, typeName + "List", "200"));
        }
        if (resource.allows("create")) {
            JsonObject create =
                    operation("create", "post", "", WRITE_PARAMETERS, typeName, "200,201,202");
            methods.put("post", create.with("requestBody", body(typeName, List.of("*/*"))));
        }
        if (resource.allows("deletecollection")) {
            List<String> all = new ArrayList<>(DELETE_PARAMETERS);
            all.addAll(LIST_PARAMETERS.subList(1, LIST_PARAMETERS.size() - 1));
            JsonObject delete =
                    operation(
                            "deleteCollection",
                            "deletecollection",
                            "",
                            all,
                            META + "Status",
                            "200");
            methods.put("delete", delete.with("requestBody", options()));
        }
        return methods.build();
    }

    private JsonObject item() {
        JsonObject.Builder methods = JsonObject.builder();
        if (resource.allows("get")) {
            methods.put("get", operation("read", "get", "", List.of(), typeName, "200"));
        }
        if (resource.allows("update")) {
            JsonObject put = operation("replace", "put", "", WRITE_PARAMETERS, typeName, "200,201");
            methods.put("put", put.with("requestBody", body(typeName, List.of("*/*"))));
        }
        if (resource.allows("patch")) {
            methods.put("patch", patch("", typeName));
        }
        if (resource.allows("delete")) {
            JsonObject delete =
                    operation(
                            "delete", "delete", "", DELETE_PARAMETERS, META + "Status", "200,202");
            methods.put("delete", delete.with("requestBody", options()));
        }
        return methods.build();
    }

    private void subresource(JsonObject.Builder paths, String path, Subresource sub) {
        if (sub.schema().name().isEmpty() && !sub.kind().equals(resource.type().kind())) {
            connect(paths, path, sub);
            return;
        }
        String type = sub.schema().name().isEmpty() ? typeName : sub.schema().name();
        String suffix = Character.toUpperCase(sub.name().charAt(0)) + sub.name().substring(1);
        JsonObject.Builder methods = JsonObject.builder();
        for (String verb : sub.verbs()) {
            switch (verb) {
                case "create" -> {
                    JsonObject post =
                            operation(
                                    "create",
                                    "post",
                                    suffix,
                                    WRITE_PARAMETERS,
                                    type,
                                    "200,201,202");
                    methods.put("post", post.with("requestBody", body(type, List.of("*/*"))));
                }
                case "get" ->
                        methods.put(
                                "get",
                                operation("read", "get", suffix, readParameters(sub), type, "200"));
                case "update" -> {
                    JsonObject put =
                            operation("replace", "put", suffix, WRITE_PARAMETERS, type, "200,201");
                    methods.put("put", put.with("requestBody", body(type, List.of("*/*"))));
                }
                case "patch" -> methods.put("patch", patch(suffix, type));
                default -> {}
            }
        }
        ResourceType own = resource.type();
        String group = sub.version().isEmpty() ? own.group() : sub.group();
        String version = sub.version().isEmpty() ? own.version() : sub.version();
        ResourceType of = new ResourceType(group, version, own.plural(), sub.kind(), own.scope());
        JsonObject built = methods.build();
        for (String method : built.names()) {
            built =
                    built.with(
                            method,
                            built.object(method)
                                    .with(
                                            "x-kubernetes-group-version-kind",
                                            groupVersionKind(of, sub.kind())));
        }
        putUnlessEmpty(paths, path, built);
    }

    private static List<String> readParameters(Subresource sub) {
        return sub.name().equals("log") ? LOG_PARAMETERS : List.of();
    }

    /// A subresource that is a connection: exec, attach, port-forward, proxy.
    private void connect(JsonObject.Builder paths, String path, Subresource sub) {
        List<String> methods =
                sub.verbs().size() > 2
                        ? List.of("delete", "get", "head", "options", "patch", "post", "put")
                        : List.of("get", "post");
        JsonObject.Builder operations = JsonObject.builder();
        for (String method : methods) {
            JsonObject operation =
                    JsonObject.builder()
                            .put("tags", JsonArray.of(Json.of(tag(at))))
                            .put("responses", responses("", "200"))
                            .put("x-kubernetes-action", "connect")
                            .put(
                                    "x-kubernetes-group-version-kind",
                                    groupVersionKind(resource.type(), sub.kind()))
                            .build();
            operations.put(method, operation);
        }
        putUnlessEmpty(paths, path, operations.build());
        if (sub.name().equals("proxy")) {
            putUnlessEmpty(paths, path + "/{path}", operations.build());
        }
    }

    private JsonObject patch(String suffix, String type) {
        List<String> parameters = new ArrayList<>(WRITE_PARAMETERS);
        parameters.add("force:boolean");
        return operation("patch", "patch", suffix, parameters, type, "200,201")
                .with("requestBody", body(META + "Patch", PATCHES));
    }

    private JsonObject operation(
            String verb,
            String action,
            String suffix,
            List<String> parameters,
            String answer,
            String codes) {
        ResourceType type = resource.type();
        boolean all = suffix.equals("ForAllNamespaces");
        String scope = type.isNamespaced() && !all ? "Namespaced" : "";
        String verbName = verb.equals("deleteCollection") ? "delete" : verb;
        String collection = verb.equals("deleteCollection") ? "Collection" : "";
        return JsonObject.builder()
                .put("tags", JsonArray.of(Json.of(tag(at))))
                .put(
                        "operationId",
                        verbName + camel(at) + collection + scope + type.kind() + suffix)
                .putUnlessEmpty("parameters", parameters(parameters))
                .put("responses", responses(answer, codes))
                .put("x-kubernetes-action", action)
                .put("x-kubernetes-group-version-kind", groupVersionKind(type, type.kind()))
                .build();
    }

    private static JsonObject options() {
        return body(META + "DeleteOptions", List.of("*/*")).without("required");
    }

    private static JsonObject body(String type, List<String> mediaTypes) {
        return JsonObject.of("content", content(type, mediaTypes), "required", Json.of(true));
    }

    private static JsonObject responses(String type, String codes) {
        JsonObject.Builder responses = JsonObject.builder();
        for (String code : codes.split(",")) {
            responses.put(
                    code,
                    type.isEmpty()
                            ? JsonObject.EMPTY
                            : JsonObject.of(
                                    "content",
                                    content(
                                            type,
                                            List.of("application/json", "application/yaml"))));
        }
        return responses.put("401", JsonObject.EMPTY).build();
    }

    private static JsonObject content(String type, List<String> mediaTypes) {
        JsonObject schema = JsonObject.of("schema", JsonObject.of("$ref", Json.of(REF + type)));
        JsonObject.Builder content = JsonObject.builder();
        mediaTypes.forEach(mediaType -> content.put(mediaType, schema));
        return content.build();
    }

    private static JsonArray pathParameters(String path) {
        List<Json> parameters = new ArrayList<>();
        for (String name : List.of("name", "namespace", "path")) {
            if (path.contains("{" + name + "}")) {
                parameters.add(
                        parameter(name, "string")
                                .with("in", "path")
                                .with("required", Json.of(true)));
            }
        }
        parameters.add(parameter("pretty", "string"));
        return new JsonArray(parameters);
    }

    private static JsonArray parameters(List<String> names) {
        return JsonArray.from(
                names,
                name -> {
                    int colon = name.indexOf(':');
                    return colon < 0
                            ? parameter(name, "string")
                            : parameter(name.substring(0, colon), name.substring(colon + 1));
                });
    }

    private static JsonObject parameter(String name, String type) {
        return JsonObject.builder()
                .put("in", "query")
                .put("name", name)
                .put("schema", JsonObject.of("type", Json.of(type), "uniqueItems", Json.of(true)))
                .build();
    }

    private static String tag(GroupVersion at) {
        String group = groupName(at);
        return group.substring(0, 1).toLowerCase(Locale.ROOT)
                + group.substring(1)
                + "_"
                + at.version();
    }

    private static String camel(GroupVersion at) {
        return groupName(at)
                + Character.toUpperCase(at.version().charAt(0))
                + at.version().substring(1);
    }

    private static String groupName(GroupVersion at) {
        if (at.group().isEmpty()) {
            return "Core";
        }
        String plain = at.group().replace(".k8s.io", "");
        StringBuilder name = new StringBuilder();
        Arrays.stream(plain.split("\\."))
                .filter(part -> !part.isEmpty())
                .forEach(part ->
                        name.append(Character.toUpperCase(part.charAt(0)))
                                .append(part.substring(1)));
        return name.toString();
    }
}
