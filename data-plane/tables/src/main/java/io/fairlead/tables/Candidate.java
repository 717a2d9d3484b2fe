package io.fairlead.tables;

import io.fairlead.api.IpAddress;
import java.util.Set;

/// An endpoint as its slice describes it, for one port, before it is decided who may use it.
///
/// @param hintedZones the zones that should use it; empty without such hints
/// @param hintedNodes the nodes that should use it; empty without such hints
record Candidate(
        Endpoint endpoint, Condition condition, Set<String> hintedZones, Set<String> hintedNodes) {
    /// From best to worst.
    enum Condition {
        READY,
        /// Terminating, and still able to serve.
        FALLBACK,
        UNUSABLE
    }

    boolean isReady() {
        return condition == Condition.READY;
    }

    boolean isLocal() {
        return endpoint.isLocal();
    }

    IpAddress address() {
        return endpoint.address();
    }

    /// The same endpoint told by two slices: the better condition counts, and being local in one is enough.
    Candidate merge(Candidate other) {
        Candidate better = other.condition.compareTo(condition) < 0 ? other : this;
        return new Candidate(
                new Endpoint(
                        better.address(), better.endpoint.port(), isLocal() || other.isLocal()),
                better.condition,
                better.hintedZones,
                better.hintedNodes);
    }

    /// By address and port, which say that two are one endpoint.
    @SuppressWarnings("ReferenceEquality") // Saves comparing what was kept.
    static int compareEndpoints(Candidate one, Candidate other) {
        if (one.endpoint == other.endpoint) {
            return 0;
        }
        int byAddress = one.address().compareTo(other.address());
        return byAddress != 0
                ? byAddress
                : Integer.compare(one.endpoint.port(), other.endpoint.port());
    }
}
