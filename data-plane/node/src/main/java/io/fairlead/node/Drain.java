package io.fairlead.node;

import io.fairlead.api.IpAddress;
import java.time.Duration;
import java.util.Collection;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Tells when new connections have ceased to go to a pod, so that its containers may end without anybody's request being lost. Called by any thread.
@FunctionalInterface
public interface Drain {
    /// Where nobody sends connections to pods, or nobody can be asked.
    Drain NONE = (pod, limit) -> CompletableFuture.completedFuture(null);

    /// @param pod its addresses
    /// @param limit how long to wait at most
    /// @return completes when no node sends new connections to the pod, other than for want of anything better, or when the time is over; never
    ///     exceptionally
    CompletableFuture<@Nullable Void> drained(Collection<IpAddress> pod, Duration limit);
}
