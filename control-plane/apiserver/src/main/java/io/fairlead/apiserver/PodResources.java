package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a pod asks for or may use as a whole, by resource. Init containers run before the others, so only the greatest of them counts; those that keep
/// running count like the others.
final class PodResources {
    private PodResources() {}

    /// @param kind `requests` or `limits`
    static Map<String, Quantity> of(JsonObject podSpec, String kind) {
        Map<String, Quantity> total = new TreeMap<>();
        for (Json container : podSpec.list("containers")) {
            add(total, container.find("resources", kind).orElse(JsonObject.EMPTY));
        }
        Map<String, Quantity> beside = new TreeMap<>();
        Map<String, Quantity> peak = new TreeMap<>();
        for (Json container : podSpec.list("initContainers")) {
            Json own = container.find("resources", kind).orElse(JsonObject.EMPTY);
            if (container.text("restartPolicy").equals("Always")) {
                add(total, own);
                add(beside, own);
                raise(peak, beside);
            } else {
                Map<String, Quantity> now = new TreeMap<>(beside);
                add(now, own);
                raise(peak, now);
            }
        }
        raise(total, peak);
        for (var whole :
                quantities(podSpec.find("resources", kind).orElse(JsonObject.EMPTY)).entrySet()) {
            total.put(whole.getKey(), whole.getValue());
        }
        boolean countsOverhead = kind.equals("requests") || !total.isEmpty();
        if (countsOverhead) {
            add(total, podSpec.object("overhead"));
        }
        return total;
    }

    /// Init containers and containers, in this order.
    static List<Json> containers(JsonObject podSpec) {
        List<Json> all = new ArrayList<>(podSpec.list("initContainers"));
        all.addAll(podSpec.list("containers"));
        return all;
    }

    static Map<String, Quantity> quantities(Json object) {
        Map<String, Quantity> quantities = new TreeMap<>();
        if (object instanceof JsonObject members) {
            members.forEach((name, value) -> quantities.put(name, Quantity.of(value)));
        }
        return quantities;
    }

    private static void add(Map<String, Quantity> total, Json more) {
        quantities(more).forEach((name, amount) -> total.merge(name, amount, Quantity::plus));
    }

    private static void raise(Map<String, Quantity> total, Map<String, Quantity> least) {
        least.forEach((name, amount) ->
                total.merge(name, amount, (one, other) -> one.compareTo(other) >= 0 ? one : other));
    }
}
