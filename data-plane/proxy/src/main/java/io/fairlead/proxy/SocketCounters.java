package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.tables.SetName;
import java.util.List;
import java.util.Map;

/// What the socket programs of a node have counted since their maps were made. Rules count what came past the programs.
///
/// @param endpoints only those that are in a set now
/// @param sets all that ever was in them, while there is the set
public record SocketCounters(List<Endpoint> endpoints, Map<SetName, Counts> sets) {
    public static final SocketCounters NONE = new SocketCounters(List.of(), Map.of());

    public SocketCounters {
        endpoints = List.copyOf(endpoints);
        sets = Map.copyOf(sets);
    }

    /// @param open connections that some process still holds
    /// @param connections all that were begun
    /// @param sentBytes acknowledged by the other end; counted when a connection is over
    /// @param receivedBytes the same
    public record Counts(long open, long connections, long sentBytes, long receivedBytes) {}

    public record Endpoint(SetName set, IpAddress address, int port, Counts counts) {}

    record OfEndpoint(Live live, Counts counts) {}

    record OfSet(long set, Counts counts) {}
}
