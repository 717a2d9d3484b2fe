package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Sends and receives whole Ethernet frames on one link; the kernel keeps away what nobody asked for, so only frames of the wanted kinds wake anybody.
/// What the machine itself sends is never received.
///
/// One thread at a time, a platform thread, since it waits in native code; [#wakeUp] by any. Specified in `packet(7)`.
public final class PacketSocket implements AutoCloseable {
    private static final int AF_PACKET = 17;
    private static final int SOCK_RAW = 3;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int ALL_PROTOCOLS = 3;
    private static final int SOL_PACKET = 263;
    private static final int PACKET_ADD_MEMBERSHIP = 1;
    private static final int MULTICAST = 0;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int ADDRESS_BYTES = 20;

    /// Longer frames are cut: nothing that is looked at is as long.
    private static final int FRAME_BYTES_MAX = 2048;

    private final Link link;
    private final Descriptor descriptor;
    private final Descriptor wake = WakeUp.open();
    private final Arena arena = Arena.ofShared();
    private final MemorySegment frame = arena.allocate(FRAME_BYTES_MAX, 8);

    private PacketSocket(Link link, Descriptor descriptor) {
        this.link = link;
        this.descriptor = descriptor;
    }

    /// Listens from now on.
    ///
    /// @param wanted which frames are received
    /// @throws LinuxException with [Errno#EPERM] without the right to (`CAP_NET_RAW`), with [Errno#ENODEV] when the link is gone
    public static PacketSocket open(NetworkNamespace namespace, Link link, List<FrameKind> wanted) {
        Descriptor descriptor =
                namespace.call(() ->
                        new Descriptor(
                                SystemCalls.check(
                                        SystemCalls.call(
                                                SystemCalls.Call.SOCKET,
                                                AF_PACKET,
                                                SOCK_RAW | SOCK_CLOEXEC,
                                                0),
                                        "open packet socket on",
                                        link.name())));
        PacketSocket socket = new PacketSocket(link, descriptor);
        try {
            // Without a protocol nothing is received before the filter is in place.
            ClassicFilter.attach(descriptor, link.name(), FrameKind.filter(wanted));
            socket.bind();
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /// The link as it was when this was opened.
    public Link link() {
        return link;
    }

    /// Has the link take frames to a multicast address too, as long as this is open.
    public void join(MacAddress group) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment request = call.allocate(16, 4);
            request.set(ValueLayout.JAVA_INT, 0, link.index());
            request.set(ValueLayout.JAVA_SHORT, 4, (short) MULTICAST);
            request.set(ValueLayout.JAVA_SHORT, 6, (short) 6);
            request.asSlice(8, 6).copyFrom(MemorySegment.ofArray(group.bytes()));
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.SETSOCKOPT,
                            descriptor.number(),
                            SOL_PACKET,
                            PACKET_ADD_MEMBERSHIP,
                            request.address(),
                            request.byteSize()),
                    "take frames to " + group + " on",
                    link.name());
        }
    }

    /// @param bytes a whole frame, from the destination's address on, without checksum
    /// @throws LinuxException when the link is down or gone
    public void send(byte[] bytes) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment copy = call.allocate(bytes.length, 8);
            copy.copyFrom(MemorySegment.ofArray(bytes));
            SystemCalls.check(
                    SystemCalls.restarting(
                            SystemCalls.Call.SENDTO,
                            descriptor.number(),
                            copy.address(),
                            bytes.length,
                            0,
                            0,
                            0),
                    "send a frame on",
                    link.name());
        }
    }

    /// The next frame that has come by now, at most 2048 bytes of it; empty when none has.
    ///
    /// @throws LinuxException when the link went down or away; while it is down nothing comes
    public Optional<byte[]> receive() {
        long length =
                SystemCalls.restarting(
                        SystemCalls.Call.RECVFROM,
                        descriptor.number(),
                        frame.address(),
                        frame.byteSize(),
                        MSG_DONTWAIT,
                        0,
                        0);
        if (SystemCalls.failedWith(length, Errno.EAGAIN)) {
            return Optional.empty();
        }
        SystemCalls.check(length, "receive a frame on", link.name());
        return Optional.of(frame.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
    }

    /// Waits until a frame has come, [#wakeUp] was called, or the time is over.
    public void await(Duration timeout) {
        descriptor.await(Descriptor.POLLIN, wake, timeout);
        WakeUp.clear(wake);
    }

    /// Ends a wait, the present one or the next.
    public void wakeUp() {
        WakeUp.signal(wake);
    }

    /// `struct sockaddr_ll`.
    private void bind() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment address = call.allocate(ADDRESS_BYTES, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_PACKET);
            address.set(
                    ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(java.nio.ByteOrder.BIG_ENDIAN),
                    2,
                    (short) ALL_PROTOCOLS);
            address.set(ValueLayout.JAVA_INT, 4, link.index());
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.BIND,
                            descriptor.number(),
                            address.address(),
                            ADDRESS_BYTES),
                    "listen on",
                    link.name());
        }
    }

    @Override
    public void close() {
        if (!descriptor.isClosed()) {
            descriptor.close();
            wake.close();
            arena.close();
        }
    }
}
