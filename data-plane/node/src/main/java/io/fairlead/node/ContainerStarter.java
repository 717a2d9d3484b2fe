package io.fairlead.node;

import io.fairlead.images.ImageConfig;
import io.fairlead.images.ImageReference;
import io.fairlead.images.LocalImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Starts one container once: image, environment, mounts, process, hook. Every call waits as long as it takes, so it belongs on
/// a thread that may.
final class ContainerStarter {
    private static final String TERMINATION_LOG = "/dev/termination-log";
    private static final Duration HOOK_LIMIT = Duration.ofMinutes(10);

    private final NodeParts parts;
    private final PodFolders folders;
    private final PodVolumes volumes;

    ContainerStarter(NodeParts parts, PodFolders folders, PodVolumes volumes) {
        this.parts = parts;
        this.folders = folders;
        this.volumes = volumes;
    }

    /// A container that has been started, and what its status shows of it.
    record Started(RunningContainer container, ContainerLog log, String imageId) {}

    /// One run that is wanted.
    ///
    /// @param target the container whose processes it is to see, for ephemeral ones
    record Order(
            AssignedPod pod,
            ContainerSpec spec,
            int attempt,
            Sandbox sandbox,
            Optional<RunningContainer> target) {}

    /// @throws StartFailure when it does not run; nothing of it is left then but its log
    Started start(Order order) throws StartFailure {
        AssignedPod pod = order.pod();
        ContainerSpec spec = order.spec();
        int attempt = order.attempt();
        Sandbox sandbox = order.sandbox();
        ImageReference reference = ImageFetcher.reference(spec.image());
        boolean isProgram = InProcessRuntime.isProgram(reference);
        Optional<LocalImage> image =
                isProgram
                        ? Optional.empty()
                        : Optional.of(
                                new ImageFetcher(parts)
                                        .fetch(
                                                pod,
                                                spec,
                                                spec.image(),
                                                spec.tree().text("imagePullPolicy"),
                                                reference));
        synchronized (volumes) {
            new ImageVolume(parts, folders).mountFor(pod, spec);
        }
        ContainerIdentity identity = new ContainerIdentity(pod.uid(), spec.name(), attempt);
        ContainerLog log = new ContainerLog(folders.log(spec.name(), attempt), parts.clock());
        ContainerRuntime runtime = isProgram ? parts.inProcess() : parts.oci();
        RunningContainer container;
        try {
            ContainerPlan plan = plan(order, identity, image, log);
            container = runtime.start(plan);
        } catch (ConfigurationException e) {
            String message = String.valueOf(e.getMessage());
            parts.warning(pod, spec, "Failed", "Error: " + message);
            throw new StartFailure(
                    StartFailure.Kind.CONFIGURATION, "CreateContainerConfigError", message);
        } catch (ContainerStartException e) {
            log.end();
            String message = "failed to start container: " + e.getMessage();
            parts.warning(pod, spec, "Failed", "Error: " + message);
            throw new StartFailure(StartFailure.Kind.RUN, "StartError", message);
        } catch (IOException e) {
            throw new StartFailure(
                    StartFailure.Kind.CONFIGURATION,
                    "CreateContainerError",
                    "cannot prepare container " + spec.name() + ": " + e.getMessage());
        }
        parts.normal(pod, spec, "Created", "Container created");
        parts.normal(pod, spec, "Started", "Container started");
        runPostStart(pod, spec, container, sandbox);
        return new Started(container, log, image.map(LocalImage::id).orElse(reference.toString()));
    }

    private ContainerPlan plan(
            Order order, ContainerIdentity identity, Optional<LocalImage> image, ContainerLog log)
            throws ConfigurationException, IOException {
        AssignedPod pod = order.pod();
        ContainerSpec spec = order.spec();
        Sandbox sandbox = order.sandbox();
        DownwardFields fields =
                new DownwardFields(
                        pod,
                        sandbox.addresses(),
                        parts.settings().name(),
                        parts.settings().addressTexts(),
                        parts.settings().capacity());
        ServiceVariables.Links links =
                pod.spec().has("enableServiceLinks") && !pod.spec().flag("enableServiceLinks")
                        ? ServiceVariables.Links.DISABLED
                        : ServiceVariables.Links.ENABLED;
        Map<String, String> variables =
                new ContainerEnvironment(
                                pod,
                                fields,
                                parts.client()::find,
                                ServiceVariables.of(parts.services().get(), pod.namespace(), links))
                        .of(spec);
        forgetOldAttempts(identity);
        Path directory = folders.container(identity);
        FileTrees.deleteIfThere(directory);
        Files.createDirectories(directory);
        List<BindMount> mounts = new ArrayList<>(podMounts(spec, identity));
        mounts.addAll(volumes.mounts(pod, spec, variables));
        ImageConfig config = image.map(LocalImage::config).orElse(ContainerPlan.NO_IMAGE_CONFIG);
        if (!config.stopSignal().isEmpty()) {
            Files.writeString(directory.resolve("stop-signal"), config.stopSignal());
        }
        return new ContainerPlan(
                identity,
                pod,
                spec,
                sandbox,
                config,
                image.map(LocalImage::layers).orElse(List.of()),
                variables,
                mounts,
                order.target().flatMap(RunningContainer::processNamespace),
                directory,
                log);
    }

    /// The run before stays, for its log; those before that go.
    private void forgetOldAttempts(ContainerIdentity identity) throws IOException {
        int old = identity.attempt() - 2;
        if (old >= 0) {
            String name = identity.container();
            FileTrees.deleteIfThere(
                    folders.container(new ContainerIdentity(identity.podUid(), name, old)));
            Files.deleteIfExists(folders.log(name, old));
        }
    }

    /// What every container of the pod sees, but where its own volumes lie above it.
    private List<BindMount> podMounts(ContainerSpec spec, ContainerIdentity identity)
            throws IOException {
        Path message = folders.terminationMessage(identity);
        Files.createFile(message);
        Files.setAttribute(message, "unix:mode", 0666);
        String path = spec.tree().text("terminationMessagePath");
        return List.of(
                BindMount.of(folders.hosts(), "/etc/hosts", BindMount.Access.READ_WRITE),
                BindMount.of(folders.resolver(), "/etc/resolv.conf", BindMount.Access.READ_WRITE),
                BindMount.of(folders.sharedMemory(), "/dev/shm", BindMount.Access.READ_WRITE),
                BindMount.of(
                        message,
                        path.isEmpty() ? TERMINATION_LOG : path,
                        BindMount.Access.READ_WRITE));
    }

    private void runPostStart(
            AssignedPod pod, ContainerSpec spec, RunningContainer container, Sandbox sandbox)
            throws StartFailure {
        if (spec.hook("postStart").isEmpty()) {
            return;
        }
        ProbeOutcome outcome =
                new Hooks(parts)
                        .run(spec.hook("postStart"), spec, container, sandbox, HOOK_LIMIT)
                        .completeOnTimeout(
                                ProbeOutcome.failure("the hook takes too long"),
                                HOOK_LIMIT.toMillis(),
                                TimeUnit.MILLISECONDS)
                        .join();
        if (!outcome.isSuccess()) {
            parts.warning(pod, spec, "FailedPostStartHook", "PostStartHook failed");
            container.kill();
            container.exit().join();
            container.remove();
            throw new StartFailure(StartFailure.Kind.RUN, "PostStartHookError", outcome.message());
        }
    }
}
