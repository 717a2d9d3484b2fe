package io.fairlead.controllers;

import io.fairlead.api.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Whether a pod has been ready for long enough to be relied on.
final class Availability {
    private Availability() {}

    static boolean isAvailable(Pod pod, Duration minReady, Instant now) {
        if (!pod.isReady()) {
            return false;
        }
        return minReady.isZero()
                || pod.readyTransition()
                        .filter(since -> !since.plus(minReady).isAfter(now))
                        .isPresent();
    }

    /// When the next of these pods will have been ready for long enough; empty when none is on its way there.
    static Optional<Duration> nextChange(List<Pod> pods, int minReadySeconds, Instant now) {
        if (minReadySeconds == 0) {
            return Optional.empty();
        }
        Duration wait = Duration.ofSeconds(minReadySeconds);
        return pods.stream()
                .filter(pod -> pod.isReady() && !isAvailable(pod, wait, now))
                .flatMap(pod -> pod.readyTransition().stream())
                .map(since -> Duration.between(now, since.plus(wait)))
                .min(Duration::compareTo);
    }
}
