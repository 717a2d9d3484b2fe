package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Watched;
import io.fairlead.tables.ServiceTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/// What a proxy reads of a cluster, stripped to the members that mean something to it: at ten thousand Services the rest would be most of its memory.
final class ProxyInputs {
    /// Members of objects that mean nothing to a proxy, wherever they are, and are often the larger part of them.
    static final Set<String> UNREAD =
            Set.of("managedFields", "ownerReferences", "selector", "targetRef");

    private static final Set<String> METADATA =
            Set.of(
                    "name",
                    "namespace",
                    "uid",
                    "resourceVersion",
                    "creationTimestamp",
                    "labels",
                    "deletionTimestamp");

    private static final Set<String> ENDPOINT =
            Set.of("addresses", "conditions", "hostname", "nodeName", "zone", "hints");

    private ProxyInputs() {}

    /// @param nodeName the proxy's own node, which gets the cluster's pod ranges too
    /// @param podRanges of the whole cluster, where nodes do not tell theirs; may be empty
    static List<Watched> watched(String nodeName, List<Cidr> podRanges) {
        Map<ResourceType, UnaryOperator<JsonObject>> strips =
                Map.of(
                        ResourceType.SERVICE, ProxyInputs::service,
                        ResourceType.ENDPOINT_SLICE, ProxyInputs::slice,
                        ResourceType.NODE, node -> node(node, nodeName, podRanges));
        return ServiceTable.WATCHED.stream()
                .map(type ->
                        Watched.all(type)
                                .stripped(strips.getOrDefault(type, ProxyInputs::withoutManagers)))
                .map(watched ->
                        watched.type().equals(ResourceType.SERVICE_CIDR)
                                ? watched.whereOffered()
                                : watched)
                .toList();
    }

    private static JsonObject service(JsonObject service) {
        JsonObject.Builder kept =
                JsonObject.builder()
                        .put("metadata", metadata(service, true))
                        .put("spec", service.object("spec").without("selector"));
        return kept.putUnlessEmpty("status", only(service.object("status"), Set.of("loadBalancer")))
                .build();
    }

    private static JsonObject slice(JsonObject slice) {
        List<Json> endpoints = new ArrayList<>();
        slice.list("endpoints")
                .forEach(endpoint -> endpoints.add(only((JsonObject) endpoint, ENDPOINT)));
        return JsonObject.builder()
                .put("metadata", metadata(slice, false))
                .put("addressType", slice.text("addressType"))
                .put("ports", new JsonArray(slice.list("ports")))
                .put("endpoints", new JsonArray(endpoints))
                .build();
    }

    /// Without the resource version: the heartbeats of nodes are to wake nobody.
    private static JsonObject node(JsonObject node, String own, List<Cidr> podRanges) {
        JsonObject metadata = only(node.object("metadata"), Set.of("name", "uid", "labels"));
        JsonObject spec = only(node.object("spec"), Set.of("podCIDR", "podCIDRs"));
        if (node.text("metadata", "name").equals(own) && !podRanges.isEmpty()) {
            List<Json> ranges = new ArrayList<>(spec.list("podCIDRs"));
            if (ranges.isEmpty() && spec.has("podCIDR")) {
                ranges.add(Json.of(spec.text("podCIDR")));
            }
            podRanges.forEach(range -> ranges.add(Json.of(range.toString())));
            spec = spec.with("podCIDRs", new JsonArray(ranges.stream().distinct().toList()));
        }
        return JsonObject.builder()
                .put("metadata", metadata)
                .put("spec", spec)
                .put("status", only(node.object("status"), Set.of("addresses")))
                .build();
    }

    private static JsonObject withoutManagers(JsonObject object) {
        return object.withoutAt("metadata", "managedFields");
    }

    private static JsonObject metadata(JsonObject object, boolean hasAnnotations) {
        JsonObject metadata = only(object.object("metadata"), METADATA);
        if (!hasAnnotations) {
            return metadata;
        }
        JsonObject.Builder annotations = JsonObject.builder();
        object.object("metadata", "annotations")
                .forEach((name, value) -> {
                    // What kubectl applied last is a second copy of everything.
                    if (!name.equals("kubectl.kubernetes.io/last-applied-configuration")) {
                        annotations.put(name, value);
                    }
                });
        JsonObject kept = annotations.build();
        return kept.isEmpty() ? metadata : metadata.with("annotations", kept);
    }

    private static JsonObject only(JsonObject object, Set<String> members) {
        JsonObject.Builder kept = JsonObject.builder();
        object.forEach((name, value) -> {
            if (members.contains(name)) {
                kept.put(name, value);
            }
        });
        return kept.build();
    }
}
