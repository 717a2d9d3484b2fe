package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.EventSubject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;

/// Who shall use which endpoint, where a Service wants traffic to stay near.
///
/// With `trafficDistribution` an endpoint's zone and node say it alone. With the annotation `service.kubernetes.io/topology-mode: Auto` all of a
/// Service's endpoints are shared out among the zones as their processors are, and slices whose hints still fit are left alone.
///
/// @param packed the slices, with hints
/// @param events what is to be told about the Service
record TopologyHints(List<SlicePacking.Packed> packed, List<Write> events) {
    private static final String MODE = "service.kubernetes.io/topology-mode";
    private static final String OLD_MODE = "service.kubernetes.io/topology-aware-hints";

    /// Whether endpoints are shared out among zones.
    static boolean isAutomatic(Service service) {
        String mode =
                service.annotations()
                        .getOrDefault(OLD_MODE, service.annotations().getOrDefault(MODE, ""));
        return mode.equals("Auto") || mode.equals("auto");
    }

    /// @param existing the Service's slices as they are, of this family
    static TopologyHints of(
            Service service,
            IpFamily family,
            List<SlicePacking.Packed> packed,
            List<EndpointSlice> existing,
            Supplier<ZoneShares> zones) {
        boolean known = existing.stream().anyMatch(TopologyHints::hasHints);
        if (isAutomatic(service)) {
            return automatic(service, family, packed, known, zones.get());
        }
        String wish = service.tree().text("spec", "trafficDistribution");
        return new TopologyHints(
                packed.stream().map(slice -> near(slice, wish)).toList(), List.of());
    }

    private static boolean hasHints(EndpointSlice slice) {
        return slice.endpoints().stream().anyMatch(endpoint -> endpoint.tree().has("hints"));
    }

    private static SlicePacking.Packed near(SlicePacking.Packed slice, String wish) {
        return hinted(
                slice,
                endpoint ->
                        switch (wish) {
                            case "PreferClose", "PreferSameZone" -> hint(endpoint, "");
                            case "PreferSameNode" -> hint(endpoint, endpoint.text("nodeName"));
                            default -> JsonObject.EMPTY;
                        });
    }

    private static JsonObject hint(JsonObject endpoint, String node) {
        return JsonObject.builder()
                .putUnlessEmpty("forZones", names(endpoint.text("zone")))
                .putUnlessEmpty("forNodes", names(node))
                .build();
    }

    private static JsonArray names(String name) {
        return name.isEmpty()
                ? JsonArray.EMPTY
                : JsonArray.of(JsonObject.of("name", Json.of(name)));
    }

    private interface Hint {
        JsonObject of(JsonObject readyEndpoint);
    }

    /// The slice as it is where its hints are right already.
    private static SlicePacking.Packed hinted(SlicePacking.Packed slice, Hint hint) {
        List<JsonObject> endpoints = new ArrayList<>(slice.endpoints().size());
        boolean changed = false;
        for (JsonObject endpoint : slice.endpoints()) {
            JsonObject hints = isReady(endpoint) ? hint.of(endpoint) : JsonObject.EMPTY;
            JsonObject next =
                    hints.isEmpty() ? endpoint.without("hints") : endpoint.with("hints", hints);
            changed |= !next.equals(endpoint);
            endpoints.add(next);
        }
        return changed ? slice.with(endpoints) : slice;
    }

    private static boolean isReady(JsonObject endpoint) {
        return endpoint.flag("conditions", "ready");
    }

    private static TopologyHints automatic(
            Service service,
            IpFamily family,
            List<SlicePacking.Packed> packed,
            boolean known,
            ZoneShares zones) {
        List<JsonObject> ready =
                packed.stream()
                        .flatMap(slice -> slice.endpoints().stream())
                        .filter(TopologyHints::isReady)
                        .toList();
        boolean everywhere = ready.stream().noneMatch(endpoint -> endpoint.text("zone").isEmpty());
        String refusal;
        switch (zones.allocate(ready.size())) {
            case ZoneShares.Outcome.Refused refused -> refusal = refused.reason();
            case ZoneShares.Outcome.Allocated allocated when everywhere -> {
                List<Write> events =
                        known
                                ? List.of()
                                : List.of(
                                        Write.tell(
                                                EventSubject.of(ResourceType.SERVICE, service),
                                                "TopologyAwareHintsEnabled",
                                                "Topology Aware Hints has been enabled,"
                                                        + " addressType: "
                                                        + family));
                return new TopologyHints(sharedOut(packed, allocated.byZone()), events);
            }
            case ZoneShares.Outcome.Allocated _ ->
                    refusal = "One or more endpoints do not have a zone specified";
        }
        return new TopologyHints(
                packed.stream().map(slice -> hinted(slice, _ -> JsonObject.EMPTY)).toList(),
                List.of(
                        Write.warn(
                                EventSubject.of(ResourceType.SERVICE, service),
                                "TopologyAwareHintsDisabled",
                                refusal + ", addressType: " + family)));
    }

