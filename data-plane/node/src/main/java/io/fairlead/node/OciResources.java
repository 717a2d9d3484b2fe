package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;

/// What a container may use of processor and memory, as the OCI runtimes want it.
final class OciResources {
    private static final long CPU_PERIOD_MICROS = 100_000;
    private static final long QUOTA_MICROS_MIN = 1_000;
    private static final long UNLIMITED = -1;

    private OciResources() {}

    /// For a container that is made.
    ///
    /// @param resources as a container's spec has them
    static JsonObject of(JsonObject resources) {
        JsonObject tree = JsonObject.of("cpu", cpu(resources));
        return resources.has("limits", "memory") ? tree.with("memory", memory(resources)) : tree;
    }

    /// For a container that runs: limits that it is not to have any more are taken away.
    static JsonObject update(JsonObject resources) {
        JsonObject cpu = cpu(resources);
        if (!cpu.has("quota")) {
            cpu = cpu.with("quota", Json.of(UNLIMITED)).with("period", Json.of(CPU_PERIOD_MICROS));
        }
        return JsonObject.of("cpu", cpu, "memory", memory(resources));
    }

    /// In bytes; -1 for none.
    static long memoryLimit(JsonObject resources) {
        return resources.has("limits", "memory")
                ? Amount.bytes(quantity(resources, "limits", "memory"))
                : UNLIMITED;
    }

    private static JsonObject cpu(JsonObject resources) {
        String limit = quantity(resources, "limits", "cpu");
        String request =
                resources.has("requests", "cpu") ? quantity(resources, "requests", "cpu") : limit;
        JsonObject.Builder cpu = JsonObject.builder();
        cpu.put("shares", Math.clamp(Amount.milli(request) * 1024 / 1000, 2, 262_144));
        if (resources.has("limits", "cpu")) {
            long quota = Amount.milli(limit) * CPU_PERIOD_MICROS / 1000;
            cpu.put("quota", Math.max(QUOTA_MICROS_MIN, quota)).put("period", CPU_PERIOD_MICROS);
        }
        return cpu.build();
    }

    private static JsonObject memory(JsonObject resources) {
        return JsonObject.of("limit", Json.of(memoryLimit(resources)));
    }

    private static String quantity(JsonObject resources, String member, String name) {
        return resources.find(member, name).map(JsonTexts::of).orElse("0");
    }
}
