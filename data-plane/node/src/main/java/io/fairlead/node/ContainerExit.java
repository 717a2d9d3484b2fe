package io.fairlead.node;

import java.time.Instant;

/// How a run of a container ended.
///
/// @param reason as Kubernetes says it: `Completed`, `Error`, `OOMKilled`, `ContainerStatusUnknown`, `StartError` …
/// @param message empty where there is nothing to add
record ContainerExit(int code, String reason, String message, Instant finished) {
    private static final int LOST_CODE = 137;

    /// By its own doing or by a signal.
    static ContainerExit of(int code, Instant finished) {
        return new ContainerExit(code, code == 0 ? "Completed" : "Error", "", finished);
    }

    /// It ended while nobody watched.
    static ContainerExit unknown(Instant noticed) {
        return new ContainerExit(
                LOST_CODE,
                "ContainerStatusUnknown",
                "The container could not be located when the pod was terminated",
                noticed);
    }

    boolean isSuccess() {
        return code == 0;
    }
}
