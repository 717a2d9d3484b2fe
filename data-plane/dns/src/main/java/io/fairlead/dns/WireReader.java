package io.fairlead.dns;

/// Reads the parts of a DNS message. Every step is bounded by the message, and names by what RFC 1035 allows, so that no message can hold up the reader.
final class WireReader {
    private static final int NAME_LENGTH_MAX = 255;
    private static final int POINTERS_MAX = 32;

    private final byte[] message;
    private int position;

    WireReader(byte[] message, int position) {
        this.message = message;
        this.position = position;
    }

    int position() {
        return position;
    }

    int remaining() {
        return message.length - position;
    }

    int unsignedByte() throws WireFormatException {
        require(1);
        return message[position++] & 0xff;
    }

    int unsignedShort() throws WireFormatException {
        return (unsignedByte() << 8) | unsignedByte();
    }

    long unsignedInt() throws WireFormatException {
        return ((long) unsignedShort() << 16) | unsignedShort();
    }

    void skip(int count) throws WireFormatException {
        require(count);
        position += count;
    }

    /// Passes a name without reading what a pointer leads to.
    void skipName() throws WireFormatException {
        while (true) {
            int length = unsignedByte();
            if (length == 0) {
                return;
            }
            if ((length & 0xc0) == 0xc0) {
                skip(1);
                return;
            }
            if ((length & 0xc0) != 0) {
                throw new WireFormatException("a label of an unknown kind");
            }
            skip(length);
        }
    }

    /// A name in lower case, without a dot at the end; empty for the root.
    String name() throws WireFormatException {
        StringBuilder name = new StringBuilder(64);
        int end = -1;
        int pointers = 0;
        while (true) {
            int length = unsignedByte();
            if ((length & 0xc0) == 0xc0) {
                int target = ((length & 0x3f) << 8) | unsignedByte();
                end = end < 0 ? position : end;
                if (++pointers > POINTERS_MAX || target >= message.length) {
                    throw new WireFormatException("a name that leads nowhere");
                }
                position = target;
            } else if ((length & 0xc0) != 0) {
                throw new WireFormatException("a label of an unknown kind");
            } else if (length == 0) {
                position = end < 0 ? position : end;
                return name.toString();
            } else {
                label(name, length);
            }
        }
    }

    private void label(StringBuilder name, int length) throws WireFormatException {
        require(length);
        if (name.length() + length + 2 > NAME_LENGTH_MAX) {
            throw new WireFormatException("a name that is too long");
        }
        if (!name.isEmpty()) {
            name.append('.');
        }
        for (int i = 0; i < length; i++) {
            char c = (char) (message[position++] & 0xff);
            if (c >= 'A' && c <= 'Z') {
                name.append((char) (c + ('a' - 'A')));
            } else {
                name.append(c == '.' ? '\0' : c);
            }
        }
    }

    private void require(int count) throws WireFormatException {
        if (remaining() < count) {
            throw new WireFormatException("a message that ends too early");
        }
    }
}
