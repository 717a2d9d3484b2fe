package io.fairlead.linux;

/// How a process ended.
///
/// @param kind what is known
/// @param number the exit code, or the signal, or 0 when nothing is known
public record ProcessExit(Kind kind, int number) {
    public static final ProcessExit UNKNOWN = new ProcessExit(Kind.UNKNOWN, 0);

    public enum Kind {
        EXITED,
        SIGNALLED,
        /// The process was nobody's child here, so only its end was seen.
        UNKNOWN
    }

    /// The code a shell would report: 128 and the signal for a process that was killed. An unknown
    /// end counts as 255.
    public int code() {
        return switch (kind) {
            case EXITED -> number;
            case SIGNALLED -> 128 + number;
            case UNKNOWN -> 255;
        };
    }
}
