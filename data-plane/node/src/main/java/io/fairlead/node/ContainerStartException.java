package io.fairlead.node;

/// A container's process could not be started; the message is what the user sees in the pod's status.
final class ContainerStartException extends Exception {
    private static final long serialVersionUID = 1;

    ContainerStartException(String message) {
        super(message);
    }

    ContainerStartException(String message, Throwable cause) {
        super(message + ": " + cause.getMessage(), cause);
    }
}
