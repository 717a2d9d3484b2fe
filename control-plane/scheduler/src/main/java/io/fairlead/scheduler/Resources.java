package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongBinaryOperator;

/// Amounts of what nodes have to give, by name.
///
/// @param amounts `cpu` in thousandths of a core, everything else in its unit
record Resources(Map<String, Long> amounts) {
    static final Resources NONE = new Resources(Map.of());

    private static final String CPU = "cpu";
    private static final String PODS = "pods";

    Resources {
        amounts = Map.copyOf(amounts);
    }

    /// What a pod asks for: what its containers need together, or its init containers one after the other where that is more; what is said for the whole pod
    /// stands above that.
    static Resources requestedBy(JsonObject pod) {
        Resources beside = NONE;
        Resources starting = NONE;
        for (Json container : pod.list("spec", "initContainers")) {
            Resources one = of(container.object("resources", "requests"));
            if (container.text("restartPolicy").equals("Always")) {
                beside = beside.plus(one);
                starting = starting.max(beside);
            } else {
                starting = starting.max(beside.plus(one));
            }
        }
        Resources running = beside;
        for (Json container : pod.list("spec", "containers")) {
            running = running.plus(of(container.object("resources", "requests")));
        }
        Map<String, Long> all = new TreeMap<>(running.max(starting).amounts);
        all.putAll(of(pod.object("spec", "resources", "requests")).amounts);
        return new Resources(all)
                .plus(of(pod.object("spec", "overhead")))
                .plus(new Resources(Map.of(PODS, 1L)));
    }

    /// What a node can give to pods.
    static Resources allocatable(JsonObject node) {
        return of(node.object("status", "allocatable"));
    }

    private static Resources of(JsonObject quantities) {
        Map<String, Long> amounts = new TreeMap<>();
        quantities.forEach((name, value) -> {
            Quantity quantity = Quantity.of(value);
            amounts.put(name, name.equals(CPU) ? quantity.milliValue() : quantity.value());
        });
        return new Resources(amounts);
    }

    long amount(String name) {
        return amounts.getOrDefault(name, 0L);
    }

    Resources plus(Resources other) {
        return with(other, Long::sum);
    }

    Resources minus(Resources other) {
        return with(other, (one, less) -> one - less);
    }

    private Resources max(Resources other) {
        return with(other, Math::max);
    }

    private Resources with(Resources other, LongBinaryOperator operator) {
        Map<String, Long> result = new TreeMap<>(amounts);
        other.amounts.forEach((name, amount) ->
                result.put(name, operator.applyAsLong(result.getOrDefault(name, 0L), amount)));
        return new Resources(result);
    }

    /// What this would lack of another amount, in the words that `kubectl describe` shows.
    List<String> shortages(Resources wanted) {
        return wanted.amounts.entrySet().stream()
                .filter(want -> want.getValue() > 0 && want.getValue() > amount(want.getKey()))
                .map(want ->
                        want.getKey().equals(PODS)
                                ? "Too many pods"
                                : "Insufficient " + want.getKey())
                .sorted()
                .toList();
    }

    /// The larger share of processor and memory that is taken of a whole.
    double shareOf(Resources whole) {
        return Math.max(share(CPU, whole), share("memory", whole));
    }

    private double share(String name, Resources whole) {
        return whole.amount(name) <= 0 ? 1 : (double) amount(name) / whole.amount(name);
    }
}
