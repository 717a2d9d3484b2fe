package io.fairlead.node;

import io.fairlead.api.ApiException;
import io.fairlead.api.IpAddress;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.TransportException;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/// Makes what a pod's containers share before the first of them starts: its network, its files, its volumes; keeps the volumes up to
/// date afterwards. Owned by the pod's mailbox; the work itself runs elsewhere.
final class PodPreparation {
    private static final Duration RETRY = Duration.ofMillis(500);

    private final NodeParts parts;
    private final Mailbox mailbox;
    private final PodFolders folders;
    private final PodVolumes volumes;
    private final Runnable wake;
    private final Runnable refresh;
    private AssignedPod pod;
    private @Nullable Sandbox sandbox;
    private RestartBackoff backoff = RestartBackoff.NONE;
    private State state = State.MISSING;
    private boolean isListening;
    private boolean isClosed;

    private enum State {
        MISSING,
        UNDER_WAY,
        WAITING,
        DONE
    }

    /// @param wake called in the mailbox when something has changed
    PodPreparation(
            NodeParts parts,
            Mailbox mailbox,
            AssignedPod pod,
            PodFolders folders,
            PodVolumes volumes,
            Runnable wake) {
        this.parts = parts;
        this.mailbox = mailbox;
        this.pod = pod;
        this.folders = folders;
        this.volumes = volumes;
        this.wake = wake;
        this.refresh = () -> mailbox.post(this::refreshVolumes);
    }

    /// The pod's place on the network; empty until it has one.
    Optional<Sandbox> sandbox() {
        return Optional.ofNullable(sandbox);
    }

    /// Whether containers may start.
    boolean isDone() {
        return state == State.DONE;
    }

    /// Whether a thread is at work on it.
    boolean isUnderWay() {
        return state == State.UNDER_WAY;
    }

    /// Goes on with a sandbox that is there already.
    void resume(Sandbox present) {
        sandbox = present;
    }

    /// Begins, unless it has begun. Volumes show the pod's labels and annotations as they are now.
    void ensure(AssignedPod latest) {
        boolean tellsOtherwise =
                !latest.tree()
                                .object("metadata", "labels")
                                .equals(pod.tree().object("metadata", "labels"))
                        || !latest.tree()
                                .object("metadata", "annotations")
                                .equals(pod.tree().object("metadata", "annotations"));
        pod = latest;
        if (state == State.MISSING) {
            begin();
        } else if (tellsOtherwise) {
            refreshVolumes();
        }
    }

    /// Nothing is kept up to date any more.
    void close() {
        isClosed = true;
        if (isListening) {
            for (Map.Entry<ResourceType, ObjectName> object : VolumeSources.referenced(pod)) {
                parts.changes().stop(object.getKey(), object.getValue(), refresh);
            }
        }
    }

    private void begin() {
        state = State.UNDER_WAY;
        AssignedPod now = pod;
        Sandbox present = sandbox;
        CompletableFuture<Sandbox> network =
                present != null
                        ? CompletableFuture.completedFuture(present)
                        : CompletableFuture.supplyAsync(
                                () -> parts.network().create(now, folders), parts.tasks());
        var _ =
                network.thenCompose(made ->
                                CompletableFuture.runAsync(
                                        () -> prepareFiles(now, made), parts.tasks()))
                        .whenComplete((nothing, problem) ->
                                mailbox.post(() -> onPrepared(network, problem)));
    }

    private void onPrepared(CompletableFuture<Sandbox> network, @Nullable Throwable problem) {
        if (!network.isCompletedExceptionally()) {
            sandbox = network.join();
        }
        if (problem == null) {
            backoff = RestartBackoff.NONE;
            state = State.DONE;
            listen();
        } else {
            Throwable cause = problem.getCause() == null ? problem : problem.getCause();
            String message = String.valueOf(cause.getMessage());
            String reason = sandbox == null ? "FailedCreatePodSandBox" : "FailedMount";
            parts.warning(pod, reason, message);
            state = State.WAITING;
            Duration wait = backoff.delay().isZero() ? RETRY : backoff.delay();
            backoff = backoff.next();
            parts.after(wait, () -> mailbox.post(this::again));
        }
        wake.run();
    }

    private void again() {
        if (state == State.WAITING && !isClosed) {
            begin();
        }
    }

    private void prepareFiles(AssignedPod now, Sandbox made) {
        try {
            Files.createDirectories(folders.sharedMemory());
            Files.setAttribute(folders.sharedMemory(), "unix:mode", 01777);
            NodeSettings settings = parts.settings();
            Files.writeString(
                    folders.hosts(),
                    NameFiles.hosts(
                            now,
                            made.addresses(),
                            settings.clusterDomain(),
                            HostFiles.read("/etc/hosts")));
            Files.writeString(
                    folders.resolver(),
                    NameFiles.resolver(
                            now,
                            IpAddress.of(settings.dnsAddress()).toString(),
                            settings.clusterDomain(),
                            HostFiles.read("/etc/resolv.conf")));
            prepareVolumes(now, made);
        } catch (ConfigurationException | IOException | ApiException | TransportException e) {
            throw new CompletionException(e);
        }
    }

    private void prepareVolumes(AssignedPod now, Sandbox made) throws ConfigurationException {
        DownwardFields fields =
                new DownwardFields(
                        now,
                        made.addresses(),
                        parts.settings().name(),
                        parts.settings().addressTexts(),
                        parts.settings().capacity());
        Optional<Instant> renewAt = volumes.prepare(now, fields);
        if (renewAt.isPresent()) {
            parts.after(Duration.between(parts.clock().instant(), renewAt.get()), refresh);
        }
    }

    private void listen() {
        if (isListening || isClosed) {
            return;
        }
        isListening = true;
        for (Map.Entry<ResourceType, ObjectName> object : VolumeSources.referenced(pod)) {
            parts.changes().listen(object.getKey(), object.getValue(), refresh);
        }
    }

    private void refreshVolumes() {
        Sandbox present = sandbox;
        if (present == null || state != State.DONE || isClosed) {
            return;
        }
        AssignedPod now = pod;
        parts.tasks()
                .execute(() -> {
                    try {
                        prepareVolumes(now, present);
                    } catch (ConfigurationException
                            | NodeException
                            | ApiException
                            | TransportException e) {
                        parts.warning(now, "FailedMount", String.valueOf(e.getMessage()));
                    }
                });
    }
}
