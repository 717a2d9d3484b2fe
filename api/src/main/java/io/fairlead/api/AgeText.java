package io.fairlead.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Spans of time as tables show them: two units at most, such as `5m10s` or `3d4h`.
public final class AgeText {
    private AgeText() {}

    /// `<unknown>` where there is no time.
    public static String since(Optional<Instant> time, Instant now) {
        return time.map(then -> of(Duration.between(then, now))).orElse("<unknown>");
    }

    public static String of(Duration span) {
        long seconds = span.toSeconds();
        if (seconds < -1) {
            return "<invalid>";
        }
        if (seconds < 120) {
            return Math.max(0, seconds) + "s";
        }
        long minutes = seconds / 60;
        if (minutes < 10) {
            return two(minutes, "m", seconds % 60, "s");
        }
        if (minutes < 180) {
            return minutes + "m";
        }
        long hours = minutes / 60;
        if (hours < 8) {
            return two(hours, "h", minutes % 60, "m");
        }
        if (hours < 48) {
            return hours + "h";
        }
        long days = hours / 24;
        if (days < 8) {
            return two(days, "d", hours % 24, "h");
        }
        if (days < 730) {
            return days + "d";
        }
        return days < 2920 ? two(days / 365, "y", days % 365, "d") : days / 365 + "y";
    }

    private static String two(long large, String unit, long small, String smallUnit) {
        return small == 0 ? large + unit : large + unit + small + smallUnit;
    }
}
