package io.fairlead.scheduler;

/// Where a pod goes.
sealed interface Decision {
    record Assigned(String node) implements Decision {}

    /// No node fits.
    ///
    /// @param message what the pod's condition and the event say
    record Unschedulable(String message) implements Decision {}
}
