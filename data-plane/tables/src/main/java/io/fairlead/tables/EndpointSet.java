package io.fairlead.tables;

import java.time.Duration;
import java.util.Arrays;
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
        SOURCE_HASH("source hash"),
        /// The endpoint with the fewest connections, where connections are counted; at random elsewhere.
        LEAST_CONNECTIONS("least connections");

        private final String text;

        Selection(String text) {
            this.text = text;
        }

        /// The one that a value of [io.fairlead.api.Service#LOAD_BALANCING_ANNOTATION] asks for; empty for any other text.
        public static Optional<Selection> find(String annotation) {
            return Arrays.stream(values())
                    .filter(it -> it.text.replace(' ', '-').equals(annotation))
                    .findFirst();
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
