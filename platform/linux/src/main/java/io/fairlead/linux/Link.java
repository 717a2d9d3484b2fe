package io.fairlead.linux;

import java.util.Optional;

/// A network link as the kernel lists it.
///
/// @param index its number within the namespace
/// @param name at most 15 characters
/// @param kind `veth`, `bridge` …; empty for links that need no kind, such as `lo`
/// @param isUp whether it is administratively up
/// @param mtu the longest packet in bytes
/// @param mac absent for links without one, or with one of another length
/// @param masterIndex the bridge (or other link) it is enslaved to; 0 for none
/// @param peerIndex the other end of a veth pair, numbered in the namespace it is in; 0 for none
public record Link(
        int index,
        String name,
        String kind,
        boolean isUp,
        int mtu,
        Optional<MacAddress> mac,
        int masterIndex,
        int peerIndex) {
    /// The longest name the kernel takes.
    public static final int NAME_LENGTH_MAX = 15;

    private static final int IFF_UP = 1;

    static final int HEADER_BYTES = 16;
    static final int ADDRESS = 1;
    static final int NAME = 3;
    static final int MTU = 4;
    static final int LINK = 5;
    static final int MASTER = 10;
    static final int INFO = 18;
    static final int INFO_KIND = 1;
    static final int INFO_DATA = 2;
    static final int NAMESPACE_DESCRIPTOR = 28;

    static Link parse(NetlinkMessage message) {
        NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
        Optional<MacAddress> mac =
                attributes
                        .find(ADDRESS)
                        .map(NetlinkAttribute::bytes)
                        .filter(bytes -> bytes.length == 6)
                        .map(MacAddress::of);
        return new Link(
                message.header(HEADER_BYTES).getInt(4),
                attributes.require(NAME).text(),
                attributes
                        .find(INFO)
                        .flatMap(info -> info.nested().find(INFO_KIND))
                        .map(NetlinkAttribute::text)
                        .orElse(""),
                (message.header(HEADER_BYTES).getInt(8) & IFF_UP) != 0,
                attributes.find(MTU).map(NetlinkAttribute::u32).orElse(0),
                mac,
                attributes.find(MASTER).map(NetlinkAttribute::u32).orElse(0),
                attributes.find(LINK).map(NetlinkAttribute::u32).orElse(0));
    }
}
