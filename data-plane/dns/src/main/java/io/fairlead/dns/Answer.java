package io.fairlead.dns;

import java.util.List;

/// What is said to a query, before it is known how much of it fits.
sealed interface Answer {
    /// Records of our own making.
    ///
    /// @param additional left out where they do not fit
    record Composed(
            ResponseCode code,
            boolean isAuthoritative,
            List<ResourceRecord> answers,
            List<ResourceRecord> authority,
            List<ResourceRecord> additional)
            implements Answer {}

    /// What an upstream server said.
    ///
    /// @param ageSeconds how long ago
    record Relayed(UpstreamMessage message, int ageSeconds) implements Answer {}

    static Composed failure(ResponseCode code) {
        return new Composed(code, false, List.of(), List.of(), List.of());
    }
}
