package io.fairlead.node;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Probes the containers of one pod and draws the consequences. Owned by the pod's mailbox.
final class PodProbes {
    private final NodeParts parts;
    private final Mailbox mailbox;
    private final PodTermination termination;
    private final Runnable wake;

    PodProbes(NodeParts parts, Mailbox mailbox, PodTermination termination, Runnable wake) {
        this.parts = parts;
        this.mailbox = mailbox;
        this.termination = termination;
        this.wake = wake;
    }

    /// Begins whichever probes are due for a container that runs: startup alone, or the two others.
    void start(AssignedPod pod, ContainerSlot slot, Sandbox sandbox) {
        RunningContainer container = slot.running;
        if (container == null) {
            return;
        }
        for (ContainerSpec.ProbeKind kind : ContainerSpec.ProbeKind.values()) {
            boolean isTurn = (kind == ContainerSpec.ProbeKind.STARTUP) != slot.isStarted;
            Optional<ProbeSpec> probe = slot.spec.probe(kind);
            if (probe.isEmpty() || !isTurn) {
                continue;
            }
            ProbeTally tally = ProbeTally.before(probe.get());
            if (kind == ContainerSpec.ProbeKind.READINESS && slot.isReady) {
                tally = tally.assuming(true);
            }
            ProbeLoop loop =
                    new ProbeLoop(
                            parts,
                            mailbox,
                            slot.spec,
                            container,
                            sandbox.address(),
                            tally,
                            report -> onReport(pod, slot, container, sandbox, report));
            slot.probes.add(loop);
            loop.start();
        }
    }

    private void onReport(
            AssignedPod pod,
            ContainerSlot slot,
            RunningContainer container,
            Sandbox sandbox,
            ProbeLoop.ProbeReport report) {
        if (!isOf(slot.running, container)) {
            return;
        }
        ProbeTally tally = report.tally();
        if (!report.outcome().isSuccess()) {
            parts.warning(
                    pod,
                    slot.spec,
                    "Unhealthy",
                    tally.spec().kind().title() + " probe failed: " + report.outcome().message());
        }
        switch (tally.spec().kind()) {
            case READINESS -> slot.isReady = slot.isStarted && tally.isHealthy();
            case STARTUP -> {
                if (tally.isHealthy() && !slot.isStarted) {
                    slot.stopProbes();
                    slot.isStarted = true;
                    slot.isReady = slot.spec.probe(ContainerSpec.ProbeKind.READINESS).isEmpty();
                    start(pod, slot, sandbox);
                }
            }
            case LIVENESS -> {
                // Only its failures mean anything.
            }
        }
        if (tally.isFatal() && !termination.isBegun() && !slot.isStopping) {
            restart(pod, slot, sandbox, tally.spec());
        }
        wake.run();
    }

    private void restart(AssignedPod pod, ContainerSlot slot, Sandbox sandbox, ProbeSpec probe) {
        parts.normal(
                pod,
                slot.spec,
                "Killing",
                "Container %s failed %s probe, will be restarted"
                        .formatted(
                                slot.spec.name(), probe.kind().title().toLowerCase(Locale.ROOT)));
        long grace = probe.tree().number(pod.grace().toSeconds(), "terminationGracePeriodSeconds");
        termination.stop(pod, slot, Duration.ofSeconds(grace), sandbox);
    }

    private static boolean isOf(@Nullable RunningContainer running, RunningContainer container) {
        return running != null && running.identity().equals(container.identity());
    }
}
