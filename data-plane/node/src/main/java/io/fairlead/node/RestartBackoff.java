package io.fairlead.node;

import java.time.Duration;
import java.time.Instant;

/// How long after its end a container waits for its next start: not at all the first time, then 10 s, doubling up to 5 minutes;
/// from the beginning again after a run of 10 minutes.
record RestartBackoff(Duration delay) {
    static final RestartBackoff NONE = new RestartBackoff(Duration.ZERO);

    private static final Duration FIRST = Duration.ofSeconds(10);
    private static final Duration LAST = Duration.ofMinutes(5);
    private static final Duration FORGIVEN_AFTER = Duration.ofMinutes(10);

    /// What holds for a run that just ended: a long one is forgiven everything.
    RestartBackoff judging(Instant started, Instant finished) {
        return Duration.between(started, finished).compareTo(FORGIVEN_AFTER) >= 0 ? NONE : this;
    }

    /// What holds for the next end, once another attempt has been made.
    RestartBackoff next() {
        if (delay.isZero()) {
            return new RestartBackoff(FIRST);
        }
        Duration doubled = delay.multipliedBy(2);
        return new RestartBackoff(doubled.compareTo(LAST) > 0 ? LAST : doubled);
    }

    /// As Kubernetes' messages write it: `10s`, `1m20s`, `5m0s`.
    String text() {
        long seconds = delay.toSeconds();
        return seconds < 60 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
    }
}
