package io.fairlead.linux;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// The flows that connection tracking remembers in one network namespace.
///
/// One thread at a time.
public final class ConnectionTracking implements AutoCloseable {
    public static final int TCP = 6;
    public static final int UDP = 17;

    private static final int SUBSYSTEM = 1 << 8;
    private static final int GET = SUBSYSTEM | 1;
    private static final int DELETE = SUBSYSTEM | 2;
    private static final int HEADER_BYTES = 4;
    private static final int TUPLE_ORIGINAL = 1;
    private static final int TUPLE_REPLY = 2;
    private static final int STATUS = 3;
    private static final int SEEN_REPLY = 1 << 1;
    private static final int MARK = 8;
    private static final int COUNTERS_FORTH = 9;
    private static final int COUNTERS_BACK = 10;
    private static final int COUNTER_BYTES = 2;
    private static final int ID = 12;
    private static final int ZONE = 18;
    private static final int TUPLE_IP = 1;
    private static final int TUPLE_PROTOCOL = 2;
    private static final int PROTOCOL_NUMBER = 1;
    private static final int SOURCE_PORT = 2;
    private static final int DESTINATION_PORT = 3;

    /// One direction of a flow.
    ///
    /// @param sourcePort 0 for protocols without ports
    public record Tuple(
            InetAddress source, int sourcePort, InetAddress destination, int destinationPort) {}

    /// One remembered flow.
    ///
    /// @param protocol an IP protocol number, such as [#UDP]
    /// @param original as the first packet was sent
    /// @param reply as answers look before they are translated back: its source is the endpoint
    ///     that really answers
    /// @param mark the connection's mark
    /// @param isAnswered whether packets came back
    public record Flow(int protocol, Tuple original, Tuple reply, int mark, boolean isAnswered) {
        /// Whether somebody else answers than whom the client sent to.
        public boolean isTranslated() {
            return !reply.source().equals(original.destination())
                    || reply.sourcePort() != original.destinationPort();
        }
    }

    /// What a flow carried, in bytes of packets with their headers; zero where the namespace does not count (`nf_conntrack_acct`).
    ///
    /// @param id tells the flow from a later one with the same addresses
    /// @param bytesForth from the client
    /// @param bytesBack to the client
    public record Traffic(Flow flow, int id, long bytesForth, long bytesBack) {}

    private final NetlinkSocket socket;

    private ConnectionTracking(NetlinkSocket socket) {
        this.socket = socket;
    }

    public static ConnectionTracking open(NetworkNamespace namespace) {
        return new ConnectionTracking(NetlinkSocket.open(namespace, NetlinkSocket.NETFILTER));
    }

    public List<Flow> list() {
        List<Flow> flows = new ArrayList<>();
        for (NetlinkMessage message : dump()) {
            parse(message).ifPresent(flows::add);
        }
        return flows;
    }

    /// What the remembered flows have carried so far.
    public List<Traffic> traffic() {
        List<Traffic> all = new ArrayList<>();
        for (NetlinkMessage message : dump()) {
            parseTraffic(message).ifPresent(all::add);
        }
        return all;
    }

    /// Forgets the flows that match. Their next packet is a first packet again.
    ///
    /// @return how many there were
    public int delete(Predicate<Flow> which) {
        int deleted = 0;
        for (NetlinkMessage message : dump()) {
            Optional<Flow> flow = parse(message).filter(which);
            if (flow.isPresent() && delete(message, flow.get())) {
                deleted++;
            }
        }
        return deleted;
    }

    @Override
    public void close() {
        socket.close();
    }

    private List<NetlinkMessage> dump() {
        return socket.dump("list tracked flows", GET, message -> header(message, 0));
    }

