package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.MulticastGroups;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.PacketSocket;
import java.lang.System.Logger.Level;
import java.net.Inet6Address;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Answers for addresses on one link, by what [LinkClaims] decides. When the link goes away or down it is waited for.
///
/// [#run] is for a platform thread of its own, which alone has the socket; everything else is for any thread.
final class LinkAnnouncer implements Runnable, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(LinkAnnouncer.class.getName());
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private static final int FRAMES_MAX = 4_096;

    private final NetworkNamespace namespace;
    private final String linkName;
    private final LongSupplier nanos;
    private final Listener listener;
    private volatile Wanted wanted = Wanted.NOTHING;
    private volatile Set<IpAddress> held = Set.of();
    private volatile @Nullable PacketSocket socket;
    private volatile boolean isClosed;
    private String told = "";

    /// Called on the announcer's thread; must be short.
    interface Listener {
        /// From now on this node answers for the address.
        void taken(IpAddress address, String link);

        /// Somebody who is no announcer says that the address is his.
        void contested(IpAddress address, MacAddress rival, String link);
    }

    /// @param namespace where the link is; the caller closes it after the thread has ended
    /// @param nanos a monotonic clock
    LinkAnnouncer(
            NetworkNamespace namespace, String linkName, LongSupplier nanos, Listener listener) {
        this.namespace = namespace;
        this.linkName = linkName;
        this.nanos = nanos;
        this.listener = listener;
    }

    /// What is to be announced from now on.
    void want(Wanted next) {
        if (!next.equals(wanted)) {
            wanted = next;
            wake();
        }
    }

    /// The addresses that are answered for on this link.
    Set<IpAddress> held() {
        return held;
    }

    /// Until [#close].
    @Override
    public void run() {
        while (!isClosed) {
            try (NetworkStack stack = NetworkStack.open(namespace)) {
                Link link = stack.links().require(linkName);
                Optional<MacAddress> mac = link.mac();
                if (mac.isPresent()) {
                    announce(link, mac.get());
                } else {
                    complain("link " + linkName + " has no Ethernet address");
                }
            } catch (LinuxException e) {
                complain(String.valueOf(e.getMessage()));
            }
            held = Set.of();
            if (!isClosed) {
                LockSupport.parkNanos(RETRY_PAUSE.toNanos());
            }
        }
    }

    private void complain(String sentence) {
        if (!sentence.equals(told)) {
            told = sentence;
            LOG.log(Level.WARNING, "{0}; nothing is announced there until it works", sentence);
        }
    }

    private void announce(Link link, MacAddress mac) {
        try (PacketSocket opened = PacketSocket.open(namespace, link, LinkFrames.KINDS);
                MulticastGroups groups = MulticastGroups.open(namespace, link)) {
            opened.join(LinkFrames.PRESENCE_GROUP);
            socket = opened;
            LinkClaims claims = new LinkClaims(mac, nanos.getAsLong());
            Set<Inet6Address> joined = new HashSet<>();
            Wanted known = Wanted.NOTHING;
            while (!isClosed) {
                long now = nanos.getAsLong();
                Wanted next = wanted;
                if (!next.equals(known)) {
                    known = next;
                    claims.want(next);
                }
                receiveAll(opened, claims, now);
                claims.tick(now);
                settle(claims, groups, joined, now);
                claims.takeFrames().forEach(frame -> send(opened, frame));
                told = "";
                long left = claims.nextDue() - nanos.getAsLong();
                if (left > 0 && wanted.equals(known)) {
                    opened.await(Duration.ofNanos(left));
                }
            }
            claims.leave();
            claims.takeFrames().forEach(frame -> send(opened, frame));
        } finally {
            socket = null;
        }
    }

    /// A frame that finds no room is lost, as others are.
    private static void send(PacketSocket socket, byte[] frame) {
        try {
            socket.send(frame);
        } catch (LinuxException e) {
            if (!e.isRetryable()) {
                throw e;
            }
            LOG.log(Level.DEBUG, "{0}; the frame is lost", e.getMessage());
        }
    }

    /// What has come by now; in a storm of frames, the part that leaves time for what is due.
    private static void receiveAll(PacketSocket socket, LinkClaims claims, long now) {
        for (int i = 0; i < FRAMES_MAX; i++) {
            Optional<byte[]> frame = socket.receive();
            if (frame.isEmpty()) {
                return;
            }
            claims.receive(frame.get(), now);
        }
    }

    /// Takes part in the groups of what is held, before anybody is told, and says what is new.
    private void settle(
            LinkClaims claims, MulticastGroups groups, Set<Inet6Address> joined, long now) {
        claims.takeRivals(now)
                .forEach((address, rival) -> listener.contested(address, rival, linkName));
        Set<IpAddress> next = claims.held();
        Set<IpAddress> before = held;
        if (next.equals(before)) {
            return;
        }
        Set<Inet6Address> asked = new HashSet<>();
        for (IpAddress address : next) {
            if (!address.isIpv4()) {
                asked.add(LinkFrames.solicitedNodeGroup(address));
            }
        }
        for (Inet6Address group : Set.copyOf(joined)) {
            if (!asked.contains(group)) {
                groups.leave(group);
                joined.remove(group);
            }
        }
        for (Inet6Address group : asked) {
            if (joined.add(group)) {
                groups.join(group);
            }
        }
        held = next;
        Set<IpAddress> taken = new TreeSet<>(next);
        taken.removeAll(before);
        taken.forEach(address -> listener.taken(address, linkName));
        LOG.log(
                Level.INFO,
                "on {0} this node answers for {1}",
                linkName,
                next.isEmpty() ? "nothing" : new TreeSet<>(next));
    }

    private void wake() {
        PacketSocket current = socket;
        if (current != null) {
            current.wakeUp();
        }
    }

    /// Tells the others, and ends [#run].
    @Override
    public void close() {
        isClosed = true;
        wake();
    }
}
