package io.fairlead.apiserver;

import java.time.Duration;

/// How much the server takes on at a time.
///
/// @param reads how many requests that only read are answered at once
/// @param writes how many others; together they are what priority and fairness share out
/// @param sharing who gets them when there are more
/// @param timeout how long a request that is no stream may take
/// @param connections how many may be open
public record RequestLimits(
        int reads, int writes, Sharing sharing, Duration timeout, int connections) {
    public static final RequestLimits USUAL =
            new RequestLimits(400, 200, Sharing.FAIR, Duration.ofSeconds(60), 20_000);

    /// What happens to requests above the limits.
    public enum Sharing {
        /// They wait in queues, as FlowSchemas and PriorityLevelConfigurations say, and nobody's flood starves others.
        FAIR,
        /// They are refused.
        FIRST_COME
    }
}
