package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.util.Optional;

/// One container as the pod's status tells it.
///
/// @param last how its run before this one ended
/// @param containerId of the newest run; empty before the first
/// @param allocated the resources that it is to have
/// @param applied those that its newest run has
record ContainerView(
        ContainerSpec spec,
        ContainerState state,
        Optional<ContainerState.Terminated> last,
        int restarts,
        Readiness readiness,
        String imageId,
        String containerId,
        JsonObject allocated,
        JsonObject applied) {
    /// How far a running container is.
    enum Readiness {
        /// Not running, or its startup probe has not succeeded.
        NOT_STARTED,
        STARTED,
        READY
    }

    boolean isReady() {
        return readiness == Readiness.READY;
    }

    boolean hasSucceeded() {
        return state instanceof ContainerState.Terminated ended && ended.exit().isSuccess();
    }
}
