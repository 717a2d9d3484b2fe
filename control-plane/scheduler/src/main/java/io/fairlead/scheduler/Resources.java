package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;

/// An amount of what nodes have to give.
///
/// @param cpuMillis thousandths of a core
record Resources(long cpuMillis, long memoryBytes, long pods) {
    static final Resources NONE = new Resources(0, 0, 0);

    /// What a pod asks for: the sum over its containers, or the largest of its init containers where that is more, and one pod.
    static Resources requestedBy(JsonObject pod) {
        Resources running = NONE;
        for (Json container : pod.list("spec", "containers")) {
            running = running.plus(of(container.object("resources", "requests")));
        }
        Resources starting = NONE;
        for (Json container : pod.list("spec", "initContainers")) {
            Resources one = of(container.object("resources", "requests"));
            if (container.text("restartPolicy").equals("Always")) {
                running = running.plus(one);
            } else {
                starting = starting.max(one);
            }
        }
        Resources both = running.max(starting).plus(of(pod.object("spec", "overhead")));
        return new Resources(both.cpuMillis, both.memoryBytes, 1);
    }

    /// What a node can give to pods.
    static Resources allocatable(JsonObject node) {
        JsonObject amounts = node.object("status", "allocatable");
        return new Resources(
                quantity(amounts, "cpu").milliValue(),
                quantity(amounts, "memory").value(),
                quantity(amounts, "pods").value());
    }

    Resources plus(Resources other) {
        return new Resources(
                cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes, pods + other.pods);
    }

    Resources minus(Resources other) {
        return new Resources(
                cpuMillis - other.cpuMillis, memoryBytes - other.memoryBytes, pods - other.pods);
    }

    private Resources max(Resources other) {
        return new Resources(
                Math.max(cpuMillis, other.cpuMillis),
                Math.max(memoryBytes, other.memoryBytes),
                Math.max(pods, other.pods));
    }

    private static Resources of(JsonObject amounts) {
        return new Resources(
                quantity(amounts, "cpu").milliValue(), quantity(amounts, "memory").value(), 0);
    }

    private static Quantity quantity(JsonObject amounts, String name) {
        Json value = amounts.get(name);
        return value == null ? Quantity.ZERO : Quantity.of(value);
    }
}
