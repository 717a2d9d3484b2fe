package io.fairlead.dns;

/// The server's surroundings failed it. Says what failed and on what.
public final class DnsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DnsException(String message, Throwable cause) {
        super(message, cause);
    }
}
