package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/// A netlink socket: it belongs to the network namespace it was opened in, whichever thread uses it
/// later.
///
/// One thread at a time. Waiting happens in native code, so a thread that waits for notifications
/// must be a platform thread.
public final class NetlinkSocket implements AutoCloseable {
    /// Links, addresses, routes, neighbours.
    public static final int ROUTE = 0;

    /// nf_tables and connection tracking.
    public static final int NETFILTER = 12;

    /// The kernel answers requests of this process at once; waiting longer means something broke.
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(30);

    private static final int AF_NETLINK = 16;
    private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
    private static final int SOL_SOCKET = 1;
    private static final int SO_SNDBUFFORCE = 32;
    private static final int SO_RCVBUFFORCE = 33;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_ADD_MEMBERSHIP = 1;
    private static final int NETLINK_CAP_ACK = 10;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_TRUNC = 0x20;

    /// Upper limits, not allocations: one send carries a whole batch.
    private static final int SEND_BYTES_MAX = 128 << 20;

    static final int RECEIVE_BYTES_MAX = 32 << 20;

    /// Dumps come in pieces of at most 32 KiB; notifications are no longer than that either.
    private static final int PIECE_BYTES_MAX = 256 << 10;

    /// Where a message's header says which socket caused it.
    private static final int PORT_OFFSET = 12;

    private static final int DUMP_ATTEMPTS_MAX = 10;

    private final Descriptor descriptor;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment piece = arena.allocate(PIECE_BYTES_MAX, 8);
    private int sequence;

    private NetlinkSocket(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /// Opens a socket in the calling thread's network namespace.
    ///
    /// @param protocol [#ROUTE] or [#NETFILTER]
    public static NetlinkSocket open(int protocol) {
        Descriptor descriptor =
                new Descriptor(
                        SystemCalls.check(
                                SystemCalls.call(
                                        SystemCalls.Call.SOCKET,
                                        AF_NETLINK,
                                        SOCK_RAW_CLOEXEC,
                                        protocol),
                                "open netlink socket of protocol",
                                Integer.toString(protocol)));
        NetlinkSocket socket = new NetlinkSocket(descriptor);
        try {
            socket.bind();
            socket.option(SOL_SOCKET, SO_SNDBUFFORCE, SEND_BYTES_MAX);
            socket.limitReceived(RECEIVE_BYTES_MAX);
            socket.option(SOL_NETLINK, NETLINK_CAP_ACK, 1);
            socket.option(SOL_NETLINK, NETLINK_EXT_ACK, 1);
            if (protocol == ROUTE) {
                socket.option(SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
            }
            return socket;
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /// Opens a socket in the given network namespace.
    public static NetlinkSocket open(NetworkNamespace namespace, int protocol) {
        return namespace.call(() -> open(protocol));
    }

    /// A sequence number for the next request: never 0, which marks notifications.
    public int nextSequence() {
        sequence = sequence == Integer.MAX_VALUE ? 1 : sequence + 1;
        return sequence;
    }

    /// Receives what is multicast to a group from now on (`NFNLGRP_…`, `RTNLGRP_…`).
    public void join(int group) {
        option(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group);
    }

    /// What may wait to be received; more is lost, which the next receive tells.
    void limitReceived(int bytes) {
        option(SOL_SOCKET, SO_RCVBUFFORCE, bytes);
    }

    /// The number by which the kernel knows this socket; messages that it caused carry it.
    public int port() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment address = call.allocate(12, 4);
            MemorySegment length = call.allocateFrom(ValueLayout.JAVA_INT, 12);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.GETSOCKNAME,
                            descriptor.number(),
                            address.address(),
                            length.address()),
                    "read the port of",
                    "netlink socket");
            return address.get(ValueLayout.JAVA_INT, 4);
        }
    }

    /// From now on deliveries that another socket caused do not reach this one: the kernel filters them out, so that nobody wakes.
    ///
    /// @param port the other socket's [#port]
    void ignore(int port) {
        // It loads in network order.
        ClassicFilter.attach(
                descriptor,
                "netlink socket",
                List.of(
                        ClassicFilter.Instruction.of(ClassicFilter.LOAD_WORD, PORT_OFFSET),
                        new ClassicFilter.Instruction(
                                ClassicFilter.JUMP_IF_EQUAL,
                                0,
                                1,
                                Integer.reverseBytes(port) & 0xffffffffL),
                        ClassicFilter.Instruction.of(ClassicFilter.RETURN, 0),
                        ClassicFilter.Instruction.of(
                                ClassicFilter.RETURN, ClassicFilter.EVERYTHING)));
    }

    /// Waits for a delivery, or for somebody who signals `wake`; takes neither.
    void await(Descriptor wake) {
        descriptor.await(Descriptor.POLLIN, wake);
    }

    /// Sends everything between position and limit in one system call; the buffer is not moved.
    public void send(ByteBuffer messages) {
        try (Arena call = Arena.ofConfined()) {
            int length = messages.remaining();
            MemorySegment bytes;
            if (messages.isDirect()) {
                bytes = MemorySegment.ofBuffer(messages);
            } else {
                bytes = call.allocate(Math.max(1, length), 8);
                bytes.asByteBuffer().put(messages.duplicate());
            }
            long sent =
                    SystemCalls.restarting(
                            SystemCalls.Call.SENDTO,
                            descriptor.number(),
                            bytes.address(),
                            length,
                            0,
                            0,
                            0);
            if (sent < 0) {
                throw NetlinkException.of(
                        "send netlink message", length + " bytes", new Errno((int) -sent));
            }
        }
    }

