package io.fairlead.dns;

import java.net.InetAddress;

/// Where a server listens and what is its own.
///
/// @param zone such as `cluster.local`
/// @param address of its pod
/// @param port for queries, over UDP and TCP; this and the others may be 0 for any free one
/// @param healthPort answers `/health` as long as the server runs
/// @param readyPort answers `/ready` once the server knows the cluster's names
public record DnsSettings(
        String zone, InetAddress address, int port, int healthPort, int readyPort) {
    /// With the ports that cluster DNS always has.
    public static DnsSettings of(String zone, InetAddress address) {
        return new DnsSettings(zone, address, 53, 8080, 8181);
    }
}
