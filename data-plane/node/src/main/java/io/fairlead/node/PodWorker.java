package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Drives one pod from its arrival on the node to its end. Everything that happens is posted to its mailbox and ends in [#step],
/// which compares what is with what should be, and begins whatever is missing. Nothing in the mailbox waits.
final class PodWorker {
    private static final Duration CONFIGURATION_RETRY = Duration.ofSeconds(5);

    private final NodeParts parts;
    private final Mailbox mailbox;
    private final PodFolders folders;
    private final PodPreparation preparation;
    private final ContainerStarter starter;
    private final PodStatusWriter statusWriter;
    private final Runnable onGone;
    private final List<ContainerSlot> slots = new ArrayList<>();
    private final PodTermination termination;
    private final PodProbes probes;
    private final PodResizing resizing;

    private final Instant started;
    private volatile AssignedPod pod;
    private Optional<PodView.Failure> failure = Optional.empty();
    private boolean isReleased;
    private boolean isLeaving;
    private final CompletableFuture<Void> left = new CompletableFuture<>();

    /// It had ended before this program began, and nothing of it is here: it is not run again.
    private boolean isHistory;

    /// @param onGone called once nothing of the pod is left on the node and in the API
    PodWorker(NodeParts parts, AssignedPod pod, Runnable onGone) {
        this.parts = parts;
        this.pod = pod;
        this.onGone = onGone;
        this.mailbox = new Mailbox(parts.tasks());
        this.folders = parts.settings().pod(pod.uid());
        PodVolumes volumes =
                new PodVolumes(
                        folders,
                        parts.client()::find,
                        new NodeTokens(parts.client(), parts.clock()),
                        parts.clock());
        this.starter = new ContainerStarter(parts, folders, volumes);
        this.statusWriter = new PodStatusWriter(parts, mailbox);
        this.started = pod.time("status", "startTime").orElseGet(() -> parts.clock().instant());
        this.preparation = new PodPreparation(parts, mailbox, pod, folders, volumes, this::step);
        this.termination = new PodTermination(parts, mailbox, slots, this::step);
        this.resizing = new PodResizing(parts, mailbox, slots, this::step);
        this.probes = new PodProbes(parts, mailbox, termination, this::step);
        admitContainers();
    }

    /// Makes a slot for each container that has none: all of them at first, later the ephemeral ones that were added. The others are told what is asked of
    /// them now.
    private void admitContainers() {
        boolean waitsForInits = pod.spec().has("initContainers");
        for (ContainerSpec spec : pod.containers()) {
            Optional<ContainerSlot> known =
                    slots.stream().filter(slot -> slot.spec.name().equals(spec.name())).findFirst();
            known.ifPresent(slot -> slot.see(spec));
            if (known.isEmpty()) {
                boolean isGuest = spec.role() == ContainerSpec.Role.EPHEMERAL;
                slots.add(
                        new ContainerSlot(
                                spec,
                                waitsForInits && !isGuest
                                        ? ContainerState.INITIALIZING
                                        : ContainerState.CREATING));
            }
        }
    }

    /// Begins. Takes up what an earlier life of this program left of the pod.
    void start() {
        mailbox.post(() -> {
            Optional<Sandbox> found = PodRecovery.of(parts, pod, folders, slots);
            isHistory = found.isEmpty() && pod.isFinished();
            if (found.isPresent()) {
                preparation.resume(found.get());
                slots.forEach(this::watch);
                preparation.ensure(pod);
            }
            step();
        });
    }

    /// The pod has changed in the API.
    void update(AssignedPod latest) {
        mailbox.post(() -> {
            pod = latest;
            if (!termination.isBegun()) {
                admitContainers();
            }
            step();
        });
    }

    /// The pod's object is gone from the API.
    void vanish() {
        mailbox.post(() -> {
            termination.begin(pod, Duration.ZERO, preparation.sandbox());
            step();
        });
    }

    /// Ceases to act; containers run on where they can.
    ///
    /// @return completes when nothing of it is under way any more
    CompletableFuture<Void> leave() {
        mailbox.post(() -> {
            isLeaving = true;
            preparation.close();
            for (ContainerSlot slot : slots) {
                slot.stopProbes();
                RunningContainer container = slot.running;
                if (container != null) {
                    container.leave();
                }
            }
            step();
        });
        return left;
    }

    AssignedPod pod() {
        return pod;
    }

    /// A container as it is now; for those who serve logs and commands.
    CompletableFuture<Optional<ContainerSlot.Snapshot>> slot(String name) {
        CompletableFuture<Optional<ContainerSlot.Snapshot>> answer = new CompletableFuture<>();
        mailbox.post(() ->
                answer.complete(
                        slots.stream()
                                .filter(slot -> slot.spec.name().equals(name))
                                .map(slot -> slot.snapshot(pod.name()))
                                .findFirst()));
        return answer;
    }

    /// The containers that run now.
    CompletableFuture<List<RunningContainer>> running() {
        CompletableFuture<List<RunningContainer>> answer = new CompletableFuture<>();
        mailbox.post(() ->
                answer.complete(
                        slots.stream()
                                .flatMap(slot -> Optional.ofNullable(slot.running).stream())
                                .toList()));
        return answer;
    }

    CompletableFuture<Optional<Sandbox>> sandbox() {
        CompletableFuture<Optional<Sandbox>> answer = new CompletableFuture<>();
        mailbox.post(() -> answer.complete(preparation.sandbox()));
        return answer;
    }

    private void step() {
        if (isLeaving) {
            boolean isStarting = slots.stream().anyMatch(slot -> slot.isStarting);
            if (!isStarting && !preparation.isUnderWay()) {
                left.complete(null);
            }
            return;
        }
        if (isReleased) {
            return;
        }
        if (pod.isBeingDeleted()) {
            termination.begin(pod, pod.grace(), preparation.sandbox());
        }
        if (termination.isBegun()) {
            termination.step(pod);
            publish();
            if (termination.isOver() && !preparation.isUnderWay()) {
                release();
            }
            return;
        }
        if (isHistory) {
            return;
        }
        checkDeadline();
        if (isOver()) {
            stopLeftovers();
        } else {
            preparation.ensure(pod);
            resizing.step(pod);
            termination.stopReplaced(pod, preparation.sandbox());
            if (preparation.isDone()) {
                preparation.sandbox().ifPresent(this::startContainers);
            }
        }
        publish();
    }

    // Running.

    private void startContainers(Sandbox present) {
        for (ContainerSlot slot : slots) {
            if (slot.spec.role() == ContainerSpec.Role.EPHEMERAL) {
                ensureRunning(slot, present);
            }
        }
        for (ContainerSlot slot : slots) {
            if (slot.spec.role() == ContainerSpec.Role.EPHEMERAL) {
                continue;
            }
            boolean isMain = slot.spec.role() == ContainerSpec.Role.MAIN;
            if (isMain) {
                ensureRunning(slot, present);
                continue;
            }
            if (slot.spec.role() == ContainerSpec.Role.INIT && slot.hasSucceeded()) {
                continue;
            }
            ensureRunning(slot, present);
            boolean mayGoOn = slot.spec.role() == ContainerSpec.Role.SIDECAR && slot.isStarted;
            boolean wereMainsStarted = slots.stream().anyMatch(PodWorker::isMainThatRan);
            if (!mayGoOn && !wereMainsStarted) {
                return;
            }
        }
    }

    private static boolean isMainThatRan(ContainerSlot slot) {
        return slot.spec.role() == ContainerSpec.Role.MAIN && slot.attempt >= slot.firstAttempt;
    }

    private void ensureRunning(ContainerSlot slot, Sandbox present) {
        if (!slot.isQuiet()) {
            return;
        }
        boolean hasRun = slot.hasTerminated() || (slot.attempt >= 0 && slot.last.isPresent());
        if (hasRun && !slot.isReplaced && !RestartPolicy.of(pod).restarts(slot)) {
            return;
        }
        Instant now = parts.clock().instant();
        if (slot.notBefore.isAfter(now)) {
            return;
        }
        slot.isStarting = true;
        slot.isStopping = false;
        int attempt = slot.attempt + 1;
        ContainerStarter.Order order =
                new ContainerStarter.Order(
                        pod,
                        slot.spec.withResources(slot.allocated),
                        attempt,
                        present,
                        target(slot.spec));
        parts.tasks()
                .execute(() -> {
                    try {
                        ContainerStarter.Started result = starter.start(order);
                        mailbox.post(() -> onStarted(slot, order, result));
                    } catch (StartFailure e) {
                        mailbox.post(() -> onStartFailed(slot, attempt, e));
                    } catch (RuntimeException e) {
                        StartFailure unexpected =
                                new StartFailure(
                                        StartFailure.Kind.CONFIGURATION,
                                        "CreateContainerError",
                                        String.valueOf(e.getMessage()));
                        mailbox.post(() -> onStartFailed(slot, attempt, unexpected));
                    }
                });
    }

    /// The container whose processes an ephemeral one is to see.
    private Optional<RunningContainer> target(ContainerSpec spec) {
        return slots.stream()
                .filter(slot -> slot.spec.name().equals(spec.target()))
                .findFirst()
                .flatMap(slot -> Optional.ofNullable(slot.running));
    }

    private void onStarted(
            ContainerSlot slot, ContainerStarter.Order order, ContainerStarter.Started result) {
        slot.isStarting = false;
        slot.isReplaced = !slot.spec.image().equals(order.spec().image());
        slot.applied = order.spec().resources();
        slot.attempt = order.attempt();
        slot.previousLog = slot.log;
        slot.log = result.log();
        slot.running = result.container();
        slot.imageId = result.imageId();
        slot.pullBackoff = RestartBackoff.NONE;
        if (slot.state instanceof ContainerState.Terminated ended) {
            slot.last = Optional.of(ended);
        }
        slot.state = new ContainerState.Running(result.container().started());
        if (isLeaving) {
            result.container().leave();
            step();
            return;
        }
        slot.isStarted = slot.spec.probe(ContainerSpec.ProbeKind.STARTUP).isEmpty();
        slot.isReady =
                slot.isStarted && slot.spec.probe(ContainerSpec.ProbeKind.READINESS).isEmpty();
        watch(slot);
        step();
    }

    private void watch(ContainerSlot slot) {
        RunningContainer container = slot.running;
        if (container != null) {
            var _ =
                    container
                            .exit()
                            .thenAccept(exit -> mailbox.post(() -> onExit(slot, container, exit)));
            preparation.sandbox().ifPresent(sandbox -> probes.start(pod, slot, sandbox));
        }
    }

    private void onStartFailed(ContainerSlot slot, int attempt, StartFailure problem) {
        slot.isStarting = false;
        Instant now = parts.clock().instant();
        switch (problem.kind()) {
            case PULL -> {
                slot.pullBackoff = slot.pullBackoff.next();
                wait(
                        slot,
                        now.plus(slot.pullBackoff.delay()),
                        new ContainerState.Waiting(problem.reason(), problem.text()));
                boolean isFirst = problem.reason().equals("ErrImagePull");
                if (isFirst) {
                    parts.after(
                            Duration.ofSeconds(1),
                            () -> mailbox.post(() -> showPullBackoff(slot, problem)));
                }
            }
            case CONFIGURATION ->
                    wait(
                            slot,
                            now.plus(CONFIGURATION_RETRY),
                            new ContainerState.Waiting(problem.reason(), problem.text()));
            case RUN -> {
                slot.attempt = attempt;
                ended(slot, new ContainerExit(128, problem.reason(), problem.text(), now), now);
            }
        }
        step();
    }

    private void showPullBackoff(ContainerSlot slot, StartFailure problem) {
        if (slot.state instanceof ContainerState.Waiting waiting
                && waiting.reason().equals("ErrImagePull")
                && !slot.isStarting) {
            String message = "Back-off pulling image \"" + slot.spec.image() + "\"";
            slot.state =
                    new ContainerState.Waiting(
                            "ImagePullBackOff", message + ": ErrImagePull: " + problem.text());
            parts.normal(pod, slot.spec, "BackOff", message);
            publish();
        }
    }

    private void onExit(ContainerSlot slot, RunningContainer container, ContainerExit exit) {
        if (isLeaving) {
            return;
        }
        slot.running = null;
        slot.isStarted = false;
        slot.isReady = false;
        slot.stopProbes();
        ended(slot, withMessage(slot, container, exit), container.started());
        parts.tasks().execute(container::remove);
        step();
    }

    /// Notes a run's end and when the next may begin.
    private void ended(ContainerSlot slot, ContainerExit exit, Instant runStarted) {
        ContainerIdentity identity =
                new ContainerIdentity(pod.uid(), slot.spec.name(), slot.attempt);
        slot.state =
                new ContainerState.Terminated(exit, runStarted, ContainerState.idText(identity));
        if (slot.isReplaced) {
            slot.backoff = RestartBackoff.NONE;
            return;
        }
        if (termination.isBegun() || !RestartPolicy.of(pod).restarts(slot) || isOver()) {
            return;
        }
        slot.backoff = slot.backoff.judging(runStarted, exit.finished());
        Instant next = exit.finished().plus(slot.backoff.delay());
        if (slot.backoff.delay().isZero()) {
            slot.backoff = slot.backoff.next();
            return;
        }
        slot.last = Optional.of((ContainerState.Terminated) slot.state);
        String message =
                "back-off %s restarting failed container=%s pod=%s_%s(%s)"
                        .formatted(
                                slot.backoff.text(),
                                slot.spec.name(),
                                pod.name(),
                                pod.namespace(),
                                pod.uid());
        parts.warning(
                pod,
                slot.spec,
                "BackOff",
                "Back-off restarting failed container %s in pod %s_%s(%s)"
                        .formatted(slot.spec.name(), pod.name(), pod.namespace(), pod.uid()));
        slot.backoff = slot.backoff.next();
        wait(slot, next, new ContainerState.Waiting("CrashLoopBackOff", message));
    }

    private void wait(ContainerSlot slot, Instant until, ContainerState.Waiting state) {
        slot.state = state;
        slot.notBefore = until;
        parts.after(
                Duration.between(parts.clock().instant(), until), () -> mailbox.post(this::step));
    }

    /// With what the container wrote for the status, where its pod asks for that.
    private ContainerExit withMessage(
            ContainerSlot slot, RunningContainer container, ContainerExit exit) {
        String message =
                TerminationMessage.of(
                        slot.spec,
                        folders.terminationMessage(container.identity()),
                        exit,
                        slot.log);
        return message.isEmpty()
                ? exit
                : new ContainerExit(exit.code(), exit.reason(), message, exit.finished());
    }

    // Ending.

    private boolean isOver() {
        return failure.isPresent() || RestartPolicy.of(pod).isOver(slots);
    }

    private void stopLeftovers() {
        for (ContainerSlot slot : slots.reversed()) {
            if (slot.isRunning() && !slot.isStopping) {
                termination.stop(pod, slot, pod.grace(), preparation.sandbox().orElse(null));
            }
        }
    }

    private void checkDeadline() {
        PodDeadline deadline = PodDeadline.of(pod, started);
        Duration left = Duration.between(parts.clock().instant(), deadline.at());
        if (!deadline.isSet() || failure.isPresent()) {
            return;
        }
        if (left.isPositive()) {
            parts.after(left, () -> mailbox.post(this::step));
        } else {
            failure = Optional.of(PodDeadline.MISSED);
        }
    }

    /// Takes everything off the node, then lets the object go.
    private void release() {
        isReleased = true;
        preparation.close();
        var _ =
                statusWriter
                        .settled()
                        .thenRunAsync(
                                () -> {
                                    new PodRemoval(parts).remove(pod, folders);
                                    onGone.run();
                                },
                                parts.tasks());
    }

    private void publish() {
        if (isHistory) {
            return;
        }
        List<ContainerView> views = slots.stream().map(slot -> slot.view(pod.uid())).toList();
        PodView view =
                new PodView(
                        pod,
                        parts.settings().addressTexts(),
                        preparation.sandbox().map(Sandbox::addresses).orElse(List.of()),
                        started,
                        views,
                        resizing.conditions(pod),
                        failure);
        JsonObject status = PodStatus.of(view, parts.clock().instant());
        statusWriter.write(pod, status);
    }
}
