package io.fairlead.nftables;

import java.net.InetAddress;

/// The first packet of a flow, as [PacketTracer] sees it.
///
/// @param origin where it comes from, which decides the hooks it passes
/// @param isForOwnAddress whether the destination is an address of this namespace
public record Packet(
        Origin origin,
        InetAddress source,
        int sourcePort,
        InetAddress destination,
        Protocol protocol,
        int destinationPort,
        boolean isForOwnAddress) {
    /// Where a packet comes from.
    public enum Origin {
        /// From a link: a pod, another node, the world.
        LINK,
        /// From a process in this namespace.
        OWN_PROCESS
    }
}
