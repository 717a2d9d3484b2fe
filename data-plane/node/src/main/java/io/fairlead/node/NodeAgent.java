package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.Selection;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.images.ImageSource;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The agent of one node: registers it, and makes each pod that is bound to it run, by one [PodWorker] each. Several live in one process,
/// one for each node's network namespace.
///
/// Safe for use by many threads.
public final class NodeAgent implements AutoCloseable {
    private static final long LEAVING_SECONDS_MAX = 10;

    private final NodeSettings settings;
    private final Transport transport;
    private final Means means;
    private final PodTraffic traffic;
    private final UsagePages usagePages;
    private final Map<String, PodWorker> workers = new ConcurrentHashMap<>();
    private @Nullable NodeParts parts;
    private @Nullable ClusterWatcher watcher;
    private @Nullable NodeRegistration registration;
    private boolean isSwept;

    /// What the process lends to its nodes.
    ///
    /// @param oci runs containers of this node; its [Cgroups] are those of [NodeSettings#cgroup]
    /// @param programs the in-process containers by name
    /// @param loops NIO event loops, for probes
    /// @param tasks runs what waits; virtual threads do
    /// @param timer whose tasks are short
    public record Means(
            ContainerRuntime oci,
            Cgroups cgroups,
            Map<String, InProcessProgram> programs,
            ImageSource images,
            Drain drain,
            EventLoopGroup loops,
            InstantSource clock,
            Executor tasks,
            ScheduledExecutorService timer) {}

    public NodeAgent(NodeSettings settings, Transport transport, Means means) {
        this(settings, transport, means, PodTraffic.UNHEARD);
    }

    /// @param traffic hears of each pod before its first process starts
    public NodeAgent(NodeSettings settings, Transport transport, Means means, PodTraffic traffic) {
        this.traffic = traffic;
        this.settings = settings;
        this.transport = transport;
        this.means = means;
        this.usagePages = new UsagePages(settings.name(), means.clock().instant());
    }

    /// Begins: what an earlier life of this program left is taken up as soon as the API has told which pods there are.
    ///
    /// @throws io.fairlead.linux.LinuxException when the node's namespace cannot be used
    public synchronized void start() {
        KubeClient client = new KubeClient(transport);
        PodNetwork network = PodNetwork.open(settings, traffic);
        ClusterWatcher watching =
                new ClusterWatcher(
                        transport,
                        List.of(
                                Watched.all(ResourceType.POD)
                                        .selecting(
                                                Selection.byFields(
                                                        "spec.nodeName=" + settings.name())),
                                Watched.all(ResourceType.SERVICE)
                                        .stripped(NodeAgent::strippedService)),
                        means.tasks(),
                        means.timer());
        parts =
                new NodeParts(
                        settings,
                        client,
                        new EventRecorder(
                                client, "kubelet", settings.name(), means.clock(), means.tasks()),
                        network,
                        means.oci(),
                        new InProcessRuntime(means.programs(), settings.name(), means.clock()),
                        means.cgroups(),
                        means.images(),
                        new ProbeChecks(means.loops(), network.node(), means.tasks()),
                        means.drain(),
                        new ObjectChanges(transport, means.tasks(), means.timer()),
                        () -> watching.snapshot().list(ResourceType.SERVICE),
                        () -> workers.values().stream().map(PodWorker::pod).toList(),
                        means.clock(),
                        means.tasks(),
                        means.timer());
        watcher = watching;
        watching.subscribe(means.tasks(), this::onChange);
        watching.start();
        NodeRegistration registering =
                new NodeRegistration(settings, client, means.clock(), means.tasks(), means.timer());
        registration = registering;
        registering.start();
    }

    /// Stops reporting and deciding. Containers run on, except the in-process ones, which end with their process.
    @Override
    public synchronized void close() {
        if (registration != null) {
            registration.close();
        }
        if (watcher != null) {
            watcher.close();
        }
        // Whatever is being started comes to an end first, so that nothing appears afterwards.
        CompletableFuture.allOf(
                        workers.values().stream()
                                .map(PodWorker::leave)
                                .toArray(CompletableFuture[]::new))
                .completeOnTimeout(null, LEAVING_SECONDS_MAX, TimeUnit.SECONDS)
                .join();
        if (parts != null) {
            parts.changes().close();
            parts.network().close();
        }
    }

    public NodeSettings settings() {
        return settings;
    }

    InstantSource clock() {
        return means.clock();
    }

    UsagePages usagePages() {
        return usagePages;
    }

    /// What the pods use now.
    CompletableFuture<NodeUsage> usage() {
        return NodeUsage.of(
                workers.values(), means.cgroups(), means.clock().instant(), means.tasks());
    }

    Collection<PodWorker> workers() {
        return List.copyOf(workers.values());
    }

    Optional<PodWorker> worker(ObjectName name) {
        return workers.values().stream()
                .filter(worker -> worker.pod().objectName().equals(name))
                .findFirst();
    }

    /// One call at a time, by the watcher's contract.
    private void onChange(ClusterSnapshot snapshot, ClusterDelta delta) {
        if (!isSwept) {
            isSwept = true;
            sweep(snapshot);
        }
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.POD)) {
                onPod(change);
            }
        }
    }

    private void onPod(ObjectChange change) {
        Optional<AssignedPod> before = change.before().map(AssignedPod::new);
        Optional<AssignedPod> after = change.after().map(AssignedPod::new);
        if (before.isPresent()
                && (after.isEmpty() || !after.get().uid().equals(before.get().uid()))) {
            PodWorker old = workers.get(before.get().uid());
            if (old != null) {
                old.vanish();
            }
        }
        if (after.isPresent()) {
            AssignedPod pod = after.get();
            PodWorker known = workers.get(pod.uid());
            if (known != null) {
                known.update(pod);
            } else {
                begin(pod);
            }
        }
    }

    private void begin(AssignedPod pod) {
        NodeParts present = parts;
        if (present == null) {
            throw new IllegalStateException("pods came before the agent was started");
        }
        PodWorker worker = new PodWorker(present, pod, () -> workers.remove(pod.uid()));
        workers.put(pod.uid(), worker);
        worker.start();
    }

    /// Removes what is left of pods that the API does not know any more.
    private void sweep(ClusterSnapshot snapshot) {
        Set<String> known = new HashSet<>();
        for (JsonObject pod : snapshot.list(ResourceType.POD)) {
            known.add(pod.text("metadata", "uid"));
        }
        Path pods = settings.pods();
        if (!Files.isDirectory(pods)) {
            return;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(pods)) {
            for (Path folder : folders) {
                String uid = folder.getFileName().toString();
                if (!known.contains(uid)) {
                    means.tasks().execute(() -> removeLost(uid));
                }
            }
        } catch (IOException e) {
            throw new NodeException("cannot list " + pods, e);
        }
    }

    private void removeLost(String uid) {
        NodeParts present = parts;
        if (present != null) {
            new PodRemains(settings.pod(uid)).removeLost(uid, present);
        }
    }

    /// Containers learn of a Service's address and ports only.
    private static JsonObject strippedService(JsonObject service) {
        JsonObject metadata =
                JsonObject.builder()
                        .put("name", service.text("metadata", "name"))
                        .put("namespace", service.text("metadata", "namespace"))
                        .build();
        JsonObject spec = service.object("spec");
        JsonObject.Builder kept = JsonObject.builder().put("clusterIP", spec.text("clusterIP"));
        spec.find("ports").ifPresent(ports -> kept.put("ports", ports));
        return JsonObject.of("metadata", metadata, "spec", kept.build());
    }
}
