package io.fairlead.api;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// Writes the fields of one protobuf message. Owned by one thread.
final class ProtobufMessage {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /// As protobuf demands, the empty text is not written.
    ProtobufMessage text(int field, String text) {
        return text.isEmpty() ? this : bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    /// One of several texts in one field; all of them count.
    ProtobufMessage element(int field, String text) {
        return bytes(field, text.getBytes(StandardCharsets.UTF_8));
    }

    ProtobufMessage flag(int field, boolean isSet) {
        if (isSet) {
            varint(((long) field << 3) | VARINT);
            varint(1);
        }
        return this;
    }

    ProtobufMessage message(int field, ProtobufMessage message) {
        return bytes(field, message.toBytes());
    }

    byte[] toBytes() {
        return bytes.toByteArray();
    }

    private ProtobufMessage bytes(int field, byte[] content) {
        varint(((long) field << 3) | LENGTH_DELIMITED);
        varint(content.length);
        bytes.writeBytes(content);
        return this;
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            bytes.write((int) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
