package io.fairlead.cluster;

/// A cluster cannot be started, found or stopped. The message is the one sentence that the user reads: what failed, on which object, and what to do.
public final class ClusterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public ClusterException(String message) {
        super(message);
    }

    public ClusterException(String message, Throwable cause) {
        super(message, cause);
    }
}
