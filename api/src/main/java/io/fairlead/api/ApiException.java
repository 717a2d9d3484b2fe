package io.fairlead.api;

/// A request that the API server refused, or would refuse.
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Status status;

    public ApiException(Status status) {
        super(status.message());
        this.status = status;
    }

    public Status status() {
        return status;
    }

    public boolean isNotFound() {
        return status.code() == 404;
    }

    /// Somebody else wrote the object first, or made one of that name.
    public boolean isConflict() {
        return status.code() == 409;
    }
}
