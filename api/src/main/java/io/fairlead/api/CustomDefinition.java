package io.fairlead.api;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// A typed view over a CustomResourceDefinition.
public record CustomDefinition(JsonObject tree) implements ApiObject {
    public static final ResourceType TYPE =
            new ResourceType(
                    "apiextensions.k8s.io",
                    "v1",
                    "customresourcedefinitions",
                    "CustomResourceDefinition",
                    ResourceType.Scope.CLUSTER);

    /// The finalizer that keeps a definition until its objects are gone.
    public static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

    private static final List<String> VERBS =
            List.of(
                    "delete",
                    "deletecollection",
                    "get",
                    "list",
                    "patch",
                    "create",
                    "update",
                    "watch");
    private static final List<String> PART_VERBS = List.of("get", "patch", "update");
    private static final String SCALE = "io.k8s.api.autoscaling.v1.Scale";

    public String group() {
        return tree.text("spec", "group");
    }

    public JsonObject names() {
        return tree.object("spec", "names");
    }

    public String plural() {
        return names().text("plural");
    }

    public List<JsonObject> versions() {
        List<JsonObject> versions = new ArrayList<>();
        for (Json version : tree.list("spec", "versions")) {
            versions.add((JsonObject) version);
        }
        return versions;
    }

    public String storageVersion() {
        return versions().stream()
                .filter(version -> version.flag("storage"))
                .map(version -> version.text("name"))
                .findFirst()
                .orElse("");
    }

    public boolean isEstablished() {
        return hasCondition("Established");
    }

    public boolean hasCondition(String type) {
        return tree.list("status", "conditions").stream()
                .anyMatch(condition ->
                        condition.text("type").equals(type)
                                && condition.text("status").equals("True"));
    }

    /// The type of its objects in the version in which they are stored.
    public ResourceType storedType() {
        return type(storageVersion());
    }

    /// All versions that are served, the preferred one first.
    ///
    /// @param rules makes the judge of a version's schema
    public List<ApiResource> resources(
            Function<JsonObject, CustomVersion.SchemaRules> rules,
            CustomVersion.Conversion conversion) {
        Map<String, JsonObject> served = new LinkedHashMap<>();
        for (JsonObject version : versions()) {
            if (version.flag("served")) {
                served.put(version.text("name"), version);
            }
        }
        return served.keySet().stream()
                .sorted(VersionOrder.BEST_FIRST)
                .map(name ->
                        resource(served.getOrDefault(name, JsonObject.EMPTY), rules, conversion))
                .toList();
    }

    private ResourceType type(String version) {
        return new ResourceType(
                group(),
                version,
                plural(),
                names().text("kind"),
                tree.text("spec", "scope").equals("Cluster")
                        ? ResourceType.Scope.CLUSTER
                        : ResourceType.Scope.NAMESPACED);
    }

    private ApiResource resource(
            JsonObject version,
            Function<JsonObject, CustomVersion.SchemaRules> rules,
            CustomVersion.Conversion conversion) {
        String name = version.text("name");
        JsonObject schema = version.object("schema", "openAPIV3Schema");
        SchemaType type = SchemaType.ofCustomResource(schema);
        List<Subresource> parts = new ArrayList<>();
        if (version.has("subresources", "status")) {
            parts.add(new Subresource("status", "", "", names().text("kind"), PART_VERBS, type));
        }
        if (version.has("subresources", "scale")) {
            parts.add(
                    new Subresource(
                            "scale",
                            "autoscaling",
                            "v1",
                            "Scale",
                            PART_VERBS,
                            SchemaType.named(SCALE)));
        }
        return new ApiResource(
                type(name),
                names().text("singular"),
                words("shortNames"),
                words("categories"),
                VERBS,
                parts,
                type,
                storageHash(),
                Optional.of(
                        new CustomVersion(
                                name(),
                                version,
                                storageVersion(),
                                warning(version),
                                new CustomSchema(schema),
                                rules.apply(schema),
                                conversion,
                                isBeingDeleted())));
    }

    private List<String> words(String field) {
        return names().list(field).stream().map(Json::text).toList();
    }

    // Opaque to clients; it need only change when objects are stored otherwise.
    private String storageHash() {
        long hash = (group() + "/" + storageVersion() + "/" + names().text("kind")).hashCode();
        byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(hash * 0x9e3779b97f4a7c15L).array();
        return Base64.getEncoder().encodeToString(bytes);
    }

    private String warning(JsonObject version) {
        if (!version.flag("deprecated")) {
            return "";
        }
        if (version.has("deprecationWarning")) {
            return version.text("deprecationWarning");
        }
        String name = version.text("name");
        String kind = names().text("kind");
        String plain = "%s/%s %s is deprecated".formatted(group(), name, kind);
        return versions().stream()
                .filter(other -> other.flag("served") && !other.flag("deprecated"))
                .map(other -> other.text("name"))
                .filter(other -> VersionOrder.BEST_FIRST.compare(other, name) < 0)
                .min(VersionOrder.BEST_FIRST)
                .map(other -> "%s; use %s/%s %s".formatted(plain, group(), other, kind))
                .orElse(plain);
    }
}
