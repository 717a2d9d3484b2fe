package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// What of too many addresses fits into an Endpoints object: ready ones first, each subset in proportion to its size.
final class EndpointsCapacity {
    private EndpointsCapacity() {}

    /// The same list where everything fits.
    static List<JsonObject> cut(List<JsonObject> subsets, int most) {
        int ready = count(subsets, "addresses");
        int unready = count(subsets, "notReadyAddresses");
        if (ready + unready <= most) {
            return subsets;
        }
        String scarce = ready > most ? "addresses" : "notReadyAddresses";
        int room = ready > most ? most : most - ready;
        int total = ready > most ? ready : unready;
        int left = room;
        List<JsonObject> cut = new ArrayList<>();
        for (JsonObject subset : subsets) {
            List<Json> addresses = subset.list(scarce);
            int share = (int) Math.ceil(addresses.size() / (double) total * room);
            int taken = Math.min(Math.min(share, left), addresses.size());
            left -= taken;
            JsonObject next = ready > most ? subset.without("notReadyAddresses") : subset;
            next =
                    taken == 0
                            ? next.without(scarce)
                            : next.with(scarce, new JsonArray(addresses.subList(0, taken)));
            if (next.has("addresses") || next.has("notReadyAddresses")) {
                cut.add(next);
            }
        }
        return cut;
    }

    private static int count(List<JsonObject> subsets, String member) {
        return subsets.stream().mapToInt(subset -> subset.list(member).size()).sum();
    }
}
