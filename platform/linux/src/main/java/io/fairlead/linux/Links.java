package io.fairlead.linux;

import java.util.List;
import java.util.Optional;

/// The links of one network namespace. Obtained from [NetworkStack].
public final class Links {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_DELLINK = 17;
    private static final int RTM_GETLINK = 18;
    private static final int IFF_UP = 1;
    private static final int VETH_INFO_PEER = 1;
    private static final int BRIDGE_FORWARD_DELAY = 1;
    private static final int BRIDGE_MULTICAST_SNOOPING = 23;
    private static final int NEW = NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE;

    private final NetlinkSocket socket;

    Links(NetlinkSocket socket) {
        this.socket = socket;
    }

    public List<Link> list() {
        return socket.dump("list links", RTM_GETLINK, message -> header(message, 0, 0, 0)).stream()
                .filter(message -> message.type() == RTM_NEWLINK)
                .map(Link::parse)
                .toList();
    }

    public Optional<Link> find(String name) {
        try {
            return socket
                    .exchange(
                            "find link",
                            name,
                            RTM_GETLINK,
                            0,
                            message -> header(message, 0, 0, 0).text(Link.NAME, name))
                    .stream()
                    .filter(message -> message.type() == RTM_NEWLINK)
                    .map(Link::parse)
                    .findFirst();
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENODEV)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /// The link of that name, which must be there.
    ///
    /// @throws NetlinkException with [Errno#ENODEV]
    public Link require(String name) {
        return find(name).orElseThrow(() -> NetlinkException.of("find link", name, Errno.ENODEV));
    }

    /// Makes a bridge, up at once: a plain switch that forwards from its first frame on, and floods
    /// multicast to every port.
    ///
    /// @throws NetlinkException with [Errno#EEXIST] when the name is taken
    public void addBridge(String name) {
        socket.exchange(
                "add bridge",
                checked(name),
                RTM_NEWLINK,
                NEW,
                message ->
                        header(message, 0, IFF_UP, IFF_UP)
                                .text(Link.NAME, name)
                                .nested(
                                        Link.INFO,
                                        info ->
                                                info.text(Link.INFO_KIND, "bridge")
                                                        .nested(
                                                                Link.INFO_DATA,
                                                                data ->
                                                                        data.u32(
                                                                                        BRIDGE_FORWARD_DELAY,
                                                                                        0)
                                                                                .u8(
                                                                                        BRIDGE_MULTICAST_SNOOPING,
                                                                                        0))));
    }

    /// Makes a pair of links. The near end is up at once; the far end is to be brought up from
    /// inside its namespace, because a veth cannot be opened before it is paired.
    ///
    /// @throws NetlinkException with [Errno#EEXIST] when one of the names is taken
    public void addVeth(VethPair pair) {
        checked(pair.peerName());
        socket.exchange(
                "add veth",
                checked(pair.name()),
                RTM_NEWLINK,
                NEW,
                message -> {
                    header(message, 0, IFF_UP, IFF_UP).text(Link.NAME, pair.name());
                    pair.mac().ifPresent(mac -> message.bytes(Link.ADDRESS, mac.bytes()));
                    pair.mtu().ifPresent(mtu -> message.u32(Link.MTU, mtu));
                    pair.master().ifPresent(link -> message.u32(Link.MASTER, link.index()));
                    message.nested(
                            Link.INFO,
                            info ->
                                    info.text(Link.INFO_KIND, "veth")
                                            .nested(
                                                    Link.INFO_DATA,
                                                    data ->
                                                            data.nested(
                                                                    VETH_INFO_PEER,
                                                                    peer -> peer(peer, pair))));
                });
    }

    public void setUp(String name) {
        change("set up link", name, IFF_UP, IFF_UP);
    }

    public void setDown(String name) {
        change("set down link", name, 0, IFF_UP);
    }

    /// Enslaves a link to a bridge.
    public void setMaster(String name, Link master) {
        socket.exchange(
                "enslave to " + master.name() + " link",
                name,
                RTM_NEWLINK,
                0,
                message ->
                        header(message, 0, 0, 0)
                                .text(Link.NAME, name)
                                .u32(Link.MASTER, master.index()));
    }

    public void setMac(String name, MacAddress mac) {
        socket.exchange(
                "set MAC address of link",
                name,
                RTM_NEWLINK,
                0,
                message ->
                        header(message, 0, 0, 0)
                                .text(Link.NAME, name)
                                .bytes(Link.ADDRESS, mac.bytes()));
    }

    public void setMtu(String name, int mtu) {
        socket.exchange(
                "set MTU of link",
                name,
                RTM_NEWLINK,
                0,
                message -> header(message, 0, 0, 0).text(Link.NAME, name).u32(Link.MTU, mtu));
    }

    public void rename(Link link, String newName) {
        socket.exchange(
                "rename to " + checked(newName) + " link",
                link.name(),
                RTM_NEWLINK,
                0,
                message -> header(message, link.index(), 0, 0).text(Link.NAME, newName));
    }

    /// Moves a link to another namespace; it goes down and loses its addresses.
    public void move(Link link, NetworkNamespace destination) {
        socket.exchange(
                "move to " + destination + " link",
                link.name(),
                RTM_NEWLINK,
                0,
                message ->
                        header(message, link.index(), 0, 0)
                                .u32(Link.NAMESPACE_DESCRIPTOR, destination.descriptorNumber()));
    }

    /// Removes a link, with its peer. The kernel waits some 20 ms within this: where a namespace
    /// ends anyway, let it take its links along.
    ///
    /// @return whether there was such a link
    public boolean delete(String name) {
        try {
            socket.exchange(
                    "delete link",
                    name,
                    RTM_DELLINK,
                    0,
                    message -> header(message, 0, 0, 0).text(Link.NAME, name));
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENODEV)) {
                return false;
            }
            throw e;
        }
    }

    private void change(String operation, String name, int flags, int mask) {
        socket.exchange(
                operation,
                name,
                RTM_NEWLINK,
                0,
                message -> header(message, 0, flags, mask).text(Link.NAME, name));
    }

    private static void peer(NetlinkWriter peer, VethPair pair) {
        header(peer, 0, 0, 0).text(Link.NAME, pair.peerName());
        pair.peerMac().ifPresent(mac -> peer.bytes(Link.ADDRESS, mac.bytes()));
        pair.mtu().ifPresent(mtu -> peer.u32(Link.MTU, mtu));
        peer.u32(Link.NAMESPACE_DESCRIPTOR, pair.peerNamespace().descriptorNumber());
    }

    /// `struct ifinfomsg`.
    private static NetlinkWriter header(NetlinkWriter message, int index, int flags, int mask) {
        return message.headerU32(0).headerU32(index).headerU32(flags).headerU32(mask);
    }

    private static String checked(String name) {
        if (name.isEmpty() || name.length() > Link.NAME_LENGTH_MAX) {
            throw NetlinkException.of("name a link", "\"" + name + "\"", Errno.ERANGE);
        }
        return name;
    }
}
