package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One container of a pod through all its runs. Owned by the pod's mailbox.
final class ContainerSlot {
    ContainerSpec spec;
    ContainerState state;
    Optional<ContainerState.Terminated> last = Optional.empty();

    /// The number of the newest run, which is also how often it was restarted; -1 before the first.
    int attempt = -1;

    /// The first run in the pod's present sandbox, which may have lost an earlier one.
    int firstAttempt;

    @Nullable RunningContainer running;
    @Nullable ContainerLog log;
    @Nullable ContainerLog previousLog;

    /// A start is under way.
    boolean isStarting;

    /// Its end was asked for.
    boolean isStopping;

    /// It is to run again as its pod asks for it now, whatever the restart policy says.
    boolean isReplaced;

    /// What it is to run with; its spec may ask for something else that the node has not granted.
    JsonObject allocated;

    /// What its newest run has.
    JsonObject applied;

    /// Its run is being told of other resources.
    boolean isAdjusting;

    boolean isStarted;
    boolean isReady;
    String imageId = "";
    RestartBackoff backoff = RestartBackoff.NONE;
    RestartBackoff pullBackoff = RestartBackoff.NONE;
    Instant notBefore = Instant.MIN;
    final List<ProbeLoop> probes = new ArrayList<>();

    ContainerSlot(ContainerSpec spec, ContainerState.Waiting first) {
        this.spec = spec;
        this.state = first;
        this.allocated = spec.resources();
        this.applied = spec.resources();
    }

    /// The pod asks for it in this way now.
    void see(ContainerSpec latest) {
        isReplaced |= isRunning() && !latest.image().equals(spec.image());
        spec = latest;
    }

    boolean isRunning() {
        return running != null;
    }

    /// Whether nothing of it is on the machine or on its way there.
    boolean isQuiet() {
        return running == null && !isStarting;
    }

    boolean hasTerminated() {
        return state instanceof ContainerState.Terminated;
    }

    boolean hasSucceeded() {
        return state instanceof ContainerState.Terminated ended && ended.exit().isSuccess();
    }

    void stopProbes() {
        probes.forEach(ProbeLoop::stop);
        probes.clear();
    }

    /// How it is now, for other threads.
    ///
    /// @param pod the pod's name
    /// @param log of the newest run
    /// @param previousLog of the run before
    record Snapshot(
            String pod,
            String container,
            ContainerState state,
            Optional<RunningContainer> running,
            Optional<ContainerLog> log,
            Optional<ContainerLog> previousLog) {}

    Snapshot snapshot(String podName) {
        return new Snapshot(
                podName,
                spec.name(),
                state,
                Optional.ofNullable(running),
                Optional.ofNullable(log),
                Optional.ofNullable(previousLog));
    }

    ContainerView view(String podUid) {
        ContainerView.Readiness readiness =
                !isStarted
                        ? ContainerView.Readiness.NOT_STARTED
                        : isReady ? ContainerView.Readiness.READY : ContainerView.Readiness.STARTED;
        boolean hasRun = running != null || last.isPresent() || hasTerminated();
        ContainerIdentity identity = new ContainerIdentity(podUid, spec.name(), attempt);
        return new ContainerView(
                spec,
                state,
                last,
                Math.max(0, attempt),
                readiness,
                imageId,
                hasRun && attempt >= 0 ? ContainerState.idText(identity) : "",
                allocated,
                applied);
    }
}
