package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import java.util.Map;
import java.util.Set;

/// What differs between two tables of a node, as large as the change.
///
/// @param services the Services that are held at another version, or no longer
public record ServiceTableDelta(
        Map<Frontend, Changed<FrontendEntry>> frontends,
        Map<NodePort, Changed<FrontendEntry>> nodePorts,
        Map<SetName, Changed<EndpointSet>> sets,
        Map<Integer, Changed<HealthCheck>> healthChecks,
        Membership<IpAddress> localAddresses,
        Membership<Cidr> podRanges,
        Membership<Cidr> serviceRanges,
        Set<ObjectName> services) {
    /// Whether nothing changes for packets, though Services may be held at another version.
    public boolean isEmpty() {
        return frontends.isEmpty()
                && nodePorts.isEmpty()
                && sets.isEmpty()
                && healthChecks.isEmpty()
                && localAddresses.isEmpty()
                && podRanges.isEmpty()
                && serviceRanges.isEmpty();
    }
}
