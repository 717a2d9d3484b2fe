package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.apiserver.StoredObject;
import io.fairlead.apiserver.User;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.dns.ChannelOpener;
import io.fairlead.images.ExampleImage;
import io.fairlead.images.ImageException;
import io.fairlead.images.ImageStore;
import io.fairlead.images.RegistryOptions;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.ProcessDescriptor;
import io.fairlead.store.SqliteStore;
import io.fairlead.store.StoreException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/// A whole cluster in this process: control plane, nodes, DNS, over one machine. What runs in it belongs to the machine: closing a cluster leaves containers and the network
/// as they are, for the next process to take up; [Removal] takes them away.
public final class Cluster implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Cluster.class.getName());

    private final ClusterSettings settings;
    private final ControlPlane control;
    private final Kubeconfig kubeconfig;
    private final Readiness readiness;
    private final Deque<AutoCloseable> open;

    private Cluster(
            ClusterSettings settings,
            ControlPlane control,
            Kubeconfig kubeconfig,
            Readiness readiness,
            Deque<AutoCloseable> open) {
        this.settings = settings;
        this.control = control;
        this.kubeconfig = kubeconfig;
        this.readiness = readiness;
        this.open = open;
    }

    /// The name of a cluster's context in kubeconfigs.
    public static String contextName(String cluster) {
        return ClusterSettings.DEFAULT_NAME.equals(cluster) ? cluster : "fairlead-" + cluster;
    }

    /// Starts a cluster, or takes up what an earlier process left of it.
    ///
    /// @param say told of each step that is done
    /// @param progress told of each step that begins
    /// @throws ClusterException when it cannot be; what was begun is closed again, but not removed from the machine
    public static Cluster start(
            ClusterSettings settings,
            ClusterFolders folders,
            Consumer<String> say,
            Consumer<String> progress) {
        Deque<AutoCloseable> open = new ArrayDeque<>();
        try {
            return new Builder(settings, folders, say, progress, open).build();
        } catch (RuntimeException e) {
            open.forEach(Closing::quietly);
            throw e;
        }
    }

    /// For the administrator, at the loopback address.
    public Kubeconfig kubeconfig() {
        return kubeconfig;
    }

    /// The administrator, in this process.
    public KubeClient administrator() {
        return control.administrator();
    }

    /// Returns once the API answers, all nodes are Ready with their proxies in step, and a name resolves.
    ///
    /// @throws ClusterException when that does not come true in time; the message says what is missing
    public void awaitReady(Duration limit) {
        readiness.await(limit);
        LOG.log(System.Logger.Level.INFO, "cluster {0} is ready", settings.name());
    }

    @Override
    public void close() {
        open.forEach(Closing::quietly);
        open.clear();
    }

    /// The steps of a start. The API server and the machine's network come up side by side.
    private static final class Builder {
        private final ClusterSettings settings;
        private final ClusterFolders folders;
        private final Consumer<String> say;
        private final Consumer<String> progress;
        private final Deque<AutoCloseable> open;
        private final ServingOptions serving;
        private final Execution execution = Execution.create();

        Builder(
                ClusterSettings settings,
                ClusterFolders folders,
                Consumer<String> say,
                Consumer<String> progress,
                Deque<AutoCloseable> open) {
            this.settings = settings;
            this.folders = folders;
            this.serving = folders.serving();
            this.say = say;
            this.progress = progress;
            this.open = open;
            open.push(execution);
        }

        Cluster build() {
            MachineRequirements.check(settings);
            progress.accept("Making the network");
            Machine machine = new Machine(folders);
            folders.create();
            folders.linkData();
            folders.keep(settings);
            ProcessDescriptor.adoptOrphans();
            ProcessGroup.leaveCallers(settings.name());
            folders.keepProcess(ProcessHandle.current());
            CompletableFuture<Void> raised =
                    CompletableFuture.runAsync(
                            () -> machine.raise(settings), this::onPlatformThread);
            CompletableFuture<ImageStore> images =
                    CompletableFuture.supplyAsync(this::images, this::onPlatformThread);
            CertificateAuthority authority =
                    CertificateAuthority.open(
                            folders.pki(), "fairlead", execution.clock(), new SecureRandom());
            SqliteStore<StoredObject> store = openStore();
            NodeNetworks networks = new NodeNetworks(machine, settings);
            open.push(networks);
            ControlPlane control =
                    new ControlPlane(
                            settings,
                            serving,
                            folders.pki(),
                            folders.volumes(),
                            store,
                            authority,
                            networks,
                            listeners(),
                            new PoolCheck(settings, machine.hostLink()),
                            execution);
            join(raised);
            try (NetworkNamespace host = NetworkNamespace.current()) {
                open.push(HostPlane.start(settings, host, execution));
            }
            say.accept(
                    "Network: %d nodes on %s, pods %s, Services %s, load balancer %s"
                            .formatted(
                                    settings.nodes(),
                                    settings.nodeCidrs(),
                                    settings.podCidrs(),
                                    settings.serviceCidrs(),
                                    settings.loadBalancerPool()));
            progress.accept("Starting the API server");
            control.serve();
            open.push(control);
            Kubeconfig kubeconfig = administratorsKubeconfig(authority);
            kubeconfig.write(folders.adminKubeconfig());
            say.accept(
                    "API server: https://127.0.0.1:%d and https://%s:%d"
                            .formatted(
                                    settings.apiPort(),
                                    IpAddress.of(settings.hostAddress()).inUrl(),
                                    settings.apiPort()));
            control.startControllers();
            progress.accept("Starting the nodes");
            NodeGroup nodes =
                    NodeGroup.start(
                            settings,
                            folders,
                            control,
                            authority,
                            join(images),
                            hostSockets(),
                            networks,
                            execution);
            open.push(nodes);
            if (settings.has(Component.LOAD_BALANCER) && settings.nodes() > 0) {
                open.push(FrontPlane.start(settings, machine, control, execution));
            }
            if (hasDns()) {
                DnsAddOn.apply(control.administrator(), settings);
            }
            if (settings.has(Component.METRICS) && settings.nodes() > 0) {
                MetricsAddOn.apply(control.administrator(), authority.certificatePem());
            }
            if (settings.nodes() > 0) {
                say.accept(
                        "Nodes: %s, containers by %s"
                                .formatted(
                                        String.join(", ", settings.nodeNames()),
                                        nodes.runtimeName()));
            }
            ProgrammedReporter reporter =
                    new ProgrammedReporter(
                            new KubeClient(
                                    control.transport(
                                            User.of(
                                                    "system:fairlead-programmed-reporter",
                                                    User.MASTERS))),
                            Arrivals.inside(control.administrator(), networks, settings),
                            execution);
            reporter.start();
            open.push(reporter);
            Readiness readiness =
                    new Readiness(settings, control.administrator(), nodes, networks, hasDns());
            return new Cluster(settings, control, kubeconfig, readiness, open);
        }

        private boolean hasDns() {
            return settings.has(Component.DNS) && settings.nodes() > 0;
        }

        private List<InetSocketAddress> listeners() {
            List<InetSocketAddress> listeners = new ArrayList<>();
            listeners.add(
                    new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), settings.apiPort()));
            settings.hostAddresses()
                    .forEach(address ->
                            listeners.add(new InetSocketAddress(address, settings.apiPort())));
            return listeners;
        }

        private SqliteStore<StoredObject> openStore() {
            try {
                String unpacked = System.getProperty("org.sqlite.lib.path", "");
                SqliteStore.Options options = SqliteStore.Options.beside(folders.store());
                SqliteStore<StoredObject> store =
                        SqliteStore.open(
                                folders.store(),
                                serving.codec(),
                                execution.threads(),
                                unpacked.isEmpty()
                                        ? options
                                        : options.withNativeLibraries(Path.of(unpacked)));
                open.push(store);
                return store;
            } catch (StoreException e) {
                throw new ClusterException(e.getMessage() + ".", e);
            }
        }

        private ImageStore images() {
            ImageStore store =
                    new ImageStore(folders.images(), RegistryOptions.USUAL, execution.tasks());
            if (settings.nodes() > 0) {
                try {
                    ExampleImage.ensure(store, MachineRequirements.busybox());
                } catch (ImageException e) {
                    throw new ClusterException(
                            "the example image cannot be made: " + e.getMessage() + ".", e);
                }
            }
            return store;
        }

        private Kubeconfig administratorsKubeconfig(CertificateAuthority authority) {
            Credential credential =
                    Administrator.keptIn(folders.pki(), authority, execution.clock().instant());
            URI server = URI.create("https://127.0.0.1:" + settings.apiPort());
            return Administrator.kubeconfig(
                    contextName(settings.name()), server, authority, credential);
        }

        private static ChannelOpener hostSockets() {
            return ChannelOpener.here();
        }

        private void onPlatformThread(Runnable task) {
            execution.threads().newThread(task).start();
        }

        private static <T> T join(CompletableFuture<T> future) {
            try {
                return future.join();
            } catch (CompletionException e) {
                throw e.getCause() instanceof RuntimeException cause ? cause : e;
            }
        }
    }
}
