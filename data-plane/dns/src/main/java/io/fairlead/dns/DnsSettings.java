package io.fairlead.dns;

import java.net.InetAddress;
import java.util.List;

/// Where a server listens and what is its own.
///
/// @param zone such as `cluster.local`
/// @param addresses of its pod, at least one
/// @param port for queries, over UDP and TCP; this and the others may be 0 for any free one
/// @param healthPort answers `/health` as long as the server runs
/// @param readyPort answers `/ready` once the server knows the cluster's names
/// @param arrivalPort tells whether a Service has arrived, as [ArrivalPages] says
public record DnsSettings(
        String zone,
        List<InetAddress> addresses,
        int port,
        int healthPort,
        int readyPort,
        int arrivalPort) {
    public DnsSettings {
        addresses = List.copyOf(addresses);
    }

    /// With the ports that cluster DNS always has.
    public static DnsSettings of(String zone, List<InetAddress> addresses) {
        return new DnsSettings(zone, addresses, 53, 8080, 8181, 10256);
    }
}
