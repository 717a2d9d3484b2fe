package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.Address;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.tables.SetName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What the socket programs of a node have counted since their maps were made. Rules count what came past the programs.
///
/// @param endpoints only those that are in a set now
/// @param sets all that ever was in them, while there is the set
/// @param ended what sets had counted that are gone
public record SocketCounters(
        List<Endpoint> endpoints,
        Map<SetName, Counts> sets,
        Map<ObjectName, EndpointCounts> ended) {
    public static final SocketCounters NONE = new SocketCounters(List.of(), Map.of(), Map.of());

    public SocketCounters {
        endpoints = List.copyOf(endpoints);
        sets = Map.copyOf(sets);
        ended = Map.copyOf(ended);
    }

    /// What each Service was asked for: the counts of its endpoints, and what is known of those that are gone.
    public Map<ObjectName, ServiceCounts> byService() {
        Map<SetName, EndpointCounts> gone = new HashMap<>();
        sets.forEach((set, counts) -> gone.put(set, counts.asOfEndpoint()));
        Map<ObjectName, ServiceCounts> services = new HashMap<>();
        for (Endpoint each : endpoints) {
            EndpointCounts counts = each.counts().asOfEndpoint();
            gone.computeIfPresent(each.set(), (_, all) -> all.without(counts));
            ServiceCounts one =
                    new ServiceCounts(
                            0, 0, Map.of(new Address(each.address(), each.port()), counts));
            services.merge(each.set().service(), one, ServiceCounts::and);
        }
        gone.forEach((set, counts) -> addDeparted(services, set.service(), counts));
        ended.forEach((service, counts) -> addDeparted(services, service, counts));
        return services;
    }

    private static void addDeparted(
            Map<ObjectName, ServiceCounts> services, ObjectName service, EndpointCounts counts) {
        services.merge(service, new ServiceCounts(0, 0, Map.of(), counts), ServiceCounts::and);
    }

    /// @param open connections that some process still holds
    /// @param connections all that were begun
    /// @param sentBytes acknowledged by the other end; counted when a connection is over, or when somebody asks
    /// @param receivedBytes the same
    public record Counts(long open, long connections, long sentBytes, long receivedBytes) {
        static final Counts NONE = new Counts(0, 0, 0, 0);

        Counts and(Counts other) {
            return new Counts(
                    open + other.open,
                    connections + other.connections,
                    sentBytes + other.sentBytes,
                    receivedBytes + other.receivedBytes);
        }

        EndpointCounts asOfEndpoint() {
            return new EndpointCounts(connections, sentBytes, receivedBytes);
        }
    }

    public record Endpoint(SetName set, IpAddress address, int port, Counts counts) {}

    record OfEndpoint(Live live, Counts counts) {}

    record OfSet(long set, Counts counts) {}
}
