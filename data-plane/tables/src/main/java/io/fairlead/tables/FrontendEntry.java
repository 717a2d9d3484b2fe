package io.fairlead.tables;

import java.util.Comparator;

/// What a frontend or node port does with new flows.
///
/// @param inside for clients in the cluster: this node's pods and the node itself
/// @param outside for everybody else, other nodes' own processes included
public record FrontendEntry(PortOwner owner, Origin origin, Action inside, Action outside)
        implements Comparable<FrontendEntry> {
    private static final Comparator<FrontendEntry> PRECEDENCE =
            Comparator.comparing(FrontendEntry::origin).thenComparing(FrontendEntry::owner);

    /// The field of the Service that the frontend comes from. What the API server allocates precedes what users may claim.
    public enum Origin {
        CLUSTER_IP("cluster ip"),
        NODE_PORT("node port"),
        LOAD_BALANCER("load balancer"),
        EXTERNAL_IP("external ip");

        private final String text;

        Origin(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /// Of two entries for one frontend the lesser holds.
    @Override
    public int compareTo(FrontendEntry other) {
        return PRECEDENCE.compare(this, other);
    }
}
