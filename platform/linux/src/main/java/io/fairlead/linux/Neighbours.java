package io.fairlead.linux;

import java.net.InetAddress;
import java.util.List;

/// The neighbour tables (ARP and its IPv6 counterpart) of one network namespace. Obtained from
/// [NetworkStack].
public final class Neighbours {
    private static final int RTM_NEWNEIGH = 28;
    private static final int RTM_DELNEIGH = 29;
    private static final int RTM_GETNEIGH = 30;
    private static final int HEADER_BYTES = 12;
    private static final int NDA_DST = 1;
    private static final int NDA_LLADDR = 2;
    private static final int NUD_PERMANENT = 0x80;

    /// An entry that is never asked for and never expires.
    public record Permanent(int linkIndex, InetAddress address, MacAddress mac) {}

    private final NetlinkSocket socket;

    Neighbours(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// The permanent entries of both families.
    public List<Permanent> list() {
        return socket
                .dump(
                        "list neighbours",
                        RTM_GETNEIGH,
                        message -> message.headerU32(0).headerU32(0).headerU32(0))
                .stream()
                .filter(message -> message.type() == RTM_NEWNEIGH)
                .filter(Neighbours::isPermanent)
                .filter(message -> message.attributes(HEADER_BYTES).find(NDA_LLADDR).isPresent())
                .map(Neighbours::parse)
                .toList();
    }

    /// Says for good which MAC address an IP address has on a link.
    public void setPermanent(Link link, InetAddress address, MacAddress mac) {
        socket.exchange(
                "set neighbour " + address.getHostAddress() + " on link",
                link.name(),
                RTM_NEWNEIGH,
                NetlinkMessage.CREATE | NetlinkMessage.REPLACE,
                message ->
                        header(message, link, address, NUD_PERMANENT)
                                .bytes(NDA_DST, address.getAddress())
                                .bytes(NDA_LLADDR, mac.bytes()));
    }

    /// @return whether there was such an entry
    public boolean delete(Link link, InetAddress address) {
        try {
            socket.exchange(
                    "delete neighbour " + address.getHostAddress() + " on link",
                    link.name(),
                    RTM_DELNEIGH,
                    0,
                    message ->
                            header(message, link, address, 0).bytes(NDA_DST, address.getAddress()));
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    static boolean isPermanent(NetlinkMessage message) {
        return (message.header(HEADER_BYTES).getShort(8) & NUD_PERMANENT) != 0;
    }

    private static NetlinkWriter header(
            NetlinkWriter message, Link link, InetAddress address, int state) {
        return message.headerU8(RouteFamily.of(address.getAddress()))
                .headerU8(0)
                .headerU16(0)
                .headerU32(link.index())
                .headerU16(state)
                .headerU8(0)
                .headerU8(0);
    }

    private static Permanent parse(NetlinkMessage message) {
        NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
        return new Permanent(
                message.header(HEADER_BYTES).getInt(4),
                IpPrefix.of(attributes.require(NDA_DST).bytes()),
                MacAddress.of(attributes.require(NDA_LLADDR).bytes()));
    }
}
