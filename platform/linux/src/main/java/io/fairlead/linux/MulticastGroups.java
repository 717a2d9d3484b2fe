package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;

/// The IPv6 multicast groups that a link is in for our sake: routers and switches are told of them, and the link takes their frames. All are left when this
/// is closed.
///
/// Safe for use by many threads.
public final class MulticastGroups implements AutoCloseable {
    private static final int AF_INET6 = 10;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int IPPROTO_IPV6 = 41;
    private static final int IPV6_JOIN_GROUP = 20;
    private static final int IPV6_LEAVE_GROUP = 21;
    private static final Errno EADDRINUSE = new Errno(98);

    private final Link link;
    private final Descriptor descriptor;

    private MulticastGroups(Link link, Descriptor descriptor) {
        this.link = link;
        this.descriptor = descriptor;
    }

    public static MulticastGroups open(NetworkNamespace namespace, Link link) {
        return new MulticastGroups(
                link,
                namespace.call(() ->
                        new Descriptor(
                                SystemCalls.check(
                                        SystemCalls.call(
                                                SystemCalls.Call.SOCKET,
                                                AF_INET6,
                                                SOCK_DGRAM | SOCK_CLOEXEC,
                                                0),
                                        "open socket for groups of",
                                        link.name()))));
    }

    /// Nothing happens when the link is in the group already for our sake.
    ///
    /// @throws LinuxException with [Errno#ENODEV] when the link is gone or has no IPv6
    public void join(Inet6Address group) {
        long result = change(IPV6_JOIN_GROUP, group);
        if (!SystemCalls.failedWith(result, EADDRINUSE)) {
            SystemCalls.check(result, "join " + group.getHostAddress() + " on", link.name());
        }
    }

    /// @return whether the link was in the group for our sake
    public boolean leave(Inet6Address group) {
        long result = change(IPV6_LEAVE_GROUP, group);
        if (SystemCalls.failedWith(result, Errno.EADDRNOTAVAIL)) {
            return false;
        }
        SystemCalls.check(result, "leave " + group.getHostAddress() + " on", link.name());
        return true;
    }

    /// `struct ipv6_mreq`.
    private long change(int option, Inet6Address group) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(20, 4);
            request.asSlice(0, 16).copyFrom(MemorySegment.ofArray(group.getAddress()));
            request.set(ValueLayout.JAVA_INT, 16, link.index());
            return SystemCalls.call(
                    SystemCalls.Call.SETSOCKOPT,
                    descriptor.number(),
                    IPPROTO_IPV6,
                    option,
                    request.address(),
                    request.byteSize());
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