    private static List<SlicePacking.Packed> sharedOut(
            List<SlicePacking.Packed> packed, Map<String, ZoneShares.Allocation> allocations) {
        Map<String, Integer> given = new HashMap<>();
        List<SlicePacking.Packed> slices = new ArrayList<>(packed);
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < slices.size(); i++) {
            SlicePacking.Packed slice = slices.get(i);
            Optional<Map<String, Integer>> standing =
                    slice.isChanged() ? Optional.empty() : standing(slice, given, allocations);
            standing.ifPresent(
                    hints -> hints.forEach((zone, n) -> given.merge(zone, n, Integer::sum)));
            if (standing.isEmpty()) {
                open.add(i);
            }
        }
        for (int i : open) {
            slices.get(i).endpoints().stream()
                    .filter(TopologyHints::isReady)
                    .forEach(endpoint -> given.merge(endpoint.text("zone"), 1, Integer::sum));
        }
        Moves moves = Moves.between(allocations, given);
        for (int i : open) {
            slices.set(
                    i,
                    hinted(
                            slices.get(i),
                            endpoint ->
                                    JsonObject.of(
                                            "forZones",
                                            names(moves.zoneFor(endpoint.text("zone"))))));
        }
        return slices;
    }

    /// The zones for which a slice's hints are; empty when one is missing, or they would leave others too little.
    private static Optional<Map<String, Integer>> standing(
            SlicePacking.Packed slice,
            Map<String, Integer> given,
            Map<String, ZoneShares.Allocation> allocations) {
        Map<String, Integer> counts = new HashMap<>();
        for (JsonObject endpoint : slice.endpoints()) {
            if (!isReady(endpoint)) {
                continue;
            }
            List<Json> zones = endpoint.list("hints", "forZones");
            if (zones.isEmpty()) {
                return Optional.empty();
            }
            for (Json zone : zones) {
                counts.merge(zone.text("name"), 1, Integer::sum);
            }
        }
        for (var count : counts.entrySet()) {
            ZoneShares.Allocation allocation = allocations.get(count.getKey());
            if (allocation == null
                    || count.getValue() + given.getOrDefault(count.getKey(), 0)
                            > allocation.most()) {
                return Optional.empty();
            }
        }
        return Optional.of(counts);
    }

    /// How many endpoints each zone still has to give to others, and to get from them. Used up as endpoints are looked at.
    private record Moves(Map<String, Integer> giving, Map<String, Integer> receiving) {
        static Moves between(
                Map<String, ZoneShares.Allocation> allocations, Map<String, Integer> given) {
            Map<String, Double> surplus = new TreeMap<>();
            Map<String, Double> lack = new TreeMap<>();
            allocations.forEach((zone, allocation) -> {
                double difference = given.getOrDefault(zone, 0) - allocation.desired();
                if (difference > 0) {
                    surplus.put(zone, difference);
                } else if (difference < 0) {
                    lack.put(zone, -difference);
                }
            });
            Moves moves = new Moves(new TreeMap<>(), new TreeMap<>());
            while (true) {
                Optional<Map.Entry<String, Double>> giver = most(surplus);
                Optional<Map.Entry<String, Double>> receiver = most(lack);
                if (giver.isEmpty() || receiver.isEmpty()) {
                    return moves;
                }
                double gives = giver.get().getValue();
                double takes = receiver.get().getValue();
                if ((gives < 1 && takes < 1) || gives < 0.5 || takes < 0.5) {
                    return moves;
                }
                moves.giving.merge(giver.get().getKey(), 1, Integer::sum);
                moves.receiving.merge(receiver.get().getKey(), 1, Integer::sum);
                surplus.merge(giver.get().getKey(), -1.0, Double::sum);
                lack.merge(receiver.get().getKey(), -1.0, Double::sum);
            }
        }

        private static Optional<Map.Entry<String, Double>> most(Map<String, Double> zones) {
            return zones.entrySet().stream()
                    .filter(zone -> zone.getValue() > 0)
                    .max(Comparator.comparingDouble(Map.Entry::getValue))
                    .map(Map.Entry::copyOf);
        }

        /// For whom an endpoint of this zone shall be.
        String zoneFor(String own) {
            Optional<String> receiver = receiving.keySet().stream().findFirst();
            if (!giving.containsKey(own) || receiver.isEmpty()) {
                return own;
            }
            takeOne(giving, own);
            takeOne(receiving, receiver.get());
            return receiver.get();
        }

        private static void takeOne(Map<String, Integer> from, String zone) {
            from.computeIfPresent(zone, (_, count) -> count == 1 ? null : count - 1);
        }
    }
}
