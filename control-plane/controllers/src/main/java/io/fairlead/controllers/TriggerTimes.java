package io.fairlead.controllers;

import io.fairlead.api.Pod;
import io.fairlead.api.Service;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// When the changes came about that endpoints are written for: the earliest of those not written yet, from which one measures how long
/// they took. Remembers what was told for each Service.
///
/// Safe for use by many threads, one for each Service.
final class TriggerTimes {
    static final String ANNOTATION = "endpoints.kubernetes.io/last-change-trigger-time";

    private final Map<Key, Map<String, Instant>> known = new ConcurrentHashMap<>();

    /// Empty when nothing changed whose time objects tell. Changes told once are not told again.
    Optional<Instant> next(Key key, Service service, Iterable<Pod> pods) {
        Map<String, Instant> times = new HashMap<>();
        service.creationTime().ifPresent(created -> times.put("", created));
        for (Pod pod : pods) {
            pod.readyTransition().ifPresent(since -> times.put(pod.uid(), since));
        }
        Map<String, Instant> before = known.put(key, times);
        if (before == null) {
            return service.creationTime();
        }
        return times.entrySet().stream()
                .filter(time ->
                        time.getValue().isAfter(before.getOrDefault(time.getKey(), Instant.MIN)))
                .map(Map.Entry::getValue)
                .min(Instant::compareTo);
    }

    void forget(Key key) {
        known.remove(key);
    }
}
