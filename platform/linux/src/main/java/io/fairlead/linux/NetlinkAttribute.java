package io.fairlead.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// One attribute of a netlink message: a type and its value.
///
/// The readers check the length, so that a kernel (or a fuzzer) that sends something else is
/// answered by a [NetlinkException] and never by an index out of bounds.
///
/// @param type the type without the flags for nesting and byte order
/// @param value the bytes, without padding; its position and limit are not to be moved
public record NetlinkAttribute(int type, ByteBuffer value) {

    public int u8() {
        return Byte.toUnsignedInt(sized(1).get(value.position()));
    }

    /// Two bytes in host order.
    public int u16() {
        return Short.toUnsignedInt(sized(2).getShort(value.position()));
    }

    /// Four bytes in host order.
    public int u32() {
        return sized(4).getInt(value.position());
    }

    /// Eight bytes in host order.
    public long u64() {
        return sized(8).getLong(value.position());
    }

    /// Two bytes in network order.
    public int u16BigEndian() {
        return Short.toUnsignedInt(bigEndian(2).getShort(value.position()));
    }

    /// Four bytes in network order.
    public int u32BigEndian() {
        return bigEndian(4).getInt(value.position());
    }

    /// Eight bytes in network order.
    public long u64BigEndian() {
        return bigEndian(8).getLong(value.position());
    }

    /// Text up to the first NUL or the end.
    public String text() {
        byte[] bytes = bytes();
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }

    public byte[] bytes() {
        byte[] bytes = new byte[value.remaining()];
        value.get(value.position(), bytes);
        return bytes;
    }

    /// The attributes inside this one.
    public NetlinkAttributes nested() {
        return NetlinkAttributes.parse(value);
    }

    private ByteBuffer bigEndian(int size) {
        return sized(size).duplicate().order(ByteOrder.BIG_ENDIAN);
    }

    private ByteBuffer sized(int size) {
        if (value.remaining() < size) {
            throw NetlinkException.malformed(
                    "attribute "
                            + type
                            + " has "
                            + value.remaining()
                            + " bytes where "
                            + size
                            + " are needed");
        }
        return value;
    }
}
