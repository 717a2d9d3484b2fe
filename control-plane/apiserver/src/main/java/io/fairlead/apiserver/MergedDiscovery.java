package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Puts what other servers serve into this server's discovery and schemas, at the place that their ranks give them.
final class MergedDiscovery {
    // Where custom resources' versions stand, among which a remote one of the same group must find
    // its place.
    private static final long LOCAL_VERSION_RANK = 100;

    private MergedDiscovery() {}

    /// `/apis`.
    ///
    /// @param remote sorted, the best first
    static JsonObject legacyGroups(JsonObject own, List<RemoteApi> remote) {
        return remote.isEmpty()
                ? own
                : own.with(
                        "groups",
                        merged(
                                own.list("groups"),
                                remote,
                                group -> group.text("name"),
                                MergedDiscovery::legacyGroup));
    }

    /// `/apis/{group}`.
    ///
    /// @param own empty when this server serves nothing of the group
    /// @param remote of this group alone, not empty
    static JsonObject legacyGroup(JsonObject own, List<RemoteApi> remote) {
        List<Json> versions = new ArrayList<>(own.list("versions"));
        addVersions(versions, remote, RemoteApi::version);
        return JsonObject.builder()
                .put("kind", "APIGroup")
                .put("apiVersion", "v1")
                .put("name", remote.getFirst().at().group())
                .put("versions", new JsonArray(versions))
                .put("preferredVersion", versions.getFirst())
                .build();
    }

    /// `/apis` in the aggregated form.
    static JsonObject aggregatedGroups(JsonObject own, List<RemoteApi> remote) {
        return remote.isEmpty()
                ? own
                : own.with(
                        "items",
                        merged(
                                own.list("items"),
                                remote,
                                group -> group.text("metadata", "name"),
                                MergedDiscovery::aggregatedGroup));
    }

    private static JsonObject aggregatedGroup(JsonObject own, List<RemoteApi> remote) {
        List<Json> versions = new ArrayList<>(own.list("versions"));
        addVersions(versions, remote, RemoteApi::discovery);
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(remote.getFirst().at().group())),
                "versions",
                new JsonArray(versions));
    }

    private static void addVersions(
            List<Json> versions, List<RemoteApi> remote, Function<RemoteApi, Json> told) {
        int first = 0;
        for (RemoteApi each : remote) {
            versions.removeIf(own -> own.text("version").equals(each.at().version()));
            if (each.versionRank() > LOCAL_VERSION_RANK) {
                versions.add(first++, told.apply(each));
            } else {
                versions.add(told.apply(each));
            }
        }
    }

    private interface Form {
        JsonObject group(JsonObject own, List<RemoteApi> remote);
    }

    private static JsonArray merged(
            List<Json> own, List<RemoteApi> remote, Function<Json, String> name, Form form) {
        Map<String, List<RemoteApi>> groups = new LinkedHashMap<>();
        remote.forEach(each ->
                groups.computeIfAbsent(each.at().group(), missing -> new ArrayList<>()).add(each));
        List<Json> merged = new ArrayList<>();
        for (Json group : own) {
            List<RemoteApi> more = groups.remove(name.apply(group));
            JsonObject known = (JsonObject) group;
            merged.add(
                    more == null
                            ? known
                            : form.group(known, more).without("kind").without("apiVersion"));
        }
        groups.values()
                .forEach(each -> {
                    int at = 0;
                    while (at < merged.size()
                            && ApiServices.rank(name.apply(merged.get(at)))
                                    >= each.getFirst().groupRank()) {
                        at++;
                    }
                    merged.add(
                            at,
                            form.group(JsonObject.EMPTY, each)
                                    .without("kind")
                                    .without("apiVersion"));
                });
        return new JsonArray(merged);
    }

    /// `/openapi/v3`.
    static JsonObject schemaIndex(JsonObject own, List<RemoteApi> remote) {
        JsonObject index = own;
        for (RemoteApi each : remote) {
            if (!each.schemas().isEmpty()) {
                index =
                        index.withAt(
                                JsonObject.of("serverRelativeURL", Json.of(each.schemas())),
                                "paths",
                                "apis/" + each.at().apiVersion());
            }
        }
        return index;
    }

    /// `/openapi/v2`.
    static JsonObject definitions(JsonObject own, List<RemoteApi> remote) {
        JsonObject.Builder paths = JsonObject.builder();
        JsonObject.Builder definitions = JsonObject.builder();
        for (RemoteApi each : remote) {
            String prefix = "/apis/" + each.at().group() + "/";
            each.definitions()
                    .object("paths")
                    .forEach((path, item) -> {
                        if (path.startsWith(prefix)) {
                            paths.put(path, item);
                        }
                    });
            each.definitions().object("definitions").forEach(definitions::put);
        }
        own.object("paths").forEach(paths::put);
        own.object("definitions").forEach(definitions::put);
        return own.with("paths", paths.build()).with("definitions", definitions.build());
    }
}