    /// Waits for the next delivery and splits it into messages.
    ///
    /// @return empty when nothing came in time
    /// @throws NetlinkException with [Errno#ENOBUFS] when deliveries were lost: whoever mirrors the
    ///     kernel's state must read it anew
    public List<NetlinkMessage> receive(Duration timeout) {
        // Most answers are there already when the send returns: one call instead of two.
        List<NetlinkMessage> messages = receiveNow();
        if (messages.isEmpty() && descriptor.await(Descriptor.POLLIN, timeout)) {
            messages = receiveNow();
        }
        return messages;
    }

    /// Sends one or more requests that ask for acknowledgement, and waits for all of these.
    ///
    /// @param operation what is asked for, as it would follow "cannot"
    /// @param subject the object of it
    /// @return the messages that came beside the acknowledgements
    /// @throws NetlinkException for the first request that was refused; later ones in the same
    ///     buffer may have been carried out
    public List<NetlinkMessage> exchange(String operation, String subject, ByteBuffer requests) {
        Set<Integer> open = new HashSet<>();
        for (NetlinkMessage request : NetlinkMessage.parse(requests)) {
            if (request.hasFlag(NetlinkMessage.ACK)) {
                open.add(request.sequence());
            }
        }
        send(requests);
        List<NetlinkMessage> answers = new ArrayList<>();
        List<NetlinkAcknowledgement> refusals = new ArrayList<>();
        while (!open.isEmpty()) {
            for (NetlinkMessage message : receiveAnswer(operation, subject)) {
                message.acknowledgement()
                        .ifPresentOrElse(
                                acknowledgement -> {
                                    open.remove(acknowledgement.sequence());
                                    if (!acknowledgement.isSuccess()) {
                                        refusals.add(acknowledgement);
                                    }
                                },
                                () -> answers.add(message));
            }
        }
        if (!refusals.isEmpty()) {
            throw NetlinkException.of(operation, subject, refusals.getFirst());
        }
        return answers;
    }

    /// Writes one request (type and content from the arguments), sends it and waits for its
    /// acknowledgement.
    public List<NetlinkMessage> exchange(
            String operation,
            String subject,
            int type,
            int flags,
            Consumer<NetlinkWriter> content) {
        NetlinkWriter request = new NetlinkWriter();
        request.message(
                type, flags | NetlinkMessage.REQUEST | NetlinkMessage.ACK, nextSequence(), content);
        return exchange(operation, subject, request.toBuffer());
    }

    /// Reads a whole table. Starts again when the kernel says that the table changed meanwhile.
    ///
    /// @param operation what is asked for, as it would follow "cannot"
    /// @param type the message type of the `GET` request
    /// @param content the request's fixed header and attributes
    public List<NetlinkMessage> dump(String operation, int type, Consumer<NetlinkWriter> content) {
        for (int attempt = 1; ; attempt++) {
            int asked = nextSequence();
            NetlinkWriter request = new NetlinkWriter();
            request.message(type, NetlinkMessage.REQUEST | NetlinkMessage.DUMP, asked, content);
            send(request.toBuffer());
            List<NetlinkMessage> table = new ArrayList<>();
            boolean consistent = true;
            boolean done = false;
            while (!done) {
                for (NetlinkMessage message : receiveAnswer(operation, "")) {
                    if (message.sequence() != asked) {
                        continue;
                    }
                    NetlinkAcknowledgement refusal = message.acknowledgement().orElse(null);
                    if (refusal != null && !refusal.isSuccess()) {
                        throw NetlinkException.of(operation, "", refusal);
                    }
                    consistent &= !message.hasFlag(NetlinkMessage.DUMP_INTERRUPTED);
                    if (message.type() == NetlinkMessage.DONE
                            || message.type() == NetlinkMessage.ERROR) {
                        done = true;
                    } else {
                        table.add(message);
                    }
                }
            }
            if (consistent || attempt == DUMP_ATTEMPTS_MAX) {
                return table;
            }
        }
    }

    @Override
    public void close() {
        if (!descriptor.isClosed()) {
            descriptor.close();
            arena.close();
        }
    }

    private List<NetlinkMessage> receiveAnswer(String operation, String subject) {
        List<NetlinkMessage> messages = receive(ANSWER_TIMEOUT);
        if (messages.isEmpty()) {
            throw NetlinkException.of(operation, subject, Errno.ETIMEDOUT);
        }
        return messages;
    }

    /// What has been delivered already, one delivery; empty when nothing has.
    List<NetlinkMessage> receiveNow() {
        long length =
                SystemCalls.restarting(
                        SystemCalls.Call.RECVFROM,
                        descriptor.number(),
                        piece.address(),
                        piece.byteSize(),
                        MSG_DONTWAIT | MSG_TRUNC,
                        0,
                        0);
        if (SystemCalls.failedWith(length, Errno.EAGAIN)) {
            return List.of();
        }
        if (length < 0) {
            throw NetlinkException.of("receive netlink message", "", new Errno((int) -length));
        }
        if (length > piece.byteSize()) {
            throw NetlinkException.of("receive netlink message", "", Errno.EMSGSIZE);
        }
        byte[] copy = piece.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        return NetlinkMessage.parse(ByteBuffer.wrap(copy).order(ByteOrder.nativeOrder()));
    }

    private void bind() {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment address = call.allocate(12, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.BIND, descriptor.number(), address.address(), 12),
                    "bind",
                    "netlink socket");
        }
    }

    private void option(int level, int name, int value) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment option = call.allocateFrom(ValueLayout.JAVA_INT, value);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.SETSOCKOPT,
                            descriptor.number(),
                            level,
                            name,
                            option.address(),
                            4),
                    "set option " + level + "/" + name + " of",
                    "netlink socket");
        }
    }
}
