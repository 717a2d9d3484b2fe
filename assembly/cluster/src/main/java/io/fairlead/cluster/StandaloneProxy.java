package io.fairlead.cluster;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.KubeClient;
import io.fairlead.client.RemoteTransport;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableWatch;
import io.fairlead.proxy.HealthCheckPorts;
import io.fairlead.proxy.MetricsServer;
import io.fairlead.proxy.NodeFlows;
import io.fairlead.proxy.ProxyServer;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.proxy.TrackingSettings;
import io.fairlead.tables.EndpointSet;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// A Service proxy alone, on a node of any Kubernetes: it reads Services, EndpointSlices, Nodes and ServiceCIDRs, and programs the network namespace that
/// the process is in. Closing it leaves the rules in place, so that Services go on while it is replaced.
public final class StandaloneProxy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StandaloneProxy.class.getName());

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /// @param nodeName whose proxy it is
    /// @param podRanges of the whole cluster, where nodes do not tell theirs; may be empty
    /// @param health where it tells how it is and what has arrived
    /// @param metrics where it tells what it counts; empty for nowhere
    public record Settings(
            String nodeName,
            List<Cidr> podRanges,
            Optional<InetSocketAddress> health,
            Optional<InetSocketAddress> metrics,
            TrackingLimits tracking) {
        public Settings {
            podRanges = List.copyOf(podRanges);
        }
    }

    private StandaloneProxy() {}

    /// Begins. An API server that goes away later is waited for.
    ///
    /// @throws ClusterException when it cannot be a proxy here
    /// @throws io.fairlead.client.TransportException when the API server does not answer now: whoever supervises the process starts it again
    public static StandaloneProxy start(Settings settings, RemoteTransport transport) {
        StandaloneProxy alone = new StandaloneProxy();
        try {
            alone.begin(settings, transport);
            return alone;
        } catch (RuntimeException e) {
            alone.close();
            throw e;
        }
    }

    private void begin(Settings settings, RemoteTransport transport) {
        open.push(transport);
        Execution execution = Execution.create();
        open.push(execution);
        NetworkNamespace namespace = NetworkNamespace.current();
        open.push(namespace);
        TrackingSettings.apply(namespace);
        settings.tracking().apply(namespace);
        NetlinkKernel kernel = openKernel(namespace);
        open.push(kernel);
        NodeFlows flows = NodeFlows.open(namespace);
        open.push(flows);
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, execution.threads(), NioIoHandler.newFactory());
        open.push(() -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
        ServiceProxy proxy =
                new ServiceProxy(
                        settings.nodeName(),
                        List.of(
                                new ProxySettings(
                                        IpFamily.IPV4,
                                        NodePlane.PROXY_TABLE,
                                        serviceRanges(transport))),
                        EndpointSet.Selection.RANDOM,
                        kernel,
                        flows,
                        execution.clock(),
                        execution.timer());
        TableWatch watch = TableWatch.open(namespace, kernel);
        open.push(watch);
        execution.threads().newThread(() -> watch.listen(proxy.tables(), proxy::recheck)).start();
        var gathering =
                execution
                        .timer()
                        .scheduleWithFixedDelay(
                                () -> execution.tasks().execute(proxy::gatherEndedFlows),
                                1,
                                1,
                                TimeUnit.SECONDS);
        open.push(() -> gathering.cancel(false));
        serve(settings, proxy, namespace, loops, execution);
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        open.push(() -> {
            // The transaction that is under way is brought to its end.
            thread.shutdown();
            thread.awaitTermination(5, TimeUnit.SECONDS);
        });
        ClusterWatcher watcher =
                new ClusterWatcher(
                        transport,
                        ProxyInputs.watched(settings.nodeName(), settings.podRanges()),
                        execution.tasks(),
                        execution.timer());
        watcher.subscribe(thread, proxy);
        watcher.start();
        open.push(watcher);
    }

    private void serve(
            Settings settings,
            ServiceProxy proxy,
            NetworkNamespace namespace,
            EventLoopGroup loops,
            Execution execution) {
        settings.health()
                .ifPresent(address -> {
                    ProxyServer server = new ProxyServer(proxy, execution.clock());
                    listen(
                            "--healthz-bind-address",
                            address,
                            () -> server.start(namespace, address, loops));
                    open.push(server);
                });
        settings.metrics()
                .ifPresent(address -> {
                    MetricsServer server =
                            new MetricsServer(proxy, execution.clock(), execution.tasks());
                    listen(
                            "--metrics-bind-address",
                            address,
                            () -> server.start(namespace, address, loops));
                    open.push(server);
                });
        HealthCheckPorts checks = new HealthCheckPorts(proxy, namespace, loops);
        checks.start();
        open.push(checks);
        proxy.onProgrammed(
                once(() -> LOG.log(System.Logger.Level.INFO, "Services are programmed")));
    }

    private static Runnable once(Runnable task) {
        AtomicBoolean isDone = new AtomicBoolean();
        return () -> {
            if (isDone.compareAndSet(false, true)) {
                task.run();
            }
        };
    }

    private static void listen(String option, InetSocketAddress address, Runnable start) {
        try {
            start.run();
        } catch (RuntimeException e) {
            throw new ClusterException(
                    "%s %s:%d cannot be had (%s): end what listens there, another proxy perhaps, or choose another one."
                            .formatted(
                                    option,
                                    address.getAddress().getHostAddress(),
                                    address.getPort(),
                                    e.getMessage()),
                    e);
        }
    }

    private static NetlinkKernel openKernel(NetworkNamespace namespace) {
        try {
            return NetlinkKernel.of(namespace);
        } catch (LinuxException e) {
            throw new ClusterException(
                    "nftables cannot be programmed here (%s): run it as root, in a container with NET_ADMIN."
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /// What is refused where no Service has it. An API server without ServiceCIDRs does not say.
    private static List<Cidr> serviceRanges(RemoteTransport transport) {
        List<Cidr> ranges = new ArrayList<>();
        Optional<ResourceType> type =
                ApiCatalog.builtIn()
                        .ofKind("networking.k8s.io/v1", "ServiceCIDR")
                        .map(resource -> resource.type());
        if (type.isEmpty()) {
            return ranges;
        }
        try {
            for (JsonObject range : new KubeClient(transport).list(type.get(), "").items()) {
                range.list("spec", "cidrs")
                        .forEach(cidr -> Cidr.find(cidr.text()).ifPresent(ranges::add));
            }
        } catch (ApiException e) {
            LOG.log(
                    System.Logger.Level.INFO,
                    "ServiceCIDRs cannot be read, so addresses that no Service has are not refused:"
                            + " {0}",
                    e.getMessage());
        }
        return ranges;
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
