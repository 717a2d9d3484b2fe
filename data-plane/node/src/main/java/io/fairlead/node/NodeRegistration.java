package io.fairlead.node;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.KubeClient;
import io.fairlead.client.TransportException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Keeps the node's own objects in the API: its Node, with what it is and that it is well, and its Lease, which says that it lives.
///
/// The Lease is renewed every 10 seconds, the Node's condition every 5 minutes, as Kubernetes' own agents do.
final class NodeRegistration {
    static final String VERSION = "v1.36.0+fairlead";

    private static final Duration RENEWAL = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofMillis(200);
    private static final int STATUS_EVERY = 30;
    private static final int LEASE_SECONDS = 40;
    private static final String LEASE_NAMESPACE = "kube-node-lease";
    private static final DateTimeFormatter MICROS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

    private final NodeSettings settings;
    private final KubeClient client;
    private final InstantSource clock;
    private final Executor tasks;
    private final ScheduledExecutorService timer;
    private volatile boolean isClosed;
    private int beats;

    NodeRegistration(
            NodeSettings settings,
            KubeClient client,
            InstantSource clock,
            Executor tasks,
            ScheduledExecutorService timer) {
        this.settings = settings;
        this.client = client;
        this.clock = clock;
        this.tasks = tasks;
        this.timer = timer;
    }

    /// Registers the node and keeps it registered until [#close].
    void start() {
        tasks.execute(this::beat);
    }

    void close() {
        isClosed = true;
    }

    private void beat() {
        Duration next = RENEWAL;
        try {
            if (beats % STATUS_EVERY == 0 || isDoubted()) {
                register();
            }
            renewLease();
            beats++;
        } catch (ApiException | TransportException e) {
            next = RETRY;
            System.getLogger("io.fairlead.node")
                    .log(
                            System.Logger.Level.DEBUG,
                            "node " + settings.name() + " cannot report",
                            e);
        }
        if (!isClosed) {
            var _ =
                    timer.schedule(
                            () -> tasks.execute(this::beat),
                            next.toMillis(),
                            TimeUnit.MILLISECONDS);
        }
    }

    /// Whether somebody took our silence for our end, as after the machine slept.
    private boolean isDoubted() {
        return client.find(ResourceType.NODE, ObjectName.clusterWide(settings.name()))
                .filter(node -> new Node(node).isReady())
                .isEmpty();
    }

    private void register() {
        ObjectName name = ObjectName.clusterWide(settings.name());
        JsonObject present = client.find(ResourceType.NODE, name).orElseGet(() -> create(name));
        JsonObject labels =
                JsonObject.of("metadata", JsonObject.of("labels", JsonObject.ofStrings(labels())));
        if (!present.texts("metadata", "labels").entrySet().containsAll(labels().entrySet())) {
            client.patch(ResourceType.NODE, name, ApiRequest.MERGE_PATCH, labels);
        }
        client.patchStatus(
                ResourceType.NODE,
                name,
                ApiRequest.STRATEGIC_MERGE_PATCH,
                JsonObject.of("status", status(present)));
    }

    private JsonObject create(ObjectName name) {
        JsonObject node =
                JsonObject.builder()
                        .put("apiVersion", "v1")
                        .put("kind", "Node")
                        .put(
                                "metadata",
                                JsonObject.of(
                                        "name",
                                        Json.of(name.name()),
                                        "labels",
                                        JsonObject.ofStrings(labels())))
                        .put(
                                "spec",
                                JsonObject.of(
                                        "podCIDR",
                                        Json.of(settings.podRanges().primary().toString()),
                                        "podCIDRs",
                                        JsonArray.from(
                                                settings.podRanges().list(),
                                                range -> Json.of(range.toString()))))
                        .build();
        try {
            return client.create(ResourceType.NODE, node);
        } catch (ApiException e) {
            if (e.isConflict()) {
                return client.get(ResourceType.NODE, name);
            }
            throw e;
        }
    }

