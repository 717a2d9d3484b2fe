package io.fairlead.metrics;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The latest readings of each node. Safe for use by many threads.
final class UsageHistory {
    static final Duration APART_AT_LEAST = Duration.ofSeconds(1);
    private static final Duration KEPT = Duration.ofSeconds(60);

    private final Map<String, Deque<Reading>> readings = new HashMap<>();

    synchronized void add(String node, Reading reading) {
        Deque<Reading> known = readings.computeIfAbsent(node, _ -> new ArrayDeque<>());
        known.removeIf(old -> old.at().plus(KEPT).isBefore(reading.at()));
        known.addLast(reading);
    }

    /// The oldest reading that a new one can be compared with.
    synchronized Optional<Reading> base(String node, Instant now) {
        return readings.getOrDefault(node, new ArrayDeque<>()).stream()
                .filter(reading -> !reading.at().plus(KEPT).isBefore(now))
                .filter(reading -> !reading.at().plus(APART_AT_LEAST).isAfter(now))
                .findFirst();
    }
}
