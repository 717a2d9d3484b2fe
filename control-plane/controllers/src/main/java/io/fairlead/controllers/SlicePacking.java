package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// How endpoints are spread over slices of at most a hundred, so that few slices change when a few endpoints do: an endpoint stays in its
/// slice; new ones go where something changes anyway, else into one slice with room for all of them, else into new slices.
///
/// @param kept slices that stay, with what they shall hold
/// @param fresh what new slices shall hold
/// @param surplus slices that nobody needs
record SlicePacking(
        Map<EndpointSlice, Contents> kept, List<Contents> fresh, List<EndpointSlice> surplus) {
    static final int ENDPOINTS_MAX = 100;

    /// What a slice holds.
    record Contents(List<JsonObject> ports, List<JsonObject> endpoints) {}

    /// Makes a slice hold contents.
    interface Filling {
        /// @param base the slice that exists; empty for a new one
        JsonObject fill(JsonObject base, List<JsonObject> ports, List<JsonObject> endpoints);
    }

    /// @param desired endpoints by identity, by ports
    static SlicePacking of(
            Map<List<JsonObject>, Map<String, JsonObject>> desired, List<EndpointSlice> existing) {
        SlicePacking packing =
                new SlicePacking(new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
        Map<List<JsonObject>, List<EndpointSlice>> byPorts = new LinkedHashMap<>();
        for (EndpointSlice slice : existing) {
            List<JsonObject> ports = slice.ports().stream().map(EndpointSlice.Port::tree).toList();
            if (desired.containsKey(ports)) {
                byPorts.computeIfAbsent(ports, _ -> new ArrayList<>()).add(slice);
            } else {
                packing.surplus.add(slice);
            }
        }
        desired.forEach((ports, endpoints) ->
                packing.pack(ports, endpoints, byPorts.getOrDefault(ports, List.of())));
        if (packing.kept.isEmpty() && packing.fresh.isEmpty()) {
            // A Service that selects nothing has one empty slice: it tells that somebody looked.
            packing.fresh.add(new Contents(List.of(), List.of()));
        }
        return packing;
    }

    /// What tells an endpoint from others: its address and the pod behind it.
    static String identity(JsonObject endpoint) {
        List<Json> addresses = endpoint.list("addresses");
        String address = addresses.isEmpty() ? "" : addresses.getFirst().text();
        return address + " " + endpoint.text("targetRef", "uid");
    }

    /// New slices take the place of surplus ones: a watcher then sees a change, not a gap.
    List<Write> writes(Filling filling) {
        List<Write> writes = new ArrayList<>();
        kept.forEach((slice, contents) -> {
            JsonObject filled = filling.fill(slice.tree(), contents.ports(), contents.endpoints());
            if (!filled.equals(slice.tree())) {
                writes.add(new Write.Update(ResourceType.ENDPOINT_SLICE, filled));
            }
        });
        Deque<EndpointSlice> reusable = new ArrayDeque<>(surplus);
        for (Contents contents : fresh) {
            EndpointSlice reused = reusable.poll();
            JsonObject base = reused == null ? JsonObject.EMPTY : reused.tree();
            JsonObject filled = filling.fill(base, contents.ports(), contents.endpoints());
            if (reused == null) {
                writes.add(Write.create(ResourceType.ENDPOINT_SLICE, filled));
            } else if (!filled.equals(reused.tree())) {
                writes.add(new Write.Update(ResourceType.ENDPOINT_SLICE, filled));
            }
        }
        for (EndpointSlice slice : reusable) {
            writes.add(Write.delete(ResourceType.ENDPOINT_SLICE, slice.objectName(), slice.uid()));
        }
        return writes;
    }

    private void pack(
            List<JsonObject> ports,
            Map<String, JsonObject> endpoints,
            List<EndpointSlice> existing) {
        Map<String, JsonObject> left = new LinkedHashMap<>(endpoints);
        Map<EndpointSlice, List<JsonObject>> changing = new LinkedHashMap<>();
        Map<EndpointSlice, List<JsonObject>> unchanged = new LinkedHashMap<>();
        for (EndpointSlice slice : existing) {
            List<JsonObject> before =
                    slice.endpoints().stream().map(EndpointSlice.Endpoint::tree).toList();
            List<JsonObject> after = new ArrayList<>();
            for (JsonObject endpoint : before) {
                JsonObject wanted = left.remove(identity(endpoint));
                if (wanted != null && after.size() < ENDPOINTS_MAX) {
                    after.add(wanted);
                } else if (wanted != null) {
                    left.put(identity(wanted), wanted);
                }
            }
            (after.equals(before) ? unchanged : changing).put(slice, after);
        }
        Deque<JsonObject> homeless = new ArrayDeque<>(left.values());
        changing.values().forEach(contents -> fill(contents, homeless));
        if (!homeless.isEmpty()) {
            // The fullest that can take them all.
            unchanged.entrySet().stream()
                    .filter(slice -> slice.getValue().size() + homeless.size() <= ENDPOINTS_MAX)
                    .max(Comparator.comparingInt(slice -> slice.getValue().size()))
                    .ifPresent(slice -> fill(slice.getValue(), homeless));
        }
        Map<EndpointSlice, List<JsonObject>> all = new LinkedHashMap<>(unchanged);
        all.putAll(changing);
        all.forEach((slice, contents) -> {
            if (contents.isEmpty()) {
                surplus.add(slice);
            } else {
                kept.put(slice, new Contents(ports, List.copyOf(contents)));
            }
        });
        while (!homeless.isEmpty()) {
            List<JsonObject> contents = new ArrayList<>();
            fill(contents, homeless);
            fresh.add(new Contents(ports, contents));
        }
    }

    private static void fill(List<JsonObject> contents, Deque<JsonObject> homeless) {
        while (contents.size() < ENDPOINTS_MAX && !homeless.isEmpty()) {
            contents.add(homeless.remove());
        }
    }
}
