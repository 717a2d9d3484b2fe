package io.fairlead.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The TCP connections of a network namespace, each with what BPF programs keep at its socket. Specified in `linux/inet_diag.h`, `linux/sock_diag.h` and
/// `linux/tcp.h`.
public final class OpenConnections {
    private static final int DIAGNOSIS = 4;
    private static final int BY_FAMILY = 20;

    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int TCP = 6;

    /// From the first packet to the last acknowledgement; neither listeners nor what is remembered of the dead.
    private static final int STATES = 1 << 1 | 1 << 2 | 1 << 4 | 1 << 5 | 1 << 8 | 1 << 9 | 1 << 11;

    private static final int INFO = 2;
    private static final int STORAGES = 20;
    private static final int REQUESTED_STORAGES = 2;
    private static final int REQUESTED_MAP = 1;
    private static final int STORAGE = 1;
    private static final int STORAGE_VALUE = 3;

    private static final int HEADER_BYTES = 72;
    private static final int SOCKET_ID_BYTES = 48;
    private static final int ACKNOWLEDGED = 120;
    private static final int RECEIVED = 128;

    private OpenConnections() {}

    /// @param storage what the map holds for the socket; not to be written
    /// @param acknowledgedBytes that the other end has confirmed
    /// @param receivedBytes that came from the other end
    public record Connection(ByteBuffer storage, long acknowledgedBytes, long receivedBytes) {}

    /// Those at whose sockets a map holds something.
    ///
    /// @param map a storage of sockets
    public static List<Connection> list(NetworkNamespace namespace, BpfMap map) {
        List<Connection> connections = new ArrayList<>();
        try (NetlinkSocket socket = NetlinkSocket.open(namespace, DIAGNOSIS)) {
            for (int family : new int[] {AF_INET, AF_INET6}) {
                for (NetlinkMessage message :
                        socket.dump(
                                "list TCP connections",
                                BY_FAMILY,
                                request -> ask(request, family, map))) {
                    parse(message.attributes(HEADER_BYTES)).ifPresent(connections::add);
                }
            }
        }
        return connections;
    }

    private static void ask(NetlinkWriter request, int family, BpfMap map) {
        request.headerU8(family).headerU8(TCP).headerU8(1 << (INFO - 1)).headerU8(0);
        request.headerU32(STATES);
        for (int i = 0; i < SOCKET_ID_BYTES; i += 4) {
            request.headerU32(0);
        }
        request.nested(REQUESTED_STORAGES, maps -> maps.u32(REQUESTED_MAP, map.number()));
    }

    private static Optional<Connection> parse(NetlinkAttributes attributes) {
        Optional<ByteBuffer> storage =
                attributes
                        .find(STORAGES)
                        .flatMap(all -> all.nested().find(STORAGE))
                        .flatMap(one -> one.nested().find(STORAGE_VALUE))
                        .map(NetlinkAttribute::value);
        Optional<ByteBuffer> carried =
                attributes
                        .find(INFO)
                        .map(it -> ByteBuffer.wrap(it.bytes()).order(ByteOrder.nativeOrder()))
                        .filter(it -> it.limit() >= RECEIVED + Long.BYTES);
        return storage.flatMap(value ->
                carried.map(it ->
                        new Connection(value, it.getLong(ACKNOWLEDGED), it.getLong(RECEIVED))));
    }
}
