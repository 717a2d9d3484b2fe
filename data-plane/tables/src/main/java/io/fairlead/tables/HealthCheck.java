package io.fairlead.tables;

/// What an outside load balancer is told on a health check port: send traffic here while there are ready endpoints.
public record HealthCheck(PortOwner owner, int localReadyEndpoints)
        implements Comparable<HealthCheck> {
    public boolean isHealthy() {
        return localReadyEndpoints > 0;
    }

    /// Of two health checks on one port the lesser holds.
    @Override
    public int compareTo(HealthCheck other) {
        int order = owner.compareTo(other.owner);
        return order == 0 ? Integer.compare(localReadyEndpoints, other.localReadyEndpoints) : order;
    }
}
