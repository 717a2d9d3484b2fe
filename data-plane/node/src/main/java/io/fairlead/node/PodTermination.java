package io.fairlead.node;

import io.fairlead.api.IpAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/// Ends a pod's containers: hook, signal, and after the grace the kill; ordinary containers first, then those beside them, last one
/// first. The signal of a pod that is being removed waits until no new connections go to it, for half of the grace at most. Owned by the pod's mailbox.
final class PodTermination {
    private final NodeParts parts;
    private final Mailbox mailbox;
    private final List<ContainerSlot> slots;
    private final Runnable wake;
    private @Nullable Sandbox sandbox;
    private Instant deadline = Instant.MAX;
    private boolean isBegun;
    private @Nullable ScheduledFuture<?> killing;
    private CompletableFuture<@Nullable Void> drained = CompletableFuture.completedFuture(null);

    PodTermination(NodeParts parts, Mailbox mailbox, List<ContainerSlot> slots, Runnable wake) {
        this.parts = parts;
        this.mailbox = mailbox;
        this.slots = slots;
        this.wake = wake;
    }

    boolean isBegun() {
        return isBegun;
    }

    boolean isOver() {
        return isBegun && slots.stream().allMatch(ContainerSlot::isQuiet);
    }

    /// Begins, or shortens what has begun.
    void begin(AssignedPod pod, Duration grace, Optional<Sandbox> present) {
        Instant until = parts.clock().instant().plus(grace);
        if (isBegun && !until.isBefore(deadline)) {
            return;
        }
        isBegun = true;
        sandbox = present.orElse(null);
        deadline = until;
        if (killing != null) {
            killing.cancel(false);
        }
        if (grace.isZero()) {
            killAll();
        } else {
            if (present.isPresent() && !pod.usesHostNetwork()) {
                drained =
                        parts.drain()
                                .drained(
                                        present.get().addresses().stream()
                                                .map(IpAddress::parse)
                                                .toList(),
                                        grace.dividedBy(2));
            }
            killing = parts.alarm(grace, () -> mailbox.post(this::killAll));
        }
        step(pod);
    }

    /// Asks those to end whose turn it is.
    void step(AssignedPod pod) {
        boolean mainsRun =
                slots.stream()
                        .anyMatch(slot ->
                                slot.spec.role() != ContainerSpec.Role.SIDECAR && slot.isRunning());
        boolean isNextSidecarAsked = false;
        for (ContainerSlot slot : slots.reversed()) {
            if (!slot.isRunning()) {
                continue;
            }
            if (slot.spec.role() == ContainerSpec.Role.SIDECAR) {
                if (mainsRun || isNextSidecarAsked) {
                    continue;
                }
                isNextSidecarAsked = true;
            }
            if (!slot.isStopping) {
                Duration left = Duration.between(parts.clock().instant(), deadline);
                parts.normal(pod, slot.spec, "Killing", "Stopping container " + slot.spec.name());
                stop(pod, slot, left, sandbox);
            }
        }
    }

    /// Asks those to end that are to run in another way than they do; they come again afterwards.
    void stopReplaced(AssignedPod pod, Optional<Sandbox> present) {
        for (ContainerSlot slot : slots) {
            if (slot.isReplaced && slot.isRunning() && !slot.isStopping) {
                parts.normal(
                        pod,
                        slot.spec,
                        "Killing",
                        "Container %s definition changed, will be restarted"
                                .formatted(slot.spec.name()));
                stop(pod, slot, pod.grace(), present.orElse(null));
            }
        }
    }

    /// Ends one container: the hook and the signal now, the kill after the grace.
    void stop(AssignedPod pod, ContainerSlot slot, Duration grace, @Nullable Sandbox present) {
        RunningContainer container = slot.running;
        if (container == null) {
            return;
        }
        slot.isStopping = true;
        if (!grace.isPositive()) {
            kill(container);
            return;
        }
        ScheduledFuture<?> kill = parts.alarm(grace, () -> kill(container));
        var _ = container.exit().whenComplete((exit, failure) -> kill.cancel(false));
        CompletableFuture<@Nullable Void> hook =
                present == null || slot.spec.hook("preStop").isEmpty()
                        ? CompletableFuture.completedFuture(null)
                        : runHook(pod, slot, container, present, grace);
        var _ = CompletableFuture.allOf(hook, drained).thenRunAsync(container::stop, parts.tasks());
    }

    private CompletableFuture<@Nullable Void> runHook(
            AssignedPod pod,
            ContainerSlot slot,
            RunningContainer container,
            Sandbox present,
            Duration grace) {
        return new Hooks(parts)
                .run(slot.spec.hook("preStop"), slot.spec, container, present, grace)
                .thenAccept(outcome -> {
                    if (!outcome.isSuccess()) {
                        parts.warning(pod, slot.spec, "FailedPreStopHook", "PreStopHook failed");
                    }
                });
    }

    private void killAll() {
        for (ContainerSlot slot : slots) {
            RunningContainer container = slot.running;
            if (container != null) {
                slot.isStopping = true;
                kill(container);
            }
        }
        wake.run();
    }

    private void kill(RunningContainer container) {
        parts.tasks().execute(container::kill);
    }
}
