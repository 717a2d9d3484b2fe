package io.fairlead.controllers;

import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.Quantity;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Which share of the cluster's processors each zone has, and how many of a Service's endpoints it should therefore get.
///
/// @param shares by zone; empty where nodes do not tell enough, or are all in one zone
record ZoneShares(Map<String, Double> shares) {
    /// How much more than its share a zone's endpoints may have to carry.
    private static final double OVERLOAD = 0.2;

    /// How many endpoints a zone is to have.
    record Allocation(int most, double desired) {}

    /// Allocations by zone, or why there are none.
    sealed interface Outcome {
        record Allocated(Map<String, Allocation> byZone) implements Outcome {}

        record Refused(String reason) implements Outcome {}
    }

    /// Nodes that are not ready, or that are the control plane's, do not count. A single one without zone or processors spoils it for all.
    static ZoneShares of(Iterable<JsonObject> nodes) {
        Map<String, Long> millis = new TreeMap<>();
        long total = 0;
        for (JsonObject tree : nodes) {
            Node node = new Node(tree);
            Map<String, String> labels = node.labels();
            if (labels.containsKey("node-role.kubernetes.io/control-plane")
                    || labels.containsKey("node-role.kubernetes.io/master")
                    || !node.isReady()) {
                continue;
            }
            long cpu = cpuMillis(tree);
            if (node.zone().isEmpty() || cpu == 0) {
                return new ZoneShares(Map.of());
            }
            millis.merge(node.zone(), cpu, Long::sum);
            total += cpu;
        }
        Map<String, Double> shares = new TreeMap<>();
        if (millis.size() >= 2) {
            for (var zone : millis.entrySet()) {
                shares.put(zone.getKey(), zone.getValue() / (double) total);
            }
        }
        return new ZoneShares(shares);
    }

    /// What of a node shares depend on; nodes that agree in it are alike.
    static JsonObject part(JsonObject node) {
        Node view = new Node(node);
        return JsonObject.builder()
                .put("zone", view.zone())
                .put("ready", view.isReady())
                .put("cpu", cpuMillis(node))
                .put(
                        "control",
                        view.labels().containsKey("node-role.kubernetes.io/control-plane")
                                || view.labels().containsKey("node-role.kubernetes.io/master"))
                .build();
    }

    /// How many of so many ready endpoints each zone should have.
    Outcome allocate(int endpoints) {
        if (shares.isEmpty()) {
            return new Outcome.Refused(
                    "Insufficient Node information: allocatable CPU or zone not specified on one or"
                            + " more nodes");
        }
        if (shares.size() > endpoints) {
            return refused("Insufficient number of endpoints", endpoints);
        }
        Map<String, Integer> least = new TreeMap<>();
        int leastTotal = 0;
        for (var zone : shares.entrySet()) {
            int minimum = (int) Math.ceil(zone.getValue() * endpoints * (1 / (1 + OVERLOAD)));
            least.put(zone.getKey(), minimum);
            leastTotal += minimum;
        }
        if (leastTotal > endpoints) {
            return refused(
                    "Unable to allocate minimum required endpoints to each zone without exceeding"
                            + " overload threshold",
                    endpoints);
        }
        Map<String, Allocation> allocations = new TreeMap<>();
        for (var zone : least.entrySet()) {
            double share = Optional.ofNullable(shares.get(zone.getKey())).orElse(0.0);
            allocations.put(
                    zone.getKey(),
                    new Allocation(
                            zone.getValue() + endpoints - leastTotal,
                            Math.max(share * endpoints, zone.getValue())));
        }
        return new Outcome.Allocated(allocations);
    }

    private Outcome refused(String reason, int endpoints) {
        return new Outcome.Refused(
                "%s (%d endpoints, %d zones)".formatted(reason, endpoints, shares.size()));
    }

    private static long cpuMillis(JsonObject node) {
        Quantity cpu = Quantity.parseOrNull(node.text("status", "allocatable", "cpu"));
        return cpu == null ? 0 : cpu.milliValue();
    }
}
