package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.client.ApiAccess;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.NettyTransport;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.proxy.HealthCheckPorts;
import io.fairlead.proxy.MetricsServer;
import io.fairlead.proxy.NodeFlows;
import io.fairlead.proxy.ProxyServer;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.proxy.SocketWriter;
import io.fairlead.proxy.TrackingSettings;
import io.fairlead.tables.EndpointSet;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

/// A Service proxy alone, on a node of any Kubernetes: it reads Services, EndpointSlices, Nodes and, where there are any, ServiceCIDRs, and programs the
/// network namespace that the process is in, for both families. Where the node's pods have a control group of version 2, their sockets are led too. Closing
/// it leaves all that in place, so that Services go on while it is replaced.
public final class StandaloneProxy implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(StandaloneProxy.class.getName());

    /// There where the kernel knows the family.
    private static final Path IPV6 = Path.of("/proc/net/if_inet6");

    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    /// @param nodeName whose proxy it is
    /// @param podRanges of the whole cluster, where nodes do not tell theirs; may be empty
    /// @param health where it tells how it is and what has arrived
    /// @param metrics where it tells what it counts; empty for nowhere
    /// @param sockets whose connections are led to endpoints when they are made
    public record Settings(
            String nodeName,
            List<Cidr> podRanges,
            Optional<InetSocketAddress> health,
            Optional<InetSocketAddress> metrics,
            TrackingLimits tracking,
            SocketGroup sockets) {
        public Settings {
            podRanges = List.copyOf(podRanges);
        }
    }

    private StandaloneProxy() {}

    /// Begins. An API server that does not answer, now or later, is waited for.
    ///
    /// @throws ClusterException when it cannot be a proxy here
    public static StandaloneProxy start(Settings settings, ApiAccess access) {
        return start(settings, access, NetworkNamespace.current());
    }

    /// As above, for another network namespace.
    ///
    /// @param namespace closed with the proxy
    static StandaloneProxy start(Settings settings, ApiAccess access, NetworkNamespace namespace) {
        StandaloneProxy alone = new StandaloneProxy();
        try {
            alone.begin(settings, access, namespace);
            return alone;
        } catch (RuntimeException e) {
            alone.close();
            throw e;
        }
    }

    private void begin(Settings settings, ApiAccess access, NetworkNamespace namespace) {
        Execution execution = Execution.create();
        open.push(execution);
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
                        families(),
                        EndpointSet.Selection.RANDOM,
                        kernel,
                        flows,
                        execution.clock(),
                        execution.timer());
        open.push(TableWatching.of(proxy, namespace, kernel, execution.threads()));
        var gathering =
                execution
                        .timer()
                        .scheduleWithFixedDelay(
                                () -> execution.tasks().execute(proxy::gatherEndedFlows),
                                1,
                                1,
                                TimeUnit.SECONDS);
        open.push(() -> gathering.cancel(false));
        SocketPlane sockets = leadSockets(settings, proxy, namespace, execution);
        serve(settings, proxy, sockets, namespace, loops, execution);
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        open.push(() -> {
            // The transaction that is under way is brought to its end.
            thread.shutdown();
            thread.awaitTermination(5, TimeUnit.SECONDS);
        });
        NettyTransport transport = NettyTransport.open(access, ProxyInputs.UNREAD, loops);
        open.push(transport);
        ClusterWatcher watcher =
                new ClusterWatcher(
                        new ToldTransport(transport, transport.server()),
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
            SocketPlane sockets,
            NetworkNamespace namespace,
            EventLoopGroup loops,
            Execution execution) {
        settings.health()
                .ifPresent(address -> {
                    ProxyServer server =
                            new ProxyServer(proxy, execution.clock(), execution.tasks());
                    listen(
                            "--healthz-bind-address",
                            address,
                            () -> server.start(namespace, address, loops));
                    open.push(server);
                });
        settings.metrics()
                .ifPresent(address -> {
                    MetricsServer server =
                            new MetricsServer(
                                    proxy, sockets::state, execution.clock(), execution.tasks());
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
                once(() -> {
                    LOG.log(System.Logger.Level.INFO, "Services are programmed");
                    HeapKeeper.start(execution.timer());
                }));
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

    /// Which addresses are Services' is said by ServiceCIDRs.
    private static List<ProxySettings> families() {
        Stream<IpFamily> families =
                Files.exists(IPV6)
                        ? Stream.of(IpFamily.IPV4, IpFamily.IPV6)
                        : Stream.of(IpFamily.IPV4);
        return families.map(it -> new ProxySettings(it, NodePlane.PROXY_TABLE, List.of())).toList();
    }

    private SocketPlane leadSockets(
            Settings settings,
            ServiceProxy proxy,
            NetworkNamespace namespace,
            Execution execution) {
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        open.push(thread::shutdownNow);
        SocketPlane sockets =
                settings.sockets() instanceof SocketGroup.None
                        ? SocketPlane.none(proxy, "they are switched off", execution, thread)
                        : SocketPlane.start(
                                proxy,
                                new PodSockets(settings.nodeName(), settings.sockets(), namespace),
                                StandaloneProxy::tell,
                                execution,
                                thread);
        if (!sockets.isActive()) {
            // What led sockets by an older table must not go on doing so.
            PodSockets.remove(settings.nodeName(), execution.random());
        }
        open.push(sockets);
        return sockets;
    }

    private static void tell(SocketWriter.State state) {
        LOG.log(
                System.Logger.Level.INFO,
                switch (state) {
                    case SocketWriter.State.Active() ->
                            "sockets of pods are led to endpoints by eBPF, beside nftables";
                    case SocketWriter.State.Inactive(String why) ->
                            "nftables alone serves this node: " + why;
                });
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
