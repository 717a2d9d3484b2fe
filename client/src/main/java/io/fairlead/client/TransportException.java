package io.fairlead.client;

/// No answer came from the API server. Trying again may help.
public final class TransportException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TransportException(String message, Throwable cause) {
        super(message, cause);
    }
}
