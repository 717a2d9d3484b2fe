package io.fairlead.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Reads values of ASN.1 in their distinguished encoding (ITU-T X.690) one after another. Owned by one thread.
final class DerReader {
    static final int BIT_STRING = 0x03;
    static final int OCTET_STRING = 0x04;
    static final int OBJECT_IDENTIFIER = 0x06;
    static final int SEQUENCE = 0x30;
    static final int SET = 0x31;

    private static final int LENGTH_BYTES_MAX = 4;

    private final byte[] bytes;
    private final int end;
    private int at;

    DerReader(byte[] bytes) {
        this(bytes, 0, bytes.length);
    }

    private DerReader(byte[] bytes, int start, int end) {
        this.bytes = bytes;
        this.at = start;
        this.end = end;
    }

    boolean hasNext() {
        return at < end;
    }

    /// The tag of the next value; -1 at the end.
    int tag() {
        return at < end ? bytes[at] & 0xff : -1;
    }

    /// The contents of the next value, which is passed over.
    ///
    /// @throws IllegalArgumentException when the next value has another tag, or does not fit
    DerReader enter(int tag) {
        if (tag() != tag) {
            throw new IllegalArgumentException(
                    "malformed DER: found tag %d instead of %d".formatted(tag(), tag));
        }
        return next();
    }

    /// As [#enter], whatever the tag is.
    DerReader next() {
        if (end - at < 2) {
            throw new IllegalArgumentException("malformed DER: a value is cut off");
        }
        at++;
        int length = length();
        if (length > end - at) {
            throw new IllegalArgumentException("malformed DER: a value is longer than its place");
        }
        DerReader inside = new DerReader(bytes, at, at + length);
        at += length;
        return inside;
    }

    /// The next value as it is, tag and length included; it is passed over.
    byte[] whole() {
        int start = at;
        next();
        return Arrays.copyOfRange(bytes, start, at);
    }

    /// Everything that is left.
    byte[] rest() {
        byte[] rest = Arrays.copyOfRange(bytes, at, end);
        at = end;
        return rest;
    }

    /// The next value, which is an object identifier, with dots.
    String identifier() {
        DerReader value = enter(OBJECT_IDENTIFIER);
        StringBuilder text = new StringBuilder();
        while (value.hasNext()) {
            long arc = value.base128();
            if (text.isEmpty()) {
                long first = Math.min(arc / 40, 2);
                text.append(first).append('.').append(arc - first * 40);
            } else {
                text.append('.').append(arc);
            }
        }
        return text.toString();
    }

    /// The next value, which is text of any of the string types.
    String text() {
        boolean isWide = tag() == 0x1e;
        byte[] value = next().rest();
        return new String(value, isWide ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_8);
    }

    /// The next value, which is a bit string of whole bytes.
    byte[] bits() {
        byte[] value = enter(BIT_STRING).rest();
        if (value.length == 0 || value[0] != 0) {
            throw new IllegalArgumentException("malformed DER: a bit string of odd length");
        }
        return Arrays.copyOfRange(value, 1, value.length);
    }

    private long base128() {
        long value = 0;
        for (int i = 0; i < 8 && at < end; i++) {
            int next = bytes[at++];
            value = value << 7 | (next & 0x7f);
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("malformed DER: an object identifier is cut off");
    }

    private int length() {
        int first = bytes[at++] & 0xff;
        if (first < 0x80) {
            return first;
        }
        int count = first & 0x7f;
        if (count == 0 || count > LENGTH_BYTES_MAX || count > end - at) {
            throw new IllegalArgumentException("malformed DER: a length that cannot be");
        }
        long length = 0;
        for (int i = 0; i < count; i++) {
            length = length << 8 | (bytes[at++] & 0xff);
        }
        return (int) Math.min(length, Integer.MAX_VALUE);
    }
}