    private Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("kubernetes.io/hostname", settings.name());
        labels.put("kubernetes.io/os", "linux");
        labels.put("kubernetes.io/arch", architecture());
        labels.put("beta.kubernetes.io/os", "linux");
        labels.put("beta.kubernetes.io/arch", architecture());
        labels.putAll(settings.labels());
        return labels;
    }

    private JsonObject status(JsonObject present) {
        JsonObject capacity = JsonObject.ofStrings(settings.capacity());
        return JsonObject.builder()
                .put("capacity", capacity)
                .put("allocatable", capacity)
                .put("conditions", conditions(present))
                .put("addresses", addresses())
                .put(
                        "daemonEndpoints",
                        JsonObject.of(
                                "kubeletEndpoint",
                                JsonObject.of("Port", Json.of(NodeSettings.API_PORT))))
                .put("nodeInfo", nodeInfo())
                .build();
    }

    private JsonArray addresses() {
        return JsonArray.from(settings.addressTexts(), address -> address("InternalIP", address))
                .plus(address("Hostname", settings.name()));
    }

    private JsonArray conditions(JsonObject present) {
        return JsonArray.of(
                condition(
                        present,
                        "MemoryPressure",
                        "False",
                        "KubeletHasSufficientMemory",
                        "kubelet has sufficient memory available"),
                condition(
                        present,
                        "DiskPressure",
                        "False",
                        "KubeletHasNoDiskPressure",
                        "kubelet has no disk pressure"),
                condition(
                        present,
                        "PIDPressure",
                        "False",
                        "KubeletHasSufficientPID",
                        "kubelet has sufficient PID available"),
                condition(
                        present,
                        "Ready",
                        "True",
                        "KubeletReady",
                        "kubelet is posting ready status"));
    }

    private JsonObject condition(
            JsonObject present, String type, String status, String reason, String message) {
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        Optional<String> since =
                present.list("status", "conditions").stream()
                        .filter(condition -> condition.text("type").equals(type))
                        .filter(condition -> condition.text("status").equals(status))
                        .map(condition -> condition.text("lastTransitionTime"))
                        .filter(text -> !text.isEmpty())
                        .findFirst();
        return JsonObject.builder()
                .put("type", type)
                .put("status", status)
                .put("lastHeartbeatTime", now)
                .put("lastTransitionTime", since.orElse(now))
                .put("reason", reason)
                .put("message", message)
                .build();
    }

    private static JsonObject address(String type, String address) {
        return JsonObject.of("type", Json.of(type), "address", Json.of(address));
    }

    private static JsonObject nodeInfo() {
        return JsonObject.builder()
                .put("machineID", HostFiles.read("/etc/machine-id").strip())
                .put("systemUUID", "")
                .put("bootID", HostFiles.read("/proc/sys/kernel/random/boot_id").strip())
                .put("kernelVersion", System.getProperty("os.version", ""))
                .put("osImage", osImage())
                .put("containerRuntimeVersion", "fairlead://" + VERSION.substring(1))
                .put("kubeletVersion", VERSION)
                .put("kubeProxyVersion", VERSION)
                .put("operatingSystem", "linux")
                .put("architecture", architecture())
                .build();
    }

    private static String osImage() {
        for (String line : List.of(HostFiles.read("/etc/os-release").split("\n"))) {
            if (line.startsWith("PRETTY_NAME=")) {
                return line.substring("PRETTY_NAME=".length()).replace("\"", "");
            }
        }
        return "Linux";
    }

    private static String architecture() {
        return System.getProperty("os.arch", "amd64").equals("aarch64") ? "arm64" : "amd64";
    }

    private void renewLease() {
        ObjectName name = new ObjectName(LEASE_NAMESPACE, settings.name());
        Instant now = clock.instant();
        JsonObject spec =
                JsonObject.builder()
                        .put("holderIdentity", settings.name())
                        .put("leaseDurationSeconds", LEASE_SECONDS)
                        .put("renewTime", MICROS.format(now))
                        .build();
        try {
            client.patch(
                    ResourceType.LEASE, name, ApiRequest.MERGE_PATCH, JsonObject.of("spec", spec));
        } catch (ApiException e) {
            if (!e.isNotFound()) {
                throw e;
            }
            client.create(
                    ResourceType.LEASE,
                    JsonObject.builder()
                            .put("apiVersion", "coordination.k8s.io/v1")
                            .put("kind", "Lease")
                            .put(
                                    "metadata",
                                    JsonObject.of(
                                            "name",
                                            Json.of(name.name()),
                                            "namespace",
                                            Json.of(name.namespace())))
                            .put("spec", spec)
                            .build());
        }
    }
}
