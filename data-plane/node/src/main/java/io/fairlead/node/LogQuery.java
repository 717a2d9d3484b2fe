package io.fairlead.node;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// Which part of a log somebody wants to read.
///
/// @param tailLines the last so many lines only
/// @param limitBytes stop after so many bytes
record LogQuery(
        Ending ending,
        Optional<Instant> since,
        OptionalLong tailLines,
        OptionalLong limitBytes,
        Prefix prefix) {
    /// What happens at the end of what is there.
    enum Ending {
        STOP,
        FOLLOW
    }

    /// What stands before each line.
    enum Prefix {
        NONE,
        TIME
    }

    static final LogQuery EVERYTHING =
            new LogQuery(
                    Ending.STOP,
                    Optional.empty(),
                    OptionalLong.empty(),
                    OptionalLong.empty(),
                    Prefix.NONE);
}
