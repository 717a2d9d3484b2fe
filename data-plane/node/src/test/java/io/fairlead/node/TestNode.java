package io.fairlead.node;

import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.images.ImageConfig;
import io.fairlead.images.ImageException;
import io.fairlead.images.ImageReference;
import io.fairlead.images.ImageSource;
import io.fairlead.images.LocalImage;
import io.fairlead.images.RegistryCredentials;
import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.ProcessDescriptor;
import io.fairlead.linux.ProcessWatcher;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/// A node with everything real but its API server and its images. The only image is the machine's busybox.
final class TestNode implements AutoCloseable {
    static final String NODE = "node-1";
    static final String IMAGE = "fairlead.io/busybox:1";
    static final Duration LIMIT = Duration.ofSeconds(20);

    final String cluster = "flt-node-" + UUID.randomUUID().toString().substring(0, 8);
    final FakeApi api = new FakeApi();
    final Path run = Path.of("/run/fairlead", cluster);
    final NodeSettings settings =
            new NodeSettings(
                    cluster,
                    NODE,
                    List.of(Cidr.literal("172.30.99.11")),
                    FamilyCidrs.parse("10.199.1.0/24"),
                    run.resolve("netns/" + NODE),
                    run,
                    run.resolve("pods"),
                    Cidr.literal("10.96.0.10"),
                    "cluster.local",
                    Map.of("cpu", "2", "memory", "4Gi", "pods", "110"),
                    Map.of());
    final ControlGroups groups = ControlGroups.detect();
    final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
    final ExecutorService processThreads = Executors.newCachedThreadPool();
    final ScheduledExecutorService timer = Executors.newScheduledThreadPool(1);
    final MultiThreadIoEventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    final ProcessWatcher watcher;
    final Path layer = run.resolve("layer");
    final Map<String, InProcessProgram> programs;
    volatile Drain drain = Drain.NONE;
    NodeAgent agent;

    private TestNode(Map<String, InProcessProgram> programs) {
        this.programs = programs;
        ProcessDescriptor.adoptOrphans();
        watcher = ProcessWatcher.start();
        makeLayer();
        NetworkNamespace.create(settings.namespace()).close();
        try (NetworkNamespace node = NetworkNamespace.open(settings.namespace());
                NetworkStack stack = NetworkStack.open(node)) {
            stack.links().setUp("lo");
        }
        agent = newAgent();
        agent.start();
    }

    static TestNode start() {
        return start(Map.of());
    }

    static TestNode start(Map<String, InProcessProgram> programs) {
        Requirement.rootAnd("runc", "busybox");
        return new TestNode(programs);
    }

    NodeAgent newAgent() {
        ProcessStarter processes = new ProcessStarter(processThreads);
        OciProgram program =
                new OciProgram(
                        Path.of("/usr/sbin/runc"), run.resolve(OciProgram.STATE_FOLDER), processes);
        Cgroups cgroups = new Cgroups(groups, settings.cgroup());
        OciRuntime oci =
                new OciRuntime(
                        program,
                        cgroups,
                        ProcessExits.by(watcher),
                        processes,
                        Clock.systemUTC(),
                        Thread.ofPlatform().daemon().factory());
        return new NodeAgent(
                settings,
                api,
                new NodeAgent.Means(
                        oci,
                        cgroups,
                        programs,
                        new BusyboxOnly(),
                        (addresses, limit) -> drain.drained(addresses, limit),
                        loops,
                        Clock.systemUTC(),
                        tasks,
                        timer));
    }

    JsonObject pod(String name, JsonObject spec) {
        return JsonObject.builder()
                .put("apiVersion", "v1")
                .put("kind", "Pod")
                .put(
                        "metadata",
                        JsonObject.of(
                                "name",
                                Json.of(name),
                                "namespace",
                                Json.of("default"),
                                "uid",
                                Json.of(UUID.randomUUID().toString())))
                .put("spec", spec.with("nodeName", NODE))
                .build();
    }

    static JsonObject container(String name, String script) {
        return JsonObject.builder()
                .put("name", name)
                .put("image", IMAGE)
                .put("command", FakeApi.array(Json.of("sh"), Json.of("-c"), Json.of(script)))
                .build();
    }

