package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.images.ImageReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Takes up a pod that an earlier life of this program had begun: its sandbox, and of each container the newest run.
final class PodRecovery {
    private final NodeParts parts;
    private final AssignedPod pod;
    private final PodFolders folders;

    private PodRecovery(NodeParts parts, AssignedPod pod, PodFolders folders) {
        this.parts = parts;
        this.pod = pod;
        this.folders = folders;
    }

    /// Fills in the slots.
    ///
    /// @return empty when there is nothing to go on with; then whatever was there is gone
    static Optional<Sandbox> of(
            NodeParts parts, AssignedPod pod, PodFolders folders, List<ContainerSlot> slots) {
        return new PodRecovery(parts, pod, folders).recover(slots);
    }

    private Optional<Sandbox> recover(List<ContainerSlot> slots) {
        Optional<Sandbox> sandbox =
                Files.exists(folders.top()) ? parts.network().find(pod, folders) : Optional.empty();
        if (sandbox.isEmpty()) {
            // Its processes would be cut off: a new sandbox, new containers.
            new PodRemains(folders).removeLost(pod.uid(), parts);
            slots.forEach(this::lose);
            return Optional.empty();
        }
        for (ContainerSlot slot : slots) {
            newestAttempt(slot.spec.name())
                    .ifPresentOrElse(attempt -> recover(slot, attempt), () -> lose(slot));
        }
        return sandbox;
    }

    /// Nothing of the container is here: it goes on from what the API was told of it, as the next run.
    private void lose(ContainerSlot slot) {
        Optional<JsonObject> found = told(slot.spec.name());
        if (found.isEmpty()) {
            return;
        }
        JsonObject status = found.get();
        int restarts = (int) status.number(0, "restartCount");
        Optional<ContainerState.Terminated> ended = terminated(status, "state");
        if (status.has("state", "running")) {
            ended =
                    Optional.of(
                            new ContainerState.Terminated(
                                    ContainerExit.unknown(parts.clock().instant()),
                                    instant(status.object("state", "running").text("startedAt")),
                                    status.text("containerID")));
        }
        Optional<ContainerState.Terminated> last = terminated(status, "lastState");
        if (ended.isEmpty() && last.isEmpty()) {
            return;
        }
        slot.attempt = restarts;
        slot.firstAttempt = restarts + 1;
        slot.imageId = status.text("imageID");
        if (slot.spec.role() == ContainerSpec.Role.INIT) {
            // What it prepared went with the sandbox, so it runs again even if it succeeded.
            return;
        }
        slot.last = last;
        ended.ifPresent(state -> slot.state = state);
    }

    private void recover(ContainerSlot slot, int attempt) {
        ContainerSpec spec = slot.spec;
        ContainerIdentity identity = new ContainerIdentity(pod.uid(), spec.name(), attempt);
        ContainerLog log = log(spec.name(), attempt);
        Optional<RunningContainer> found =
                runtime(spec).find(identity, folders.container(identity), log);
        slot.attempt = found.isPresent() ? attempt : attempt - 1;
        slot.log = log;
        if (attempt > 0) {
            slot.previousLog = log(spec.name(), attempt - 1);
            slot.previousLog.end();
        }
        Optional<JsonObject> told = told(spec.name());
        told.ifPresent(status -> slot.imageId = status.text("imageID"));
        told.flatMap(status -> terminated(status, "lastState"))
                .ifPresent(last -> slot.last = Optional.of(last));
        if (found.isEmpty()) {
            return;
        }
        slot.running = found.get();
        told.filter(status -> status.has("resources"))
                .ifPresent(status -> {
                    slot.applied = status.object("resources");
                    slot.allocated = slot.applied;
                });
        slot.state = new ContainerState.Running(found.get().started());
        boolean wasRunning = told.filter(status -> status.has("state", "running")).isPresent();
        boolean needsStartup = spec.probe(ContainerSpec.ProbeKind.STARTUP).isPresent();
        boolean needsReadiness = spec.probe(ContainerSpec.ProbeKind.READINESS).isPresent();
        boolean wasStarted =
                wasRunning && told.filter(status -> status.flag("started")).isPresent();
        boolean wasReady = wasRunning && told.filter(status -> status.flag("ready")).isPresent();
        slot.isStarted = !needsStartup || wasStarted;
        slot.isReady = slot.isStarted && (!needsReadiness || wasReady);
    }

    private ContainerRuntime runtime(ContainerSpec spec) {
        try {
            return InProcessRuntime.isProgram(ImageReference.parse(spec.image()))
                    ? parts.inProcess()
                    : parts.oci();
        } catch (IllegalArgumentException e) {
            return parts.oci();
        }
    }

    private ContainerLog log(String container, int attempt) {
        return new ContainerLog(folders.log(container, attempt), parts.clock());
    }

    private Optional<Integer> newestAttempt(String container) {
        Path attempts = folders.attempts(container);
        if (!Files.isDirectory(attempts)) {
            return Optional.empty();
        }
        try (Stream<Path> all = Files.list(attempts)) {
            return all.map(path -> Integer.parseInt(path.getFileName().toString()))
                    .max(Comparator.naturalOrder());
        } catch (IOException | NumberFormatException e) {
            throw new NodeException("cannot read " + attempts, e);
        }
    }

    /// What the pod's status in the API says of a container.
    private Optional<JsonObject> told(String container) {
        for (String list :
                List.of(
                        "initContainerStatuses",
                        "containerStatuses",
                        "ephemeralContainerStatuses")) {
            for (Json status : pod.status().list(list)) {
                if (status.text("name").equals(container)) {
                    return Optional.of((JsonObject) status);
                }
            }
        }
        return Optional.empty();
    }

    /// @param field `state` or `lastState`
    private static Optional<ContainerState.Terminated> terminated(JsonObject status, String field) {
        JsonObject ended = status.object(field, "terminated");
        if (ended.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new ContainerState.Terminated(
                        new ContainerExit(
                                (int) ended.number(0, "exitCode"),
                                ended.text("reason"),
                                ended.text("message"),
                                instant(ended.text("finishedAt"))),
                        instant(ended.text("startedAt")),
                        ended.text("containerID")));
    }

    private static Instant instant(String text) {
        return text.isEmpty() ? Instant.EPOCH : Instant.parse(text);
    }
}
