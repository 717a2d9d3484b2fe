package io.fairlead.node;

/// The node could not do what it should. The message says what, on what, and why.
public final class NodeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public NodeException(String message) {
        super(message);
    }

    public NodeException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
