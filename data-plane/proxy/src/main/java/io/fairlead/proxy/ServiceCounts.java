package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;

/// What one Service was asked for on a node since the proxy began to count.
///
/// @param refused attempts that were answered with a refusal, because nobody served
/// @param dropped attempts that vanished, because nobody served here or the source was not allowed
/// @param endpoints of all that served, also those that are gone
public record ServiceCounts(long refused, long dropped, Map<Address, EndpointCounts> endpoints) {
    public static final ServiceCounts NONE = new ServiceCounts(0, 0, Map.of());

    public ServiceCounts {
        endpoints = Collections.unmodifiableMap(new TreeMap<>(endpoints));
    }

    /// An endpoint's address and port.
    public record Address(IpAddress address, int port) implements Comparable<Address> {
        private static final Comparator<Address> ORDER =
                Comparator.comparing(Address::address).thenComparingInt(Address::port);

        @Override
        public int compareTo(Address other) {
            return ORDER.compare(this, other);
        }

        @Override
        public String toString() {
            return (address.family() == IpFamily.IPV4 ? address.toString() : "[" + address + "]")
                    + ":"
                    + port;
        }
    }

    /// What one endpoint was asked for.
    ///
    /// @param connections that were sent to it; of UDP, flows
    /// @param bytesIn towards the endpoint, in packets with their headers
    /// @param bytesOut back to the clients
    public record EndpointCounts(long connections, long bytesIn, long bytesOut) {
        static final EndpointCounts NONE = new EndpointCounts(0, 0, 0);

        EndpointCounts and(EndpointCounts other) {
            return new EndpointCounts(
                    connections + other.connections,
                    bytesIn + other.bytesIn,
                    bytesOut + other.bytesOut);
        }
    }

    /// Connections to all endpoints.
    public long connections() {
        return endpoints.values().stream().mapToLong(EndpointCounts::connections).sum();
    }

    public long bytesIn() {
        return endpoints.values().stream().mapToLong(EndpointCounts::bytesIn).sum();
    }

    public long bytesOut() {
        return endpoints.values().stream().mapToLong(EndpointCounts::bytesOut).sum();
    }

    ServiceCounts and(ServiceCounts other) {
        Map<Address, EndpointCounts> all = new TreeMap<>(endpoints);
        other.endpoints.forEach(
                (address, counts) -> all.merge(address, counts, EndpointCounts::and));
        return new ServiceCounts(refused + other.refused, dropped + other.dropped, all);
    }
}
