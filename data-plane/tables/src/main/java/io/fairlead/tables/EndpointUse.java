package io.fairlead.tables;

/// What one Service does with an endpoint's address on this node.
public record EndpointUse(NewTraffic newTraffic, boolean isLocal) {
    /// Whether new flows go to an endpoint.
    public enum NewTraffic {
        NO,
        /// It is terminating and serves because nothing is ready.
        ONLY_AS_FALLBACK,
        YES
    }
}
