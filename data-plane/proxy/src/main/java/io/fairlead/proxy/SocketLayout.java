package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.BpfMapShape;
import io.fairlead.proxy.SocketContents.Balance;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketContents.Slot;
import io.fairlead.tables.EndpointSet.Selection;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/// The bytes of keys and values in the maps that socket programs and this process share. Whoever changes anything here raises [#VERSION]:
/// maps of another version are never read.
///
///     frontends   address 16, port 4                  → set 8
///     sets        set 8                               → count 4, selection 4, affinity in ns 8
///     slots       set 8, index 4, 0 4                 → endpoint 24
///     lives       set 8, endpoint 24                  → open 8, connections 8, bytes sent 8, bytes received 8
///     totals      set 8                               → 0 8, connections 8, bytes sent 8, bytes received 8
///     clients     set 8, namespace cookie 8           → endpoint 24, time in ns 8
///     sockets     (a socket)                          → frontend 20, counted 4, set 8, endpoint 24
///     endpoint    address 16, port 4, life 4
///
/// Addresses are sixteen bytes in network order, IPv4 ones as IPv6 writes them (`::ffff:10.0.0.1`), so that an IPv6 socket that connects
/// to an IPv4 address needs no care. Ports are in network order with two bytes of zero behind, as the kernel shows them to programs; other numbers in the machine's.
final class SocketLayout {
    static final int VERSION = 1;

    static final int FRONTEND_BYTES = 20;
    static final int ENDPOINT_BYTES = 24;
    static final int LIVE_BYTES = 8 + ENDPOINT_BYTES;
    static final int COUNTS_BYTES = 32;

    static final int OPEN = 0;
    static final int CONNECTIONS = 8;
    static final int SENT = 16;
    static final int RECEIVED = 24;

    static final int SOCKET_COUNTED = 20;
    static final int SOCKET_LIVE = 24;

    static final BpfMapShape FRONTENDS =
            BpfMapShape.hash("fl_frontends", FRONTEND_BYTES, 8, 131072);
    static final BpfMapShape SETS = BpfMapShape.hash("fl_sets", 8, 16, 65536);
    static final BpfMapShape SLOTS = BpfMapShape.hash("fl_slots", 16, ENDPOINT_BYTES, 262144);
    static final BpfMapShape LIVES = BpfMapShape.hash("fl_lives", LIVE_BYTES, COUNTS_BYTES, 262144);
    static final BpfMapShape TOTALS = BpfMapShape.hash("fl_totals", 8, COUNTS_BYTES, 65536);
    static final BpfMapShape CLIENTS =
            BpfMapShape.leastRecentlyUsed("fl_clients", 16, ENDPOINT_BYTES + 8, 32768);
    static final BpfMapShape SOCKETS =
            BpfMapShape.socketStorage("fl_sockets", SOCKET_LIVE + LIVE_BYTES);

    private static final int MAPPED = 0xffff;

    private SocketLayout() {}

    static byte[] key(SocketFrontend frontend) {
        byte[] array = new byte[FRONTEND_BYTES];
        ByteBuffer bytes = wrap(array);
        putAddress(bytes, frontend.address());
        putPort(bytes, frontend.port());
        return array;
    }

    static SocketFrontend frontend(byte[] key) {
        ByteBuffer bytes = ByteBuffer.wrap(key);
        return new SocketFrontend(address(bytes), port(bytes));
    }

    static byte[] set(long id) {
        return buffer(8).putLong(id).array();
    }

    static long set(byte[] bytes) {
        return wrap(bytes).getLong(0);
    }

    static byte[] value(Balance balance) {
        return buffer(16)
                .putInt(balance.count())
                .putInt(balance.selection().ordinal())
                .putLong(Duration.ofSeconds(balance.affinitySeconds()).toNanos())
                .array();
    }

    static Balance balance(byte[] value) {
        ByteBuffer bytes = wrap(value);
        return new Balance(
                bytes.getInt(0),
                Selection.values()[bytes.getInt(4)],
                Duration.ofNanos(bytes.getLong(8)).toSeconds());
    }

    static byte[] key(Slot slot) {
        return buffer(16).putLong(slot.set()).putInt(slot.index()).array();
    }

    static Slot slot(byte[] key) {
        return new Slot(wrap(key).getLong(0), wrap(key).getInt(8));
    }

    static byte[] value(SocketEndpoint endpoint) {
        byte[] array = new byte[ENDPOINT_BYTES];
        ByteBuffer bytes = wrap(array);
        putEndpoint(bytes, endpoint);
        return array;
    }

    static SocketEndpoint endpoint(byte[] value) {
        return endpoint(wrap(value));
    }

    static byte[] key(Live live) {
        byte[] array = new byte[LIVE_BYTES];
        ByteBuffer bytes = wrap(array).putLong(live.set());
        putEndpoint(bytes, live.endpoint());
        return array;
    }

    static Live live(byte[] key) {
        ByteBuffer bytes = wrap(key);
        long set = bytes.getLong();
        return new Live(set, endpoint(bytes));
    }

    /// Where a socket was led; its set is 0 when it was not, or is no longer.
    static Live liveOf(ByteBuffer socket) {
        byte[] live = new byte[LIVE_BYTES];
        socket.get(socket.position() + SOCKET_LIVE, live);
        return live(live);
    }

    private static void putEndpoint(ByteBuffer bytes, SocketEndpoint endpoint) {
        putAddress(bytes, endpoint.address());
        putPort(bytes, endpoint.port());
        bytes.putInt(endpoint.life());
    }

    private static SocketEndpoint endpoint(ByteBuffer bytes) {
        IpAddress address = address(bytes);
        int port = port(bytes);
        return new SocketEndpoint(address, port, bytes.getInt());
    }

    private static void putAddress(ByteBuffer bytes, IpAddress address) {
        if (address.isIpv4()) {
            bytes.putLong(0).put(new byte[] {0, 0, (byte) MAPPED, (byte) MAPPED});
        }
        bytes.put(address.bytes());
    }

    private static IpAddress address(ByteBuffer bytes) {
        byte[] all = new byte[16];
        bytes.get(all);
        ByteBuffer read = ByteBuffer.wrap(all);
        boolean isIpv4 = read.getLong(0) == 0 && read.getInt(8) == MAPPED;
        return isIpv4 ? IpAddress.ofIpv4(read.getInt(12)) : IpAddress.ofBytes(all);
    }

    private static void putPort(ByteBuffer bytes, int port) {
        bytes.put((byte) (port >> 8)).put((byte) port).put((byte) 0).put((byte) 0);
    }

    private static int port(ByteBuffer bytes) {
        int port = (bytes.get() & 0xff) << 8 | (bytes.get() & 0xff);
        bytes.getShort();
        return port;
    }

    private static ByteBuffer buffer(int length) {
        return ByteBuffer.allocate(length).order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer wrap(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    }
}
