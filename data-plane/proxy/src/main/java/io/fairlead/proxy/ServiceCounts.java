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
/// @param endpoints of those that served, by their addresses
/// @param departed of endpoints that are gone, as far as nobody knows any more which of them it was
public record ServiceCounts(
        long refused,
        long dropped,
        Map<Address, EndpointCounts> endpoints,
        EndpointCounts departed) {
    public static final ServiceCounts NONE = new ServiceCounts(0, 0, Map.of());

    public ServiceCounts {
        endpoints = Collections.unmodifiableMap(new TreeMap<>(endpoints));
    }

    ServiceCounts(long refused, long dropped, Map<Address, EndpointCounts> endpoints) {
        this(refused, dropped, endpoints, EndpointCounts.NONE);
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
    /// @param bytesIn towards the endpoint: packets with their headers where rules translate, contents alone where sockets are led
    /// @param bytesOut back to the clients, the same
    public record EndpointCounts(long connections, long bytesIn, long bytesOut) {
        public static final EndpointCounts NONE = new EndpointCounts(0, 0, 0);

        EndpointCounts and(EndpointCounts other) {
            return new EndpointCounts(
                    connections + other.connections,
                    bytesIn + other.bytesIn,
                    bytesOut + other.bytesOut);
        }

        /// What is left of these without others, which were read a moment earlier.
        EndpointCounts without(EndpointCounts other) {
            return new EndpointCounts(
                    Math.max(0, connections - other.connections),
                    Math.max(0, bytesIn - other.bytesIn),
                    Math.max(0, bytesOut - other.bytesOut));
        }
    }

    /// Of all endpoints together.
    public EndpointCounts sum() {
        return endpoints.values().stream().reduce(departed, EndpointCounts::and);
    }

    public ServiceCounts and(ServiceCounts other) {
        Map<Address, EndpointCounts> all = new TreeMap<>(endpoints);
        other.endpoints.forEach(
                (address, counts) -> all.merge(address, counts, EndpointCounts::and));
        return new ServiceCounts(
                refused + other.refused,
                dropped + other.dropped,
                all,
                departed.and(other.departed));
    }
}
