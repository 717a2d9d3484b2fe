package io.fairlead.client;

/// Is told what a [ClusterWatcher] sees.
@FunctionalInterface
public interface ClusterConsumer {
    /// The new whole, and how it differs from the whole of the call before. The first call comes once everything watched is
    /// known, with everything in its delta. A delta is empty when whatever happened since has cancelled out.
    void accept(ClusterSnapshot snapshot, ClusterDelta delta);
}
