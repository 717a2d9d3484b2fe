package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.EndpointSlice;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.Watched;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// What a proxy reads of a cluster, stripped to the members that mean something to it, with equal parts shared: at ten thousand Services the rest would be
/// most of its memory. What a view reads as if it were there is left out.
final class ProxyInputs {
    /// Members of objects that mean nothing to a proxy, wherever they are, and are often the larger part of them.
    static final Set<String> UNREAD =
            Set.of("managedFields", "ownerReferences", "selector", "targetRef");

    private static final Set<String> LABELS =
            Set.of(
                    EndpointSlice.SERVICE_LABEL,
                    Service.HEADLESS_LABEL,
                    Service.PROXY_NAME_LABEL,
                    Node.ZONE_LABEL);

    private static final Set<String> ANNOTATIONS = Set.of(Service.LOAD_BALANCING_ANNOTATION);

    private static final Set<String> SERVICE_SPEC =
            Set.of(
                    "type",
                    "clusterIPs",
                    "ports",
                    "externalIPs",
                    "sessionAffinity",
                    "sessionAffinityConfig",
                    "internalTrafficPolicy",
                    "externalTrafficPolicy",
                    "healthCheckNodePort",
                    "loadBalancerSourceRanges");

    private static final Map<String, Json> USUAL_SPEC =
            Map.of(
                    "type", Json.of("ClusterIP"),
                    "sessionAffinity", Json.of("None"),
                    "internalTrafficPolicy", Json.of("Cluster"),
                    "externalTrafficPolicy", Json.of("Cluster"));

    private static final Map<String, Json> USUAL_CONDITIONS =
            Map.of(
                    "ready", Json.of(true),
                    "serving", Json.of(true),
                    "terminating", Json.of(false));

    private final SharedTrees trees = new SharedTrees();

    private ProxyInputs() {}

    /// @param nodeName the proxy's own node, which gets the cluster's pod ranges too
    /// @param podRanges of the whole cluster, where nodes do not tell theirs; may be empty
    static List<Watched> watched(String nodeName, List<Cidr> podRanges) {
        return List.of(
                Watched.all(ResourceType.NODE).stripped(node -> node(node, nodeName, podRanges)),
                Watched.all(ResourceType.SERVICE).stripped(new ProxyInputs()::service),
                Watched.all(ResourceType.ENDPOINT_SLICE).stripped(new ProxyInputs()::slice),
                Watched.all(ResourceType.SERVICE_CIDR)
                        .stripped(range -> range.withoutAt("metadata", "managedFields"))
                        .whereOffered());
    }

    private JsonObject service(JsonObject service) {
        JsonObject given = service.object("spec");
        JsonObject.Builder spec = JsonObject.builder();
        given.forEach((name, value) -> {
            if (SERVICE_SPEC.contains(name) && !value.equals(USUAL_SPEC.get(name))) {
                spec.put(name, name.equals("clusterIPs") ? value : trees.shared(value));
            }
        });
        if (!given.has("clusterIPs") && given.has("clusterIP")) {
            spec.put("clusterIP", given.text("clusterIP"));
        }
        JsonObject annotations =
                only(service.object("metadata", "annotations"), ANNOTATIONS::contains);
        JsonObject.Builder metadata =
                metadata(service)
                        .put("uid", service.text("metadata", "uid"))
                        .putUnlessEmpty("annotations", annotations);
        service.find("metadata", "creationTimestamp")
                .ifPresent(it -> metadata.put("creationTimestamp", trees.shared(it)));
        return trees.shaped(
                JsonObject.builder()
                        .put("metadata", trees.shaped(metadata.build()))
                        .put("spec", trees.shaped(spec.build()))
                        .putUnlessEmpty(
                                "status", only(service.object("status"), "loadBalancer"::equals))
                        .build());
    }

    private JsonObject slice(JsonObject slice) {
        List<Json> endpoints = new ArrayList<>();
        for (Json endpoint : slice.list("endpoints")) {
            JsonObject.Builder kept = JsonObject.builder();
            ((JsonObject) endpoint)
                    .forEach((name, value) -> {
                        switch (name) {
                            case "addresses" -> kept.put(name, value);
                            case "nodeName", "hints" -> kept.put(name, trees.shared(value));
                            case "conditions" ->
                                    kept.putUnlessEmpty(name, unusual((JsonObject) value));
                            default -> {}
                        }
                    });
            endpoints.add(trees.shaped(kept.build()));
        }
        return trees.shaped(
                JsonObject.builder()
                        .put("metadata", trees.shaped(metadata(slice).build()))
                        .put("addressType", trees.shared(Json.of(slice.text("addressType"))))
                        .put("ports", trees.shared(new JsonArray(slice.list("ports"))))
                        .put("endpoints", new JsonArray(endpoints))
                        .build());
    }

    private JsonObject unusual(JsonObject conditions) {
        JsonObject.Builder kept = JsonObject.builder();
        conditions.forEach((name, value) -> {
            if (!value.equals(USUAL_CONDITIONS.get(name))) {
                kept.put(name, value);
            }
        });
        return (JsonObject) trees.shared(kept.build());
    }

    private JsonObject.Builder metadata(JsonObject object) {
        return JsonObject.builder()
                .put("name", object.text("metadata", "name"))
                .put("namespace", trees.shared(Json.of(object.text("metadata", "namespace"))))
                .put("resourceVersion", object.text("metadata", "resourceVersion"))
                .putUnlessEmpty(
                        "labels",
                        trees.shaped(only(object.object("metadata", "labels"), LABELS::contains)));
    }

    /// Without the resource version: the heartbeats of nodes are to wake nobody.
    private static JsonObject node(JsonObject node, String own, List<Cidr> podRanges) {
        JsonObject metadata =
                JsonObject.builder()
                        .put("name", node.text("metadata", "name"))
                        .put("uid", node.text("metadata", "uid"))
                        .putUnlessEmpty(
                                "labels", only(node.object("metadata", "labels"), LABELS::contains))
                        .build();
        JsonObject spec = only(node.object("spec"), Set.of("podCIDR", "podCIDRs")::contains);
        if (node.text("metadata", "name").equals(own) && !podRanges.isEmpty()) {
            List<Json> ranges = new ArrayList<>(spec.list("podCIDRs"));
            if (ranges.isEmpty() && spec.has("podCIDR")) {
                ranges.add(Json.of(spec.text("podCIDR")));
            }
            podRanges.forEach(range -> ranges.add(Json.of(range.toString())));
            spec = spec.with("podCIDRs", new JsonArray(ranges.stream().distinct().toList()));
        }
        return JsonObject.builder().put("metadata", metadata).put("spec", spec).build();
    }

    private static JsonObject only(JsonObject object, Predicate<String> members) {
        JsonObject.Builder kept = JsonObject.builder();
        object.forEach((name, value) -> {
            if (members.test(name)) {
                kept.put(name, value);
            }
        });
        return kept.build();
    }
}
