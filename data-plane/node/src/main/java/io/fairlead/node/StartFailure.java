package io.fairlead.node;

/// Why a container could not be started, as its status says it.
final class StartFailure extends Exception {
    private static final long serialVersionUID = 1;

    /// What follows from it.
    enum Kind {
        /// The image is not to be had now: again with growing delays, as `ImagePullBackOff`.
        PULL,
        /// Something must be changed first; look again from time to time.
        CONFIGURATION,
        /// The process did not come up: counts as a run that failed.
        RUN
    }

    private final Kind kind;
    private final String reason;

    StartFailure(Kind kind, String reason, String message) {
        super(message);
        this.kind = kind;
        this.reason = reason;
    }

    Kind kind() {
        return kind;
    }

    String reason() {
        return reason;
    }

    String text() {
        return String.valueOf(getMessage());
    }
}
