package io.fairlead.linux;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Writes netlink messages one after the other into one growing buffer.
///
/// ```java
/// NetlinkWriter request = new NetlinkWriter();
/// request.message(RTM_NEWLINK, REQUEST | ACK, sequence, message -> message
///     .headerU8(AF_UNSPEC).headerU8(0).headerU16(0).headerU32(index).headerU32(0).headerU32(0)
///     .nested(IFLA_LINKINFO, info -> info.text(IFLA_INFO_KIND, "bridge")));
/// ```
///
/// Everything is padded to four bytes; lengths are filled in when a message or nest ends. Numbers
/// are in host order unless the name says `BigEndian`. An attribute that outgrows its 16-bit length
/// is a bug of the caller ([IllegalStateException]): ask [#size] while writing and start another
/// message before that. Not thread safe.
public final class NetlinkWriter {
    /// The longest attribute, header included.
    public static final int ATTRIBUTE_BYTES_MAX = 0xffff;

    private static final int NESTED = 0x8000;

    private ByteBuffer bytes = ByteBuffer.allocate(4096).order(ByteOrder.nativeOrder());

    static int aligned(int length) {
        return (length + 3) & ~3;
    }

    /// One whole message; `content` writes what follows the header.
    @CanIgnoreReturnValue
    public NetlinkWriter message(
            int type, int flags, int sequence, Consumer<NetlinkWriter> content) {
        int start = bytes.position();
        room(NetlinkMessage.HEADER_BYTES)
                .putInt(0)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0);
        content.accept(this);
        pad();
        bytes.putInt(start, bytes.position() - start);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter headerU8(int value) {
        room(1).put((byte) value);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter headerU16(int value) {
        room(2).putShort((short) value);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter headerU16BigEndian(int value) {
        room(2).put((byte) (value >>> 8)).put((byte) value);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter headerU32(int value) {
        room(4).putInt(value);
        return this;
    }

    /// An attribute that holds attributes.
    @CanIgnoreReturnValue
    public NetlinkWriter nested(int type, Consumer<NetlinkWriter> content) {
        return variable(type | NESTED, content);
    }

    /// An attribute of whatever `content` writes with the `header…` methods and nests.
    @CanIgnoreReturnValue
    public NetlinkWriter variable(int type, Consumer<NetlinkWriter> content) {
        pad();
        int start = bytes.position();
        room(4).putShort((short) 0).putShort((short) type);
        content.accept(this);
        int length = bytes.position() - start;
        if (length > ATTRIBUTE_BYTES_MAX) {
            throw new IllegalStateException(
                    "attribute "
                            + (type & 0x3fff)
                            + " has "
                            + length
                            + " bytes: split the message");
        }
        bytes.putShort(start, (short) length);
        pad();
        return this;
    }

    /// An attribute without a value, whose presence says it all.
    @CanIgnoreReturnValue
    public NetlinkWriter flag(int type) {
        attribute(type, 0);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u8(int type, int value) {
        attribute(type, 1).put((byte) value);
        return padded();
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u16(int type, int value) {
        attribute(type, 2).putShort((short) value);
        return padded();
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u32(int type, int value) {
        attribute(type, 4).putInt(value);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u64(int type, long value) {
        attribute(type, 8).putLong(value);
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u16BigEndian(int type, int value) {
        attribute(type, 2).put((byte) (value >>> 8)).put((byte) value);
        return padded();
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u32BigEndian(int type, int value) {
        attribute(type, 4).putInt(bigEndian(value));
        return this;
    }

    @CanIgnoreReturnValue
    public NetlinkWriter u64BigEndian(int type, long value) {
        attribute(type, 8)
                .putLong(
                        ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                                ? value
                                : Long.reverseBytes(value));
        return this;
    }

    /// Text with its closing NUL.
    @CanIgnoreReturnValue
    public NetlinkWriter text(int type, String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        attribute(type, encoded.length + 1).put(encoded).put((byte) 0);
        return padded();
    }

    @CanIgnoreReturnValue
    public NetlinkWriter bytes(int type, byte[] value) {
        attribute(type, value.length).put(value);
        return padded();
    }

    /// How many bytes have been written so far.
    public int size() {
        return bytes.position();
    }

    /// What has been written, ready to send: a read-only view, valid until the next write.
    public ByteBuffer toBuffer() {
        return bytes.duplicate().flip().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
    }

    /// Starts again with an empty buffer, which keeps its memory.
    @CanIgnoreReturnValue
    public NetlinkWriter clear() {
        bytes.clear();
        return this;
    }

    private ByteBuffer attribute(int type, int length) {
        if (length > ATTRIBUTE_BYTES_MAX - 4) {
            throw new IllegalStateException(
                    "attribute " + type + " has " + length + " bytes: split the message");
        }
        pad();
        return room(4 + length).putShort((short) (4 + length)).putShort((short) type);
    }

    private NetlinkWriter padded() {
        pad();
        return this;
    }

    private void pad() {
        while ((bytes.position() & 3) != 0) {
            room(1).put((byte) 0);
        }
    }

    private ByteBuffer room(int count) {
        if (bytes.remaining() < count) {
            int capacity = Math.max(bytes.capacity() * 2, bytes.position() + count);
            ByteBuffer larger =
                    ByteBuffer.wrap(Arrays.copyOf(bytes.array(), capacity))
                            .order(ByteOrder.nativeOrder());
            larger.position(bytes.position());
            bytes = larger;
        }
        return bytes;
    }

    private static int bigEndian(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? value
                : Integer.reverseBytes(value);
    }
}
