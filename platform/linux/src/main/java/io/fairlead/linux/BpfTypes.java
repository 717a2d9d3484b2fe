package io.fairlead.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The smallest description of types (BTF, `linux/btf.h`) that the kernel takes for a map which wants one: its key is a number, its value
/// an array of bytes.
final class BpfTypes {
    /// The type of keys: a signed number of 32 bits.
    static final int KEY = 1;

    /// The type of values.
    static final int VALUE = 3;

    private static final short MAGIC = (short) 0xeb9f;
    private static final int HEADER_BYTES = 24;
    private static final int KIND_NUMBER = 1;
    private static final int KIND_ARRAY = 3;
    private static final int SIGNED = 1;
    private static final byte[] STRINGS = "\0int\0byte\0".getBytes(StandardCharsets.US_ASCII);
    private static final int NAME_INT = 1;
    private static final int NAME_BYTE = 5;

    private BpfTypes() {}

    static byte[] numberAndBytes(int length) {
        ByteBuffer types = ByteBuffer.allocate(128).order(ByteOrder.nativeOrder());
        number(types, NAME_INT, 4, SIGNED);
        number(types, NAME_BYTE, 1, 0);
        types.putInt(0).putInt(KIND_ARRAY << 24).putInt(0);
        types.putInt(2).putInt(KEY).putInt(length);
        types.flip();
        ByteBuffer all =
                ByteBuffer.allocate(HEADER_BYTES + types.limit() + STRINGS.length)
                        .order(ByteOrder.nativeOrder());
        all.putShort(MAGIC).put((byte) 1).put((byte) 0).putInt(HEADER_BYTES);
        all.putInt(0).putInt(types.limit());
        all.putInt(types.limit()).putInt(STRINGS.length);
        all.put(types).put(STRINGS);
        return all.array();
    }

    private static void number(ByteBuffer types, int name, int bytes, int encoding) {
        types.putInt(name).putInt(KIND_NUMBER << 24).putInt(bytes);
        types.putInt(encoding << 24 | bytes * 8);
    }
}
