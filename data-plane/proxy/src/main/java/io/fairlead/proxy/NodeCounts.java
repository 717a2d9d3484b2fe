package io.fairlead.proxy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the Services were asked for on a node, by who brought connections to endpoints: rules, which translate packets, or programs at the sockets.
public record NodeCounts(
        Map<ObjectName, ServiceCounts> byRules, Map<ObjectName, ServiceCounts> bySockets) {
    public NodeCounts {
        byRules = Map.copyOf(byRules);
        bySockets = Map.copyOf(bySockets);
    }

    public Map<ObjectName, ServiceCounts> all() {
        Map<ObjectName, ServiceCounts> all = new HashMap<>(byRules);
        bySockets.forEach((service, counts) -> all.merge(service, counts, ServiceCounts::and));
        return all;
    }

    /// As it is sent: `{"services": [{"namespace", "name", "connections", "bytesIn", "bytesOut", "refused", "dropped", "endpoints": [{"address", "connections",
    /// "bytesIn", "bytesOut"}]}]}`, by name.
    public JsonObject tree() {
        List<Json> services = new ArrayList<>();
        new TreeMap<>(all())
                .forEach((name, counts) -> {
                    List<Json> endpoints = new ArrayList<>();
                    counts.endpoints()
                            .forEach((address, of) ->
                                    endpoints.add(
                                            with(
                                                    JsonObject.of(
                                                            "address", Json.of(address.toString())),
                                                    of)));
                    services.add(
                            with(
                                            JsonObject.of("namespace", Json.of(name.namespace()))
                                                    .with("name", name.name()),
                                            counts.sum())
                                    .with("refused", Json.of(counts.refused()))
                                    .with("dropped", Json.of(counts.dropped()))
                                    .with("endpoints", new JsonArray(endpoints)));
                });
        return JsonObject.of("services", new JsonArray(services));
    }

    private static JsonObject with(JsonObject tree, EndpointCounts counts) {
        return tree.with("connections", Json.of(counts.connections()))
                .with("bytesIn", Json.of(counts.bytesIn()))
                .with("bytesOut", Json.of(counts.bytesOut()));
    }
}
