package io.fairlead.api;

/// A tree does not have the types that its schema demands. The message says what was found and where.
public final class DecodingException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DecodingException(String message) {
        super(message);
    }
}
