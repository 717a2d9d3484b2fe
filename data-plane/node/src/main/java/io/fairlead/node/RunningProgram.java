package io.fairlead.node;

import java.util.concurrent.CompletableFuture;

/// An in-process container's program while it runs.
public interface RunningProgram {
    /// Completes when it has ended, with its exit status; exceptionally when it failed.
    CompletableFuture<Integer> exit();

    /// Asks it to end soon. May be called more than once.
    void stop();
}
