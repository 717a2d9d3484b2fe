package io.fairlead.node;

import java.util.List;
import java.util.Optional;

/// Which containers of a pod run again after they have ended, and when the pod as a whole has ended. Pure.
enum RestartPolicy {
    ALWAYS,
    ON_FAILURE,
    NEVER;

    static RestartPolicy of(AssignedPod pod) {
        return switch (pod.restartPolicy()) {
            case "Never" -> NEVER;
            case "OnFailure" -> ON_FAILURE;
            default -> ALWAYS;
        };
    }

    /// Whether a container that has ended, now or in its run before this, is to run once more.
    boolean restarts(ContainerSlot slot) {
        Optional<ContainerState.Terminated> ended =
                slot.state instanceof ContainerState.Terminated now ? Optional.of(now) : slot.last;
        boolean succeeded = ended.isPresent() && ended.get().exit().isSuccess();
        return switch (slot.spec.role()) {
            case SIDECAR -> true;
            case EPHEMERAL -> false;
            case INIT -> !succeeded && this != NEVER;
            case MAIN -> this == ALWAYS || (this == ON_FAILURE && !succeeded);
        };
    }

    /// Whether all ordinary containers have ended for good, or an init container has failed for good.
    boolean isOver(List<ContainerSlot> slots) {
        boolean initFailed =
                slots.stream()
                        .anyMatch(slot ->
                                slot.spec.role() == ContainerSpec.Role.INIT
                                        && !slot.hasSucceeded()
                                        && hasEndedForGood(slot));
        boolean mainsEnded =
                slots.stream()
                        .filter(slot -> slot.spec.role() == ContainerSpec.Role.MAIN)
                        .allMatch(this::hasEndedForGood);
        return initFailed || mainsEnded;
    }

    private boolean hasEndedForGood(ContainerSlot slot) {
        return slot.hasTerminated() && !slot.isReplaced && !restarts(slot);
    }
}
