package io.fairlead.node;

import java.util.concurrent.CompletableFuture;

/// Carries what a container writes to its log.
interface OutputPump {
    /// To be called once, when the container has ended. Completes when everything it wrote is in the log.
    CompletableFuture<Void> finish();
}
