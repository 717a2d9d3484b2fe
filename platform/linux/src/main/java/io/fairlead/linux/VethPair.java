package io.fairlead.linux;

import java.util.Optional;
import java.util.OptionalInt;

/// What a pair of veth links is to be: one end here, the other in another namespace.
///
/// @param name the end in the namespace of the request
/// @param mac of that end; the kernel invents one otherwise
/// @param master the bridge that end is enslaved to
/// @param peerName the other end
/// @param peerNamespace where the other end is born
/// @param peerMac of the other end
/// @param mtu of both
public record VethPair(
        String name,
        Optional<MacAddress> mac,
        Optional<Link> master,
        String peerName,
        NetworkNamespace peerNamespace,
        Optional<MacAddress> peerMac,
        OptionalInt mtu) {

    public static VethPair of(String name, String peerName, NetworkNamespace peerNamespace) {
        return new VethPair(
                name,
                Optional.empty(),
                Optional.empty(),
                peerName,
                peerNamespace,
                Optional.empty(),
                OptionalInt.empty());
    }

    public VethPair withMac(MacAddress newMac) {
        return new VethPair(
                name, Optional.of(newMac), master, peerName, peerNamespace, peerMac, mtu);
    }

    public VethPair withMaster(Link newMaster) {
        return new VethPair(
                name, mac, Optional.of(newMaster), peerName, peerNamespace, peerMac, mtu);
    }

    public VethPair withPeerMac(MacAddress newMac) {
        return new VethPair(name, mac, master, peerName, peerNamespace, Optional.of(newMac), mtu);
    }

    public VethPair withMtu(int newMtu) {
        return new VethPair(
                name, mac, master, peerName, peerNamespace, peerMac, OptionalInt.of(newMtu));
    }
}
