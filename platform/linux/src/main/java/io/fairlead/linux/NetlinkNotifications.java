package io.fairlead.linux;

import java.util.List;
import java.util.Optional;

/// What the kernel tells everybody who listens in one network namespace: each delivery is what one change, or one batch of changes, did.
///
/// One thread waits, and must be a platform thread; any thread may close.
public final class NetlinkNotifications implements AutoCloseable {
    /// Changes of nf_tables.
    public static final int TABLES = 7;

    /// Tracked flows that ended.
    public static final int ENDED_FLOWS = 3;

    private final NetlinkSocket socket;
    private final Descriptor wake = WakeUp.open();
    private volatile boolean isClosed;

    private NetlinkNotifications(NetlinkSocket socket) {
        this.socket = socket;
    }

    /// Listens from now on.
    ///
    /// @param protocol such as [NetlinkSocket#NETFILTER]
    /// @param group such as [#TABLES]
    public static NetlinkNotifications open(NetworkNamespace namespace, int protocol, int group) {
        return open(namespace, protocol, group, NetlinkSocket.RECEIVE_BYTES_MAX);
    }

    /// As above.
    ///
    /// @param bufferBytes how much may wait to be heard; the kernel counts generously, and has a least size
    public static NetlinkNotifications open(
            NetworkNamespace namespace, int protocol, int group, int bufferBytes) {
        NetlinkSocket socket = NetlinkSocket.open(namespace, protocol);
        try {
            socket.limitReceived(bufferBytes);
            socket.join(group);
            return new NetlinkNotifications(socket);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /// Hears of another group too from now on.
    NetlinkNotifications and(int group) {
        try {
            socket.join(group);
            return this;
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// From now on what one socket causes is not heard, and wakes nobody.
    ///
    /// @param port the socket's [NetlinkSocket#port]
    public void ignore(int port) {
        socket.ignore(port);
    }

    /// Waits for the next delivery, however long it takes; empty once this is closed.
    ///
    /// @throws NetlinkException with [Errno#ENOBUFS] when deliveries were lost; the next call goes on
    public synchronized Optional<List<NetlinkMessage>> await() {
        while (!isClosed) {
            List<NetlinkMessage> messages = socket.receiveNow();
            if (!messages.isEmpty()) {
                return Optional.of(messages);
            }
            socket.await(wake);
        }
        return Optional.empty();
    }

    /// What has been delivered by now, one delivery; empty when nothing has, or when this is closed.
    ///
    /// @throws NetlinkException as [#await]
    public synchronized List<NetlinkMessage> poll() {
        return isClosed ? List.of() : socket.receiveNow();
    }

    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        WakeUp.signal(wake);
        // Whoever waits leaves first.
        synchronized (this) {
            socket.close();
            wake.close();
        }
    }
}
