package io.fairlead.dns;

/// The bytes are no DNS message. Has no stack trace, because anybody may send such bytes, as many as they like.
final class WireFormatException extends Exception {
    private static final long serialVersionUID = 1;

    WireFormatException(String message) {
        super(message, null, false, false);
    }
}
