package io.fairlead.node;

import java.time.Duration;
import java.time.Instant;

/// Until when a pod may run: its `activeDeadlineSeconds`.
///
/// @param at far away for a pod that may run for ever
record PodDeadline(boolean isSet, Instant at) {
    static final PodView.Failure MISSED =
            new PodView.Failure(
                    "DeadlineExceeded",
                    "Pod was active on the node longer than the specified deadline");

    static PodDeadline of(AssignedPod pod, Instant started) {
        long seconds = pod.spec().number(0, "activeDeadlineSeconds");
        return seconds > 0
                ? new PodDeadline(true, started.plus(Duration.ofSeconds(seconds)))
                : new PodDeadline(false, started.plus(Duration.ofDays(365)));
    }
}
