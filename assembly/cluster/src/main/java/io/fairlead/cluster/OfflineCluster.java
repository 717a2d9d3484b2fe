package io.fairlead.cluster;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlWriter;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.StoredObject;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Dialer;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.Watched;
import io.fairlead.proxy.ProxyCompiler;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.store.InMemoryStore;
import io.fairlead.tables.NameTable;
import io.fairlead.tables.ServiceTable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// The whole pipeline without a machine: the control plane over memory, simulated nodes, and the tables and rules that a node would have. Needs no root and touches nothing.
public final class OfflineCluster implements AutoCloseable {
    private static final long PAUSE_NANOS = 1_000_000;
    private static final List<ResourceType> TABLES_READ =
            List.of(
                    ResourceType.SERVICE,
                    ResourceType.ENDPOINT_SLICE,
                    ResourceType.NODE,
                    ResourceType.NAMESPACE);

    private final ClusterSettings settings;
    private final CertificateAuthority authority;
    private final ControlPlane control;
    private final KubeClient client;
    private final ClusterWatcher watcher;
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private OfflineCluster(ClusterSettings settings, List<InetSocketAddress> listeners) {
        this.settings = settings;
        Execution execution = Execution.create();
        open.push(execution);
        Path keys = temporaryFolder();
        open.push(() -> ClusterFolders.remove(keys));
        InMemoryStore<StoredObject> store = new InMemoryStore<>();
        open.push(store);
        Dialer nowhere =
                (node, address) -> {
                    throw new IOException("the nodes of this cluster are simulated");
                };
        authority = CertificateAuthority.create("fairlead", execution.clock(), new SecureRandom());
        control =
                new ControlPlane(
                        settings,
                        ServingOptions.NONE,
                        keys,
                        keys.resolveSibling("volumes"),
                        store,
                        authority,
                        nowhere,
                        listeners,
                        range -> PoolCheck.overlap(settings, range),
                        execution);
        open.push(control);
        client = control.administrator();
        SimulatedNodes nodes = new SimulatedNodes(settings, client, execution);
        open.push(nodes);
        watcher =
                new ClusterWatcher(
                        client.transport(),
                        TABLES_READ.stream().map(Watched::all).toList(),
                        execution.tasks(),
                        execution.timer());
        open.push(watcher);
        control.serve();
        nodes.start();
        control.startControllers();
        watcher.start();
    }

    /// @param listeners where the API is served too; usually nowhere
    public static OfflineCluster start(
            ClusterSettings settings, List<InetSocketAddress> listeners) {
        return new OfflineCluster(settings, listeners);
    }

    /// The administrator.
    public KubeClient client() {
        return client;
    }

    /// Applies objects in their order and waits until everything that follows from them has happened.
    ///
    /// @throws ClusterException when an object's kind is unknown, or things do not come to rest
    public void apply(List<JsonObject> objects) {
        for (JsonObject object : objects) {
            ResourceType type = typeOf(object);
            boolean isPlaced = !type.isNamespaced() || object.has("metadata", "namespace");
            client.apply(
                    type,
                    isPlaced ? object : object.withAt(Json.of("default"), "metadata", "namespace"),
                    "fairlead");
        }
        awaitRest(Duration.ofSeconds(30));
    }

    /// Every stage on the way from the objects to the packets of one node, as text.
    public String explain(String node) {
        ClusterSnapshot snapshot = watcher.snapshot();
        ServiceTable services = ServiceTable.of(snapshot, node);
        StringBuilder text = new StringBuilder();
        heading(text, "Objects: Services and EndpointSlices as the API holds them");
        for (ResourceType type : List.of(ResourceType.SERVICE, ResourceType.ENDPOINT_SLICE)) {
            snapshot.all(type).values().stream()
                    .filter(object -> !object.text("metadata", "name").equals("kubernetes"))
                    .forEach(object ->
                            text.append("---\n")
                                    .append(
                                            YamlWriter.text(
                                                    object.withoutAt(
                                                            "metadata", "managedFields"))));
        }
        heading(text, "NameTable: what names resolve to");
        text.append(NameTable.of(snapshot, DnsProgram.ZONE).print());
        heading(text, "ServiceTable of " + node + ": what happens to packets");
        text.append(services.print());
        heading(text, "Ruleset of " + node + ": as the kernel gets it");
        for (ProxySettings proxy : NodePlane.proxySettings(settings)) {
            text.append(ProxyCompiler.compile(proxy, services).print());
        }
        return text.toString();
    }

    /// For the administrator, at one of [#addresses].
    Kubeconfig kubeconfig(InetSocketAddress address) {
        URI server =
                URI.create(
                        "https://%s:%d"
                                .formatted(
                                        IpAddress.of(address.getAddress()).inUrl(),
                                        address.getPort()));
        return Administrator.kubeconfig(
                settings.name(), server, authority, Administrator.issue(authority));
    }

    List<InetSocketAddress> addresses() {
        return control.addresses();
    }

    private static void heading(StringBuilder text, String title) {
        text.append(text.isEmpty() ? "" : "\n").append("# ── ").append(title).append("\n\n");
    }

    private void awaitRest(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        // A controller's write wakes another one, and simulated nodes answer too: rest is several
        // quiet looks in a row.
        int quiet = 0;
        while (quiet < 50) {
            if (System.nanoTime() > deadline) {
                throw new ClusterException(
                        "the objects did not come to rest within " + limit.toSeconds() + " s.");
            }
            quiet = watcher.isSynced() && control.isIdle() && arePodsReady() ? quiet + 1 : 0;
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    private boolean arePodsReady() {
        return client.list(ResourceType.POD, "").items().stream()
                .allMatch(pod ->
                        pod.has("status", "podIP") || pod.text("spec", "nodeName").isEmpty());
    }

    private static ResourceType typeOf(JsonObject object) {
        return ApiCatalog.builtIn()
                .ofKind(object.text("apiVersion"), object.text("kind"))
                .map(resource -> resource.type())
                .orElseThrow(() ->
                        new ClusterException(
                                "object \"%s\": there is no kind \"%s\" in \"%s\"."
                                        .formatted(
                                                object.text("metadata", "name"),
                                                object.text("kind"),
                                                object.text("apiVersion"))));
    }

    private static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("fairlead");
        } catch (IOException e) {
            throw new ClusterException(
                    "no temporary folder can be made: " + e.getMessage() + ".", e);
        }
    }

    @Override
    public void close() {
        open.forEach(Closing::quietly);
    }
}
