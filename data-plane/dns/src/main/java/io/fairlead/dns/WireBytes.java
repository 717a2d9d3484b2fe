package io.fairlead.dns;

/// Bytes of a message that nobody changes any more.
final class WireBytes {
    private final byte[] array;

    WireBytes(byte[] array) {
        this.array = array;
    }

    /// To be read only.
    byte[] array() {
        return array;
    }
}
