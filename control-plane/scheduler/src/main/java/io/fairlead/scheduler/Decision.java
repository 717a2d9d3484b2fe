package io.fairlead.scheduler;

import java.util.List;
import java.util.Map;

/// Where a pod goes.
sealed interface Decision {
    record Assigned(String node) implements Decision {}

    /// No node fits.
    ///
    /// @param message what the pod's condition and the event say
    /// @param obstacles what keeps the pod from each node
    record Unschedulable(String message, Map<String, List<Obstacle>> obstacles)
            implements Decision {}
}
