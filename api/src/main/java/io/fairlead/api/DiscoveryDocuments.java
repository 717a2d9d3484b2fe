package io.fairlead.api;

import io.fairlead.api.ApiCatalog.GroupVersion;
import java.util.ArrayList;
import java.util.List;

/// What `/api` and `/apis` and the paths below them answer, in both forms that clients ask for.
public final class DiscoveryDocuments {
    private DiscoveryDocuments() {}

    /// `/api` in the aggregated form: the core group.
    public static JsonObject aggregatedCore(ApiCatalog catalog) {
        return aggregated(catalog, List.of(""));
    }

    /// `/apis` in the aggregated form: all other groups.
    public static JsonObject aggregatedGroups(ApiCatalog catalog) {
        return aggregated(catalog, catalog.groups());
    }

    /// `/api`.
    ///
    /// @param serverAddress host and port at which clients reach this server
    public static JsonObject legacyCore(ApiCatalog catalog, String serverAddress) {
        JsonObject address =
                JsonObject.of(
                        "clientCIDR",
                        Json.of("0.0.0.0/0"),
                        "serverAddress",
                        Json.of(serverAddress));
        return JsonObject.builder()
                .put("kind", "APIVersions")
                .put("versions", JsonArray.ofStrings(catalog.versions("")))
                .put("serverAddressByClientCIDRs", JsonArray.of(address))
                .build();
    }

    /// `/apis`.
    public static JsonObject legacyGroups(ApiCatalog catalog) {
        return JsonObject.builder()
                .put("kind", "APIGroupList")
                .put("apiVersion", "v1")
                .put("groups", JsonArray.from(catalog.groups(), group -> group(catalog, group)))
                .build();
    }

    /// `/apis/{group}`.
    public static JsonObject legacyGroup(ApiCatalog catalog, String group) {
        JsonObject.Builder document =
                JsonObject.builder().put("kind", "APIGroup").put("apiVersion", "v1");
        group(catalog, group).forEach(document::put);
        return document.build();
    }

    /// `/api/v1` or `/apis/{group}/{version}`.
    public static JsonObject legacyVersion(ApiCatalog catalog, GroupVersion at) {
        List<Json> resources = new ArrayList<>();
        for (ApiResource resource : catalog.resources(at)) {
            resources.add(legacyResource(resource));
            resource.subresources().forEach(sub -> resources.add(legacySubresource(resource, sub)));
        }
        JsonObject.Builder document = JsonObject.builder().put("kind", "APIResourceList");
        if (!at.group().isEmpty()) {
            document.put("apiVersion", "v1");
        }
        return document.put("groupVersion", at.apiVersion())
                .put("resources", new JsonArray(resources))
                .build();
    }

    private static JsonObject group(ApiCatalog catalog, String group) {
        List<String> versions = catalog.versions(group);
        return JsonObject.builder()
                .put("name", group)
                .put("versions", JsonArray.from(versions, version -> version(group, version)))
                .put("preferredVersion", version(group, versions.getFirst()))
                .build();
    }

    private static JsonObject version(String group, String version) {
        return JsonObject.of(
                "groupVersion", Json.of(group + "/" + version), "version", Json.of(version));
    }

    private static JsonObject legacyResource(ApiResource resource) {
        return JsonObject.builder()
                .put("name", resource.type().plural())
                .put("singularName", resource.singular())
                .put("namespaced", resource.type().isNamespaced())
                .put("kind", resource.type().kind())
                .put("verbs", JsonArray.ofStrings(resource.verbs()))
                .putUnlessEmpty("shortNames", JsonArray.ofStrings(resource.shortNames()))
                .putUnlessEmpty("categories", JsonArray.ofStrings(resource.categories()))
                .putUnlessEmpty("storageVersionHash", resource.storageHash())
                .build();
    }

    private static JsonObject legacySubresource(ApiResource resource, Subresource sub) {
        return JsonObject.builder()
                .put("name", resource.type().plural() + "/" + sub.name())
                .put("singularName", "")
                .put("namespaced", resource.type().isNamespaced())
                .putUnlessEmpty("group", sub.group())
                .putUnlessEmpty("version", sub.version())
                .put("kind", sub.kind())
                .put("verbs", JsonArray.ofStrings(sub.verbs()))
                .build();
    }

    private static JsonObject aggregated(ApiCatalog catalog, List<String> groups) {
        return JsonObject.builder()
                .put("kind", "APIGroupDiscoveryList")
                .put("apiVersion", "apidiscovery.k8s.io/v2")
                .put("metadata", JsonObject.EMPTY)
                .put("items", JsonArray.from(groups, group -> aggregatedGroup(catalog, group)))
                .build();
    }

    private static JsonObject aggregatedGroup(ApiCatalog catalog, String group) {
        JsonObject metadata =
                group.isEmpty() ? JsonObject.EMPTY : JsonObject.of("name", Json.of(group));
        return JsonObject.of(
                "metadata",
                metadata,
                "versions",
                JsonArray.from(
                        catalog.versions(group),
                        version -> aggregatedVersion(catalog, new GroupVersion(group, version))));
    }

    private static JsonObject aggregatedVersion(ApiCatalog catalog, GroupVersion at) {
        return JsonObject.of(
                "version",
                Json.of(at.version()),
                "resources",
                JsonArray.from(catalog.resources(at), DiscoveryDocuments::aggregatedResource),
                "freshness",
                Json.of("Current"));
    }

    private static JsonObject aggregatedResource(ApiResource resource) {
        return JsonObject.builder()
                .put("resource", resource.type().plural())
                .put("responseKind", responseKind(resource))
                .put("scope", resource.type().isNamespaced() ? "Namespaced" : "Cluster")
                .put("singularResource", resource.singular())
                .put("verbs", JsonArray.ofStrings(resource.verbs()))
                .putUnlessEmpty("shortNames", JsonArray.ofStrings(resource.shortNames()))
                .putUnlessEmpty("categories", JsonArray.ofStrings(resource.categories()))
                .putUnlessEmpty(
                        "subresources",
                        JsonArray.from(
                                resource.subresources(),
                                sub ->
                                        JsonObject.of(
                                                "subresource",
                                                Json.of(sub.name()),
                                                "responseKind",
                                                responseKind(resource, sub),
                                                "verbs",
                                                JsonArray.ofStrings(sub.verbs()))))
                .build();
    }

    // Kubernetes tells group and version where they are not the resource's own, and always for
    // custom resources.
    private static JsonObject responseKind(ApiResource resource) {
        ResourceType type = resource.type();
        return resource.isCustom()
                ? responseKind(type.group(), type.version(), type.kind())
                : responseKind("", "", type.kind());
    }

    private static JsonObject responseKind(ApiResource resource, Subresource sub) {
        return resource.isCustom() && sub.group().isEmpty()
                ? responseKind(resource)
                : responseKind(sub.group(), sub.version(), sub.kind());
    }

    private static JsonObject responseKind(String group, String version, String kind) {
        return JsonObject.of(
                "group", Json.of(group), "version", Json.of(version), "kind", Json.of(kind));
    }
}
