package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How endpoints are spread over slices of limited size, so that few slices change when a few endpoints do: an endpoint stays in its
/// slice; new ones go where something changes anyway, else into one slice with room for all of them, else into new slices.
///
/// Hints are not looked at: who makes them sees the packing first, see [TopologyHints].
///
/// @param packed what slices hold, existing ones first
/// @param surplus slices that nobody needs
record SlicePacking(List<Packed> packed, List<EndpointSlice> surplus) {
    /// The size of slices that we fill by ourselves.
    static final int ENDPOINTS_MAX = 100;

    /// What a slice is to hold.
    ///
    /// @param slice the one that exists; empty for a new one
    /// @param isChanged whether it holds something else so far
    record Packed(
            Optional<EndpointSlice> slice,
            List<JsonObject> ports,
            List<JsonObject> endpoints,
            boolean isChanged) {
        Packed with(List<JsonObject> others) {
            return new Packed(slice, ports, others, true);
        }
    }

    /// Makes a slice hold contents.
    interface Filling {
        /// @param base the slice that exists; empty for a new one
        JsonObject fill(JsonObject base, List<JsonObject> ports, List<JsonObject> endpoints);
    }

    /// @param desired endpoints by identity, by ports
    /// @param most how many endpoints a slice may hold
    static SlicePacking of(
            Map<List<JsonObject>, Map<String, JsonObject>> desired,
            List<EndpointSlice> existing,
            int most) {
        SlicePacking packing = new SlicePacking(new ArrayList<>(), new ArrayList<>());
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
                packing.pack(ports, endpoints, byPorts.getOrDefault(ports, List.of()), most));
        if (packing.packed.isEmpty()) {
            // A Service that selects nothing has one empty slice: it tells that somebody looked.
            packing.packed.add(new Packed(Optional.empty(), List.of(), List.of(), true));
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
        Deque<EndpointSlice> reusable = new ArrayDeque<>(surplus);
        for (Packed contents : packed) {
            Optional<EndpointSlice> slice =
                    contents.slice().or(() -> Optional.ofNullable(reusable.poll()));
            JsonObject base = slice.map(EndpointSlice::tree).orElse(JsonObject.EMPTY);
            JsonObject filled = filling.fill(base, contents.ports(), contents.endpoints());
            if (slice.isEmpty()) {
                writes.add(Write.create(ResourceType.ENDPOINT_SLICE, filled));
            } else if (!filled.equals(base)) {
                writes.add(new Write.Update(ResourceType.ENDPOINT_SLICE, filled));
            }
        }
        for (EndpointSlice slice : reusable) {
            writes.add(Write.delete(ResourceType.ENDPOINT_SLICE, slice.objectName(), slice.uid()));
        }
        return writes;
    }

    /// A slice on its way: what it held, and what it will.
    private record Draft(
            EndpointSlice slice, List<JsonObject> before, List<JsonObject> after, boolean isKept) {}

    private void pack(
            List<JsonObject> ports,
            Map<String, JsonObject> endpoints,
            List<EndpointSlice> existing,
            int most) {
        Map<String, JsonObject> left = new LinkedHashMap<>(endpoints);
        List<Draft> drafts = new ArrayList<>();
        for (EndpointSlice slice : existing) {
            drafts.add(draft(slice, left, most));
        }
        Deque<JsonObject> homeless = new ArrayDeque<>(left.values());
        for (Draft draft : drafts) {
            if (!draft.isKept()) {
                fill(draft.after(), homeless, most);
            }
        }
        int roomy = homeless.isEmpty() ? -1 : roomiest(drafts, homeless.size(), most);
        if (roomy >= 0) {
            fill(drafts.get(roomy).after(), homeless, most);
        }
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            boolean changed = !draft.isKept() || i == roomy;
            if (draft.after().isEmpty()) {
                surplus.add(draft.slice());
            } else {
                packed.add(
                        new Packed(
                                Optional.of(draft.slice()),
                                ports,
                                changed ? draft.after() : draft.before(),
                                changed));
            }
        }
        while (!homeless.isEmpty()) {
            List<JsonObject> contents = new ArrayList<>();
            fill(contents, homeless, most);
            packed.add(new Packed(Optional.empty(), ports, contents, true));
        }
    }

    /// The fullest of the unchanged slices that can take so many more; -1 where none can.
    private static int roomiest(List<Draft> drafts, int more, int most) {
        int best = -1;
        for (int i = 0; i < drafts.size(); i++) {
            Draft draft = drafts.get(i);
            boolean fits = draft.isKept() && draft.after().size() + more <= most;
            if (fits && (best < 0 || draft.after().size() > drafts.get(best).after().size())) {
                best = i;
            }
        }
        return best;
    }

    /// Takes what a slice may keep from what is left to place.
    private static Draft draft(EndpointSlice slice, Map<String, JsonObject> left, int most) {
        List<JsonObject> before =
                slice.endpoints().stream().map(EndpointSlice.Endpoint::tree).toList();
        List<JsonObject> after = new ArrayList<>();
        boolean kept = before.size() <= most;
        for (JsonObject endpoint : before) {
            String identity = identity(endpoint);
            JsonObject wanted = after.size() < most ? left.remove(identity) : null;
            if (wanted == null) {
                kept = false;
            } else {
                kept &= endpoint.without("hints").equals(wanted);
                after.add(wanted);
            }
        }
        return new Draft(slice, before, after, kept);
    }

    private static void fill(List<JsonObject> contents, Deque<JsonObject> homeless, int most) {
        while (contents.size() < most && !homeless.isEmpty()) {
            contents.add(homeless.remove());
        }
    }
}
