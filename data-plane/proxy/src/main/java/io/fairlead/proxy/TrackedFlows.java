package io.fairlead.proxy;

import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.ConnectionTracking.Traffic;
import java.util.List;
import java.util.function.Predicate;

/// The flows that connection tracking remembers on a node.
@FunctionalInterface
public interface TrackedFlows {
    /// Forgets the flows that match; the next packet of each is judged as the first one of a new flow.
    ///
    /// @return how many there were
    /// @throws RuntimeException when the kernel does not do it; some may be forgotten then
    int delete(Predicate<ConnectionTracking.Flow> which);

    /// What the flows carry that are remembered now; empty where nobody can tell.
    default List<Traffic> live() {
        return List.of();
    }

    /// What the flows carried that ended since the last call; empty where nobody can tell.
    default List<Traffic> ended() {
        return List.of();
    }
}
