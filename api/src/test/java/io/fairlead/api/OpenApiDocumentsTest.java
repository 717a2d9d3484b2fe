package io.fairlead.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ApiCatalog.GroupVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class OpenApiDocumentsTest {
    private static final Set<String> METHODS =
            Set.of("get", "put", "post", "patch", "delete", "head", "options");
    private final ApiCatalog catalog = ApiCatalog.builtIn();

    @Test
    void schemasAreAsRecorded() {
        for (GroupVersion at : catalog.groupVersions()) {
            if (at.group().equals("resource.k8s.io")) {
                continue;
            }
            JsonObject recorded = recorded(at).object("components", "schemas");
            JsonObject told =
                    OpenApiDocuments.document(catalog, at).object("components", "schemas");
            assertThat(told.names()).as(at.apiVersion()).containsAll(recorded.names());
            for (String name : recorded.names()) {
                assertThat(withoutDescriptions(told.object(name)))
                        .as(name)
                        .isEqualTo(recorded.get(name));
            }
        }
    }

    @Test
    void operationsAreAsRecorded() {
        List<String> differences = new ArrayList<>();
        for (GroupVersion at : catalog.groupVersions()) {
            if (at.group().equals("resource.k8s.io")) {
                continue;
            }
            Set<String> told = operations(OpenApiDocuments.document(catalog, at));
            Set<String> recorded = operations(recorded(at));
            Set<String> missing = new TreeSet<>(recorded);
            missing.removeAll(told);
            Set<String> surplus = new TreeSet<>(told);
            surplus.removeAll(recorded);
            missing.forEach(line -> differences.add(at.apiVersion() + " lacks " + line));
            surplus.forEach(line -> differences.add(at.apiVersion() + " has   " + line));
        }
        assertThat(differences).isEmpty();
    }

    @Test
    void customResourcesAreTold() {
        JsonObject schema =
                YamlReader.readObjects(
                                "{type: object, properties: {spec: {type: object, properties:"
                                        + " {size: {type: integer}}}}}")
                        .getFirst();
        ResourceType type =
                new ResourceType(
                        "example.com", "v1", "widgets", "Widget", ResourceType.Scope.NAMESPACED);
        ApiResource widgets =
                new ApiResource(
                        type,
                        "widget",
                        List.of(),
                        List.of(),
                        ApiResource.ALL_VERBS,
                        List.of(),
                        SchemaType.ofCustomResource(schema),
                        "");
        JsonObject document =
                OpenApiDocuments.document(
                        catalog.plus(List.of(widgets)), new GroupVersion("example.com", "v1"));
        assertThat(
                        document.has(
                                "components",
                                "schemas",
                                "com.example.v1.Widget",
                                "properties",
                                "spec",
                                "properties",
                                "size"))
                .isTrue();
        assertThat(
                        document.object("paths")
                                .contains("/apis/example.com/v1/namespaces/{namespace}/widgets"))
                .isTrue();
    }

    // The recording has none; a field named description is none of them.
    private static JsonObject withoutDescriptions(JsonObject schema) {
        JsonObject plain =
                schema.get("description") instanceof JsonString
                        ? schema.without("description")
                        : schema;
        for (String name : plain.object("properties").names()) {
            plain =
                    plain.withAt(
                            withoutDescriptions(plain.object("properties", name)),
                            "properties",
                            name);
        }
        return plain;
    }

    private static JsonObject recorded(GroupVersion at) {
        String name =
                at.group().isEmpty()
                        ? "api__" + at.version()
                        : "apis__" + at.group() + "__" + at.version();
        return Reference.object("openapi/" + name + ".json");
    }

    /// One line an operation: path, method, action, kind and parameters; watches are left out on purpose.
    private static Set<String> operations(JsonObject document) {
        Set<String> operations = new TreeSet<>();
        JsonObject paths = document.object("paths");
        for (String path : paths.names()) {
            if (path.contains("/watch/")) {
                continue;
            }
            JsonObject methods = paths.object(path);
            for (String method : methods.names()) {
                JsonObject operation = methods.object(method);
                if (METHODS.contains(method)) {
                    boolean connect = operation.text("x-kubernetes-action").equals("connect");
                    operations.add(
                            "%s %s %s %s %s %s"
                                    .formatted(
                                            path,
                                            method,
                                            connect ? "" : operation.text("operationId"),
                                            operation.text("x-kubernetes-action"),
                                            new TreeSet<>(
                                                    operation
                                                            .object(
                                                                    "x-kubernetes-group-version-kind")
                                                            .strings()
                                                            .values()),
                                            connect ? "" : parameters(operation, methods)));
                }
            }
        }
        return operations;
    }

    /// Those of the operation and of its path; which of both tells a parameter does not matter to clients.
    private static Set<String> parameters(JsonObject operation, JsonObject path) {
        Set<String> names = new TreeSet<>();
        for (JsonObject place : List.of(operation, path)) {
            for (Json parameter : place.list("parameters")) {
                if (parameter.text("in").equals("query")) {
                    names.add(parameter.text("name"));
                }
            }
        }
        names.remove("shardSelector");
        names.remove("pretty");
        return names;
    }
}