    static JsonObject spec(JsonObject... containers) {
        return JsonObject.of("containers", FakeApi.array(containers));
    }

    void create(JsonObject pod) {
        api.put(ResourceType.POD, pod);
    }

    void delete(String name, long graceSeconds) {
        JsonObject pod = get(name).orElseThrow();
        api.put(
                ResourceType.POD,
                pod.withAt(
                                Json.of(Clock.systemUTC().instant().toString()),
                                "metadata",
                                "deletionTimestamp")
                        .withAt(Json.of(graceSeconds), "metadata", "deletionGracePeriodSeconds"));
    }

    Optional<JsonObject> get(String name) {
        return api.find(ResourceType.POD, new ObjectName("default", name));
    }

    JsonObject await(String name, java.util.function.Predicate<JsonObject> condition) {
        try {
            return Await.until(LIMIT, () -> get(name).filter(condition).orElse(null));
        } catch (AssertionError e) {
            throw new AssertionError(
                    "pod is " + get(name) + "; events " + api.all(ResourceType.EVENT), e);
        }
    }

    JsonObject awaitReady(String name) {
        return await(name, pod -> condition(pod, "Ready").equals("True"));
    }

    void awaitGone(String name) {
        Await.until(LIMIT, () -> get(name).isEmpty());
    }

    static String condition(JsonObject pod, String type) {
        return pod.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .map(condition -> condition.text("status"))
                .findFirst()
                .orElse("");
    }

    static Json status(JsonObject pod, int container) {
        return pod.list("status", "containerStatuses").get(container);
    }

    String log(JsonObject pod, String container, int attempt) throws IOException {
        Path file = settings.pod(pod.text("metadata", "uid")).log(container, attempt);
        return Files.exists(file) ? Files.readString(file) : "";
    }

    /// As if the process had been killed and started again.
    void restartAgent() {
        agent.close();
        agent = newAgent();
        agent.start();
    }

    /// As if the machine had been started anew: the agent comes back to nothing but what the API knows.
    void restartMachine() {
        agent.close();
        NodeRemains.remove(cluster, run, settings.podsDirectory(), groups);
        agent = newAgent();
        agent.start();
    }

    @Override
    public void close() {
        agent.close();
        NodeRemains.remove(cluster, run, settings.podsDirectory(), groups);
        NetworkNamespace.delete(settings.namespace());
        FileTrees.deleteIfThere(run);
        watcher.close();
        timer.shutdownNow();
        tasks.shutdownNow();
        processThreads.shutdownNow();
        var _ = loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    }

    private void makeLayer() {
        try {
            for (String folder : List.of("bin", "etc", "tmp", "proc", "sys", "dev")) {
                Files.createDirectories(layer.resolve(folder));
            }
            Path busybox = layer.resolve("bin/busybox");
            Files.copy(Requirement.find("busybox").orElseThrow(), busybox);
            Files.writeString(
                    layer.resolve("etc/passwd"),
                    "root:x:0:0:root:/:/bin/sh\nweb:x:101:102::/:/bin/sh\n");
            for (String applet :
                    Command.run("busybox", "--list").succeeded().output().lines().toList()) {
                if (!applet.equals("busybox")) {
                    Files.createSymbolicLink(layer.resolve("bin/" + applet), Path.of("busybox"));
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private final class BusyboxOnly implements ImageSource {
        @Override
        public Optional<LocalImage> find(ImageReference reference) {
            return reference.equals(ImageReference.parse(IMAGE))
                    ? Optional.of(
                            new LocalImage(
                                    "sha256:0",
                                    List.of(layer),
                                    new ImageConfig(
                                            List.of("FROM_IMAGE=yes"),
                                            List.of(),
                                            List.of("sh"),
                                            "",
                                            "",
                                            List.of(),
                                            "",
                                            Map.of())))
                    : Optional.empty();
        }

        @Override
        public LocalImage pull(ImageReference reference, RegistryCredentials credentials)
                throws ImageException {
            return find(reference)
                    .orElseThrow(() -> new ImageException("there is no image " + reference));
        }
    }
}
