package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.store.Snapshot;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What APIServices say: who serves a version of a group, this server or one behind a Service, and how the group ranks among others.
final class ApiServices {
    static final ResourceType TYPE =
            new ResourceType(
                    "apiregistration.k8s.io", "v1", "apiservices", "APIService", Scope.CLUSTER);
    static final String MANAGED = "kube-aggregator.kubernetes.io/automanaged";

    private static final String AVAILABLE = "Available";

    // As Kubernetes ranks its own groups; those that it does not name come after them. This one's
    // own comes before all.
    private static final Map<String, Long> GROUP_RANKS =
            Map.ofEntries(
                    Map.entry("apiregistration.k8s.io", 20001L),
                    Map.entry("", 18000L),
                    Map.entry("apps", 17800L),
                    Map.entry("events.k8s.io", 17750L),
                    Map.entry("authentication.k8s.io", 17700L),
                    Map.entry("authorization.k8s.io", 17600L),
                    Map.entry("autoscaling", 17500L),
                    Map.entry("batch", 17400L),
                    Map.entry("certificates.k8s.io", 17300L),
                    Map.entry("networking.k8s.io", 17200L),
                    Map.entry("policy", 17100L),
                    Map.entry("rbac.authorization.k8s.io", 17000L),
                    Map.entry("storage.k8s.io", 16800L),
                    Map.entry("apiextensions.k8s.io", 16700L),
                    Map.entry("admissionregistration.k8s.io", 16700L),
                    Map.entry("scheduling.k8s.io", 16600L),
                    Map.entry("coordination.k8s.io", 16500L),
                    Map.entry("node.k8s.io", 16300L),
                    Map.entry("discovery.k8s.io", 16200L),
                    Map.entry("resource.k8s.io", 16200L),
                    Map.entry("flowcontrol.apiserver.k8s.io", 16100L));
    private static final Map<String, Long> VERSION_RANKS =
            Map.of(
                    "v1",
                    1L,
                    "autoscaling/v2",
                    30L,
                    "flowcontrol.apiserver.k8s.io/v1",
                    21L,
                    "resource.k8s.io/v1",
                    21L);
    private static final long USUAL_VERSION_RANK = 15;
    private static final long CUSTOM_GROUP_RANK = 1000;
    private static final long CUSTOM_VERSION_RANK = 100;

    private ApiServices() {}

    /// The APIService of a version that another server serves; empty for this server's own.
    static Optional<JsonObject> remote(Snapshot<StoredObject> snapshot, GroupVersion at) {
        return snapshot.get(StorageKeys.key(TYPE, ObjectName.clusterWide(name(at))))
                .map(stored -> stored.value().tree())
                .filter(ApiServices::isRemote);
    }

    static boolean isRemote(JsonObject service) {
        return service.has("spec", "service");
    }

    static String name(GroupVersion at) {
        return at.version() + "." + at.group();
    }

    static GroupVersion groupVersion(JsonObject service) {
        return new GroupVersion(service.text("spec", "group"), service.text("spec", "version"));
    }

    static boolean isAvailable(JsonObject service) {
        return service.list("status", "conditions").stream()
                .anyMatch(each ->
                        each.text("type").equals(AVAILABLE) && each.text("status").equals("True"));
    }

    /// How a group ranks that no APIService of another server speaks of.
    static long rank(String group) {
        return GROUP_RANKS.getOrDefault(group, CUSTOM_GROUP_RANK);
    }

    /// The APIService of one of Kubernetes' own versions, made once when a cluster begins.
    static JsonObject own(GroupVersion at) {
        return local(
                at,
                rank(at.group()),
                VERSION_RANKS.getOrDefault(at.apiVersion(), USUAL_VERSION_RANK),
                "onstart");
    }

    /// The APIService of a version that a CustomResourceDefinition defines; it goes with the definition.
    static JsonObject custom(GroupVersion at) {
        return local(at, CUSTOM_GROUP_RANK, CUSTOM_VERSION_RANK, "true");
    }

    private static JsonObject local(
            GroupVersion at, long groupRank, long versionRank, String managed) {
        return JsonObject.builder()
                .put("kind", TYPE.kind())
                .put("apiVersion", TYPE.apiVersion())
                .put(
                        "metadata",
                        JsonObject.of(
                                "name",
                                Json.of(name(at)),
                                "labels",
                                JsonObject.of(MANAGED, Json.of(managed))))
                .put(
                        "spec",
                        JsonObject.builder()
                                .putUnlessEmpty("group", at.group())
                                .put("version", at.version())
                                .put("groupPriorityMinimum", groupRank)
                                .put("versionPriority", versionRank)
                                .build())
                .build();
    }

    /// The APIService with a condition that says whether its server answers; the time of the last change stays where nothing changes.
    static JsonObject judged(
            JsonObject service, String status, String reason, String message, Instant now) {
        List<Json> conditions = new ArrayList<>();
        String since = now.truncatedTo(ChronoUnit.SECONDS).toString();
        for (Json each : service.list("status", "conditions")) {
            if (!each.text("type").equals(AVAILABLE)) {
                conditions.add(each);
            } else if (each.text("status").equals(status)) {
                since = each.text("lastTransitionTime");
            }
        }
        conditions.add(
                JsonObject.builder()
                        .put("type", AVAILABLE)
                        .put("status", status)
                        .put("lastTransitionTime", since)
                        .put("reason", reason)
                        .put("message", message)
                        .build());
        return service.withAt(new JsonArray(conditions), "status", "conditions");
    }
}
