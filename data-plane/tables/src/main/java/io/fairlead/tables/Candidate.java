package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import java.util.Set;

/// An endpoint as its slice describes it, for one port, before it is decided who may use it.
///
/// @param hintedZones the zones that should use it; empty without such hints
/// @param hintedNodes the nodes that should use it; empty without such hints
record Candidate(
        IpAddress address,
        int port,
        boolean isLocal,
        Condition condition,
        Set<String> hintedZones,
        Set<String> hintedNodes) {
    /// From best to worst.
    enum Condition {
        READY,
        /// Terminating, and still able to serve.
        FALLBACK,
        UNUSABLE
    }

    Candidate withPort(int port) {
        return new Candidate(address, port, isLocal, condition, hintedZones, hintedNodes);
    }

    /// The same endpoint told by two slices: the better condition counts, and being local in one is enough.
    Candidate merge(Candidate other) {
        Candidate better = other.condition.compareTo(condition) < 0 ? other : this;
        return new Candidate(
                better.address,
                better.port,
                isLocal || other.isLocal,
                better.condition,
                better.hintedZones,
                better.hintedNodes);
    }

    Endpoint endpoint() {
        return new Endpoint(address, port, isLocal);
    }
}