    private boolean delete(NetlinkMessage listed, Flow flow) {
        NetlinkAttributes attributes = listed.attributes(HEADER_BYTES);
        int family = Byte.toUnsignedInt(listed.header(HEADER_BYTES).get(0));
        try {
            socket.exchange(
                    "forget flow",
                    flow.toString(),
                    DELETE,
                    0,
                    message -> {
                        header(message, family);
                        copyNested(message, attributes.require(TUPLE_ORIGINAL));
                        // The id keeps a new flow with the same addresses safe.
                        attributes.find(ID).ifPresent(id -> message.bytes(ID, id.bytes()));
                        attributes.find(ZONE).ifPresent(zone -> message.bytes(ZONE, zone.bytes()));
                    });
            return true;
        } catch (NetlinkException e) {
            if (e.errno().equals(Errno.ENOENT)) {
                return false;
            }
            throw e;
        }
    }

    private static void copyNested(NetlinkWriter message, NetlinkAttribute tuple) {
        message.nested(
                tuple.type(),
                copy -> {
                    for (NetlinkAttribute part : tuple.nested()) {
                        if (part.type() == TUPLE_IP || part.type() == TUPLE_PROTOCOL) {
                            copy.nested(
                                    part.type(),
                                    inner ->
                                            part.nested()
                                                    .list()
                                                    .forEach(leaf ->
                                                            inner.bytes(
                                                                    leaf.type(), leaf.bytes())));
                        } else {
                            copy.bytes(part.type(), part.bytes());
                        }
                    }
                });
    }

    /// `struct nfgenmsg`.
    private static NetlinkWriter header(NetlinkWriter message, int family) {
        return message.headerU8(family).headerU8(0).headerU16(0);
    }

    static Optional<Traffic> parseTraffic(NetlinkMessage message) {
        return parse(message)
                .map(flow -> {
                    NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
                    return new Traffic(
                            flow,
                            attributes.find(ID).map(NetlinkAttribute::u32BigEndian).orElse(0),
                            bytes(attributes, COUNTERS_FORTH),
                            bytes(attributes, COUNTERS_BACK));
                });
    }

    private static long bytes(NetlinkAttributes attributes, int direction) {
        return attributes
                .find(direction)
                .flatMap(it -> it.nested().find(COUNTER_BYTES))
                .map(NetlinkAttribute::u64BigEndian)
                .orElse(0L);
    }

    static Optional<Flow> parse(NetlinkMessage message) {
        NetlinkAttributes attributes = message.attributes(HEADER_BYTES);
        Optional<NetlinkAttribute> original = attributes.find(TUPLE_ORIGINAL);
        Optional<NetlinkAttribute> reply = attributes.find(TUPLE_REPLY);
        if (original.isEmpty() || reply.isEmpty()) {
            return Optional.empty();
        }
        int protocol =
                original.get()
                        .nested()
                        .require(TUPLE_PROTOCOL)
                        .nested()
                        .require(PROTOCOL_NUMBER)
                        .u8();
        return Optional.of(
                new Flow(
                        protocol,
                        tuple(original.get()),
                        tuple(reply.get()),
                        attributes.find(MARK).map(NetlinkAttribute::u32BigEndian).orElse(0),
                        (attributes.find(STATUS).map(NetlinkAttribute::u32BigEndian).orElse(0)
                                        & SEEN_REPLY)
                                != 0));
    }

    private static Tuple tuple(NetlinkAttribute attribute) {
        NetlinkAttributes tuple = attribute.nested();
        NetlinkAttributes ip = tuple.require(TUPLE_IP).nested();
        // Sources are 1 (IPv4) or 3 (IPv6), destinations 2 or 4.
        NetlinkAttribute source = ip.find(1).orElseGet(() -> ip.require(3));
        NetlinkAttribute destination = ip.find(2).orElseGet(() -> ip.require(4));
        NetlinkAttributes protocol = tuple.require(TUPLE_PROTOCOL).nested();
        return new Tuple(
                IpPrefix.of(source.bytes()),
                protocol.find(SOURCE_PORT).map(NetlinkAttribute::u16BigEndian).orElse(0),
                IpPrefix.of(destination.bytes()),
                protocol.find(DESTINATION_PORT).map(NetlinkAttribute::u16BigEndian).orElse(0));
    }
}
