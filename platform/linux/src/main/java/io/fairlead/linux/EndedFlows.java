package io.fairlead.linux;

import io.fairlead.linux.ConnectionTracking.Traffic;
import java.util.ArrayList;
import java.util.List;

/// The flows of one network namespace that tracking stopped remembering, with what they carried in all. They wait in the kernel's buffer until they are
/// taken.
///
/// One thread at a time.
public final class EndedFlows implements AutoCloseable {
    private final NetlinkNotifications notifications;
    private long losses;

    private EndedFlows(NetlinkNotifications notifications) {
        this.notifications = notifications;
    }

    /// Gathers from now on.
    public static EndedFlows open(NetworkNamespace namespace) {
        return new EndedFlows(
                NetlinkNotifications.open(
                        namespace, NetlinkSocket.NETFILTER, NetlinkNotifications.ENDED_FLOWS));
    }

    /// Those that ended since the last call. Does not wait.
    public List<Traffic> take() {
        List<Traffic> ended = new ArrayList<>();
        while (true) {
            List<NetlinkMessage> messages;
            try {
                messages = notifications.poll();
            } catch (NetlinkException e) {
                if (!e.errno().equals(Errno.ENOBUFS)) {
                    throw e;
                }
                losses++;
                continue;
            }
            if (messages.isEmpty()) {
                return ended;
            }
            for (NetlinkMessage message : messages) {
                ConnectionTracking.parseTraffic(message).ifPresent(ended::add);
            }
        }
    }

    /// How often the buffer was full, so that flows ended uncounted.
    public long losses() {
        return losses;
    }

    @Override
    public void close() {
        notifications.close();
    }
}
