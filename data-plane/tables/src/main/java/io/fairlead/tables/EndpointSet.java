package io.fairlead.tables;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Endpoints that share the flows of one or more frontends. Never empty: without endpoints an entry refuses or drops.
///
/// @param affinityTimeout how long a client stays with its endpoint after its last connection; empty without affinity
/// @param endpoints sorted, without duplicates
public record EndpointSet(
        SetName name,
        Selection selection,
        Optional<Duration> affinityTimeout,
        List<Endpoint> endpoints) {
    public EndpointSet {
        endpoints = List.copyOf(endpoints);
    }

    /// How an endpoint is chosen for a new flow.
    public enum Selection {
        RANDOM("random"),
        ROUND_ROBIN("round robin"),
        /// The same client comes to the same endpoint while the set stays as it is.
        SOURCE_HASH("source hash");

        private final String text;

        Selection(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
