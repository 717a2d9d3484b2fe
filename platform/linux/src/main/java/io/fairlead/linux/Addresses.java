package io.fairlead.linux;

import java.util.List;
import java.util.Optional;

/// The IP addresses of one network namespace. Obtained from [NetworkStack].
public final class Addresses {
    private static final int RTM_NEWADDR = 20;
    private static final int RTM_DELADDR = 21;
    private static final int RTM_GETADDR = 22;
    private static final int HEADER_BYTES = 8;
    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;

    /// Without it an IPv6 address cannot be used for a second, until nobody has answered to it.
    private static final int IFA_F_NODAD = 2;

    private static final int SCOPE_UNIVERSE = 0;
    private static final int SCOPE_HOST = 254;

    private final NetlinkSocket socket;

    Addresses(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<LinkAddress> list() {
        return socket
                .dump("list addresses", RTM_GETADDR, message -> message.headerU32(0).headerU32(0))
                .stream()
                .filter(message -> message.type() == RTM_NEWADDR)
                .map(Addresses::parse)
                .toList();
    }

    /// Puts an address on a link; nothing changes when it is there already.
    public void add(Link link, IpPrefix address) {
        socket.exchange(
                "add address " + address + " to link",
                link.name(),
                RTM_NEWADDR,
                NetlinkMessage.CREATE | NetlinkMessage.REPLACE,
                message -> write(message, link, address));
    }

    /// @return whether the address was there
    public boolean delete(Link link, IpPrefix address) {
        try {
            socket.exchange(
                    "delete address " + address + " of link",
                    link.name(),
                    RTM_DELADDR,
                    0,
                    message -> write(message, link, address));
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.EADDRNOTAVAIL)) {
                return false;
            }
            throw e;
        }
    }

    private static void write(NetlinkWriter message, Link link, IpPrefix address) {
        byte[] bytes = address.address().getAddress();
        message.headerU8(RouteFamily.of(bytes))
                .headerU8(address.prefixLength())
                .headerU8(bytes.length == 16 ? IFA_F_NODAD : 0)
                .headerU8(address.address().isLoopbackAddress() ? SCOPE_HOST : SCOPE_UNIVERSE)
                .headerU32(link.index())
                .bytes(IFA_LOCAL, bytes)
                .bytes(IFA_ADDRESS, bytes);
    }

    private static LinkAddress parse(NetlinkMessage message) {
        NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
        Optional<NetlinkAttribute> local = attributes.find(IFA_LOCAL);
        byte[] address = local.orElseGet(() -> attributes.require(IFA_ADDRESS)).bytes();
        return new LinkAddress(
                message.header(HEADER_BYTES).getInt(4),
                RouteFamily.address(address, message.header(HEADER_BYTES).get(1)));
    }
}
