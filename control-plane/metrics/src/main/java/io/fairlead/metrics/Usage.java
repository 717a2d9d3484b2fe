package io.fairlead.metrics;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.time.Instant;

/// Average use over a time.
///
/// @param at the end of that time
record Usage(Instant at, Duration window, long nanoCores, long memoryBytes) {
    private static final double NANOS = 1e9;

    /// Between two readings of the same thing; a thing that started in between began with nothing.
    static Usage between(Instant from, Reading.Amount before, Instant to, Reading.Amount after) {
        double seconds = Duration.between(from, to).toNanos() / NANOS;
        double used = after.cpuSeconds() - before.cpuSeconds();
        boolean isNew = used < 0 || after.startedSeconds() > before.startedSeconds();
        if (isNew && after.startedSeconds() > 0) {
            double age = to.toEpochMilli() / 1e3 - after.startedSeconds();
            seconds = age > 0 ? age : seconds;
            used = after.cpuSeconds();
        }
        return new Usage(
                to,
                Duration.between(from, to),
                seconds <= 0 ? 0 : Math.max(0, Math.round(used / seconds * NANOS)),
                Math.round(after.memoryBytes()));
    }

    /// As `usage` is written: `{"cpu": "1234n", "memory": "12Ki"}`.
    JsonObject tree() {
        return JsonObject.of(
                "cpu", Json.of(nanoCores + "n"), "memory", Json.of(memoryBytes / 1024 + "Ki"));
    }
}
