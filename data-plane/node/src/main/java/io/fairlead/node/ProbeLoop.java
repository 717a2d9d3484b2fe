package io.fairlead.node;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One probe of one running container, again and again. Owned by the pod's mailbox.
///
/// Kubernetes probes once after the start and then waits a whole period. Programs that need a few milliseconds to open their
/// port would be found out seconds later; so, until the first success, readiness and startup are also looked at in between, at
/// growing distances. These extra looks can only succeed: a failure of theirs counts for nothing.
final class ProbeLoop {
    private static final Duration FIRST_LOOK = Duration.ofMillis(10);

    private final NodeParts parts;
    private final Mailbox mailbox;
    private final ContainerSpec container;
    private final RunningContainer running;
    private final String podAddress;
    private final Consumer<ProbeReport> listener;
    private ProbeTally tally;
    private Duration look = FIRST_LOOK;
    private @Nullable ScheduledFuture<?> next;
    private @Nullable ScheduledFuture<?> nextLook;
    private boolean isStopped;

    /// What the listener hears after each probe that counts.
    record ProbeReport(ProbeTally tally, ProbeOutcome outcome) {}

    ProbeLoop(
            NodeParts parts,
            Mailbox mailbox,
            ContainerSpec container,
            RunningContainer running,
            String podAddress,
            ProbeTally tally,
            Consumer<ProbeReport> listener) {
        this.parts = parts;
        this.mailbox = mailbox;
        this.container = container;
        this.running = running;
        this.podAddress = podAddress;
        this.tally = tally;
        this.listener = listener;
    }

    ProbeTally tally() {
        return tally;
    }

    void start() {
        Duration delay = tally.spec().initialDelay();
        if (delay.isZero()) {
            probe();
            scheduleLook();
        } else {
            next = parts.alarm(delay, () -> mailbox.post(this::probe));
        }
    }

    void stop() {
        isStopped = true;
        if (next != null) {
            next.cancel(false);
        }
        if (nextLook != null) {
            nextLook.cancel(false);
        }
    }

    private void probe() {
        if (isStopped) {
            return;
        }
        var _ =
                parts.probes()
                        .check(
                                tally.spec().tree(),
                                container,
                                running,
                                podAddress,
                                tally.spec().timeout())
                        .thenAccept(outcome -> mailbox.post(() -> onOutcome(outcome)));
    }

    private void onOutcome(ProbeOutcome outcome) {
        if (isStopped) {
            return;
        }
        next = parts.alarm(tally.spec().period(), () -> mailbox.post(this::probe));
        report(outcome);
    }

    private void report(ProbeOutcome outcome) {
        tally = tally.after(outcome);
        listener.accept(new ProbeReport(tally, outcome));
    }

    private void scheduleLook() {
        boolean mayLook =
                tally.spec().kind() != ContainerSpec.ProbeKind.LIVENESS
                        && !tally.spec().tree().has("exec")
                        && !tally.isHealthy()
                        && look.compareTo(tally.spec().period()) < 0;
        if (mayLook && !isStopped) {
            nextLook = parts.alarm(look, () -> mailbox.post(this::look));
            look = look.multipliedBy(2);
        }
    }

    private void look() {
        if (isStopped || tally.isHealthy()) {
            return;
        }
        var _ =
                parts.probes()
                        .check(
                                tally.spec().tree(),
                                container,
                                running,
                                podAddress,
                                tally.spec().timeout())
                        .thenAccept(outcome ->
                                mailbox.post(() -> {
                                    boolean isNews =
                                            outcome.isSuccess() && !tally.isHealthy() && !isStopped;
                                    if (isNews) {
                                        report(outcome);
                                    }
                                    scheduleLook();
                                }));
    }
}
