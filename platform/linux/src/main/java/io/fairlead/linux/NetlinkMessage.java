package io.fairlead.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One message as the kernel sent it: the header's fields and the bytes after it.
///
/// @param type below 16 the netlink core's own ([#ERROR], [#DONE] …), above it the protocol's
/// @param flags `NLM_F_…`
/// @param sequence copied from the request; 0 in notifications
/// @param port the socket the message belongs to; 0 is the kernel
/// @param payload everything after the header; its position and limit are not to be moved
public record NetlinkMessage(int type, int flags, int sequence, int port, ByteBuffer payload) {
    public static final int NOOP = 1;
    public static final int ERROR = 2;
    public static final int DONE = 3;
    public static final int OVERRUN = 4;

    public static final int REQUEST = 0x1;
    public static final int MULTI = 0x2;
    public static final int ACK = 0x4;
    public static final int ECHO = 0x8;
    public static final int DUMP_INTERRUPTED = 0x10;

    /// Modifiers of requests that read.
    public static final int DUMP = 0x300;

    /// Modifiers of requests that create.
    public static final int REPLACE = 0x100;

    public static final int EXCLUSIVE = 0x200;
    public static final int CREATE = 0x400;
    public static final int APPEND = 0x800;

    static final int HEADER_BYTES = 16;
    private static final int ACK_CAPPED = 0x100;
    private static final int ACK_HAS_ATTRIBUTES = 0x200;
    private static final int ERROR_TEXT = 1;
    private static final int ERROR_OFFSET = 2;

    /// Splits what one receive delivered; position and limit of `bytes` are not moved.
    public static List<NetlinkMessage> parse(ByteBuffer bytes) {
        List<NetlinkMessage> messages = new ArrayList<>();
        ByteBuffer rest = bytes.duplicate().order(ByteOrder.nativeOrder());
        int end = rest.limit();
        int at = rest.position();
        while (at < end) {
            if (end - at < HEADER_BYTES) {
                throw NetlinkException.malformed((end - at) + " bytes are no message header");
            }
            int length = rest.getInt(at);
            if (length < HEADER_BYTES || length > end - at) {
                throw NetlinkException.malformed(
                        "message claims " + length + " of " + (end - at) + " bytes");
            }
            messages.add(
                    new NetlinkMessage(
                            Short.toUnsignedInt(rest.getShort(at + 4)),
                            Short.toUnsignedInt(rest.getShort(at + 6)),
                            rest.getInt(at + 8),
                            rest.getInt(at + 12),
                            rest.slice(at + HEADER_BYTES, length - HEADER_BYTES)
                                    .order(ByteOrder.nativeOrder())));
            at += NetlinkWriter.aligned(length);
        }
        return messages;
    }

    /// The attributes after the protocol's fixed header (such as `struct ifinfomsg`).
    ///
    /// @param headerBytes the fixed header's length
    public NetlinkAttributes attributes(int headerBytes) {
        require(headerBytes);
        int start = Math.min(NetlinkWriter.aligned(headerBytes), payload.remaining());
        return NetlinkAttributes.parse(payload.slice(start, payload.remaining() - start));
    }

    /// The protocol's fixed header, checked to be there.
    public ByteBuffer header(int headerBytes) {
        require(headerBytes);
        return payload.slice(0, headerBytes).order(ByteOrder.nativeOrder());
    }

    public boolean hasFlag(int flag) {
        return (flags & flag) != 0;
    }

    /// What the kernel says to a request, if this message is such an answer: an [#ERROR] message,
    /// or a [#DONE] that ends a dump with an error.
    public Optional<NetlinkAcknowledgement> acknowledgement() {
        if (type == ERROR) {
            return Optional.of(acknowledgement(HEADER_BYTES));
        }
        if (type == DONE && payload.remaining() >= 4 && payload.getInt(0) < 0) {
            return Optional.of(acknowledgement(0));
        }
        return Optional.empty();
    }

    private NetlinkAcknowledgement acknowledgement(int echoedHeaderBytes) {
        int error = header(4).getInt(0);
        // The kernel writes -errno; anything else is no error number.
        Errno errno = new Errno(error > 0 || error == Integer.MIN_VALUE ? 74 : -error);
        if (!hasFlag(ACK_HAS_ATTRIBUTES)) {
            return new NetlinkAcknowledgement(sequence, errno, "", -1);
        }
        int echoed = echoedHeaderBytes;
        if (echoedHeaderBytes > 0 && !hasFlag(ACK_CAPPED)) {
            echoed = header(8).getInt(4);
            if (echoed < HEADER_BYTES || echoed > payload.remaining() - 4) {
                throw NetlinkException.malformed("the echoed request claims " + echoed + " bytes");
            }
        }
        NetlinkAttributes attributes = attributes(4 + echoed);
        return new NetlinkAcknowledgement(
                sequence,
                errno,
                attributes.find(ERROR_TEXT).map(NetlinkAttribute::text).orElse(""),
                attributes.find(ERROR_OFFSET).map(NetlinkAttribute::u32).orElse(-1));
    }

    private void require(int headerBytes) {
        if (payload.remaining() < headerBytes) {
            throw NetlinkException.malformed(
                    "message of type "
                            + type
                            + " has "
                            + payload.remaining()
                            + " bytes where "
                            + headerBytes
                            + " are needed");
        }
    }
}
