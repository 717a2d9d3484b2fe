package io.fairlead.linux;

import java.util.HexFormat;

/// A link-layer address of six bytes.
///
/// @param value the six bytes, the first in the highest place
public record MacAddress(long value) {
    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    public MacAddress {
        if (value >>> 48 != 0) {
            throw new IllegalArgumentException("a MAC address has six bytes");
        }
    }

    /// Reads `02:fa:1e:ad:01:01`.
    public static MacAddress parse(String text) {
        return of(COLONS.parseHex(text));
    }

    /// @param bytes six of them, the first one first
    public static MacAddress of(byte[] bytes) {
        if (bytes.length != 6) {
            throw NetlinkException.malformed(bytes.length + " bytes are no MAC address");
        }
        long value = 0;
        for (byte next : bytes) {
            value = value << 8 | Byte.toUnsignedLong(next);
        }
        return new MacAddress(value);
    }

    /// The six bytes, the first one first.
    public byte[] bytes() {
        byte[] bytes = new byte[6];
        for (int i = 0; i < 6; i++) {
            bytes[i] = (byte) (value >>> (40 - 8 * i));
        }
        return bytes;
    }

    @Override
    public String toString() {
        return COLONS.formatHex(bytes());
    }
}
