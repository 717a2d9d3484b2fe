package io.fairlead.client;

/// A kubeconfig cannot be used. The message is one sentence that names the file.
public final class KubeconfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public KubeconfigException(String message) {
        super(message);
    }

    public KubeconfigException(String message, Throwable cause) {
        super(message, cause);
    }
}
