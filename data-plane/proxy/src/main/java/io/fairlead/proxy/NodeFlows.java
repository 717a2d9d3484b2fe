package io.fairlead.proxy;

import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.linux.ConnectionTracking.Traffic;
import io.fairlead.linux.EndedFlows;
import io.fairlead.linux.NetworkNamespace;
import java.util.List;
import java.util.function.Predicate;

/// The tracked flows of a network namespace. One thread at a time.
public final class NodeFlows implements TrackedFlows, AutoCloseable {
    private final ConnectionTracking tracking;
    private final EndedFlows ended;

    private NodeFlows(ConnectionTracking tracking, EndedFlows ended) {
        this.tracking = tracking;
        this.ended = ended;
    }

    /// Of a node; flows that end are gathered from now on.
    public static NodeFlows open(NetworkNamespace node) {
        ConnectionTracking tracking = ConnectionTracking.open(node);
        try {
            return new NodeFlows(tracking, EndedFlows.open(node));
        } catch (RuntimeException e) {
            tracking.close();
            throw e;
        }
    }

    @Override
    public int delete(Predicate<Flow> which) {
        return tracking.delete(which);
    }

    @Override
    public List<Traffic> live() {
        return tracking.traffic();
    }

    @Override
    public List<Traffic> ended() {
        return ended.take();
    }

    @Override
    public void close() {
        tracking.close();
        ended.close();
    }
}
