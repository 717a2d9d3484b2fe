package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is known of a version of a group that another server serves. Immutable.
///
/// @param groupRank among groups, the highest comes first
/// @param versionRank among versions of the group, the highest comes first
/// @param resources the server's `APIResourceList`, as it was when it last answered
/// @param schemas where its OpenAPI document of the third version is, as that server's index says; empty when it has none
/// @param definitions its OpenAPI document of the second version; empty when it has none
/// @param isCurrent whether the server answers
record RemoteApi(
        GroupVersion at,
        long groupRank,
        long versionRank,
        JsonObject resources,
        String schemas,
        JsonObject definitions,
        boolean isCurrent) {
    /// One entry of `versions` in aggregated discovery.
    JsonObject discovery() {
        Map<String, JsonObject> whole = new LinkedHashMap<>();
        Map<String, List<Json>> parts = new LinkedHashMap<>();
        for (Json each : resources.list("resources")) {
            String name = each.text("name");
            int slash = name.indexOf('/');
            if (slash < 0) {
                whole.put(name, resource(each));
            } else {
                parts.computeIfAbsent(name.substring(0, slash), missing -> new ArrayList<>())
                        .add(
                                JsonObject.of(
                                        "subresource",
                                        Json.of(name.substring(slash + 1)),
                                        "responseKind",
                                        kind(each),
                                        "verbs",
                                        new JsonArray(each.list("verbs"))));
            }
        }
        List<Json> told = new ArrayList<>();
        whole.forEach((name, resource) ->
                told.add(
                        Optional.ofNullable(parts.get(name))
                                .map(its -> resource.with("subresources", new JsonArray(its)))
                                .orElse(resource)));
        return JsonObject.of(
                "version",
                Json.of(at.version()),
                "resources",
                new JsonArray(told),
                "freshness",
                Json.of(isCurrent ? "Current" : "Stale"));
    }

    private JsonObject resource(Json told) {
        return JsonObject.builder()
                .put("resource", told.text("name"))
                .put("responseKind", kind(told))
                .put("scope", told.flag("namespaced") ? "Namespaced" : "Cluster")
                .put("singularResource", told.text("singularName"))
                .put("verbs", new JsonArray(told.list("verbs")))
                .putUnlessEmpty("shortNames", new JsonArray(told.list("shortNames")))
                .putUnlessEmpty("categories", new JsonArray(told.list("categories")))
                .build();
    }

    private JsonObject kind(Json told) {
        boolean isOwn = told.text("version").isEmpty();
        return JsonObject.of(
                "group",
                Json.of(isOwn ? at.group() : told.text("group")),
                "version",
                Json.of(isOwn ? at.version() : told.text("version")),
                "kind",
                Json.of(told.text("kind")));
    }

    /// As legacy discovery names a version.
    JsonObject version() {
        return JsonObject.of(
                "groupVersion", Json.of(at.apiVersion()), "version", Json.of(at.version()));
    }
}
