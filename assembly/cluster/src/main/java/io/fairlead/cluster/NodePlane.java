package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.node.NodeAgent;
import io.fairlead.node.NodeApi;
import io.fairlead.node.NodeSettings;
import io.fairlead.node.PodTraffic;
import io.fairlead.proxy.HealthCheckPorts;
import io.fairlead.proxy.MetricsServer;
import io.fairlead.proxy.NodeFlows;
import io.fairlead.proxy.ProxyServer;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.proxy.TrackingSettings;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.ServiceTable;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// One node: its agent, and its Service proxy with a thread of its own for the kernel.
final class NodePlane implements AutoCloseable {
    static final String PROXY_TABLE = "fairlead";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final NodeAgent agent;
    private final ServiceProxy proxy;

    private NodePlane(NodeAgent agent, ServiceProxy proxy) {
        this.agent = agent;
        this.proxy = proxy;
    }

    /// Starts everything of a node, which then joins the cluster by itself.
    ///
    /// @param blocking platform threads for the streams of commands
    static NodePlane start(
            NodeSettings node,
            ClusterSettings settings,
            ControlPlane control,
            NodeAgent.Means means,
            SslContext security,
            Executor blocking,
            EventLoopGroup loops,
            Execution execution) {
        NetworkNamespace namespace = NetworkNamespace.open(node.namespace());
        NetlinkKernel kernel = NetlinkKernel.of(namespace);
        NodeFlows flows = NodeFlows.open(namespace);
        ServiceProxy proxy =
                new ServiceProxy(
                        node.name(),
                        proxySettings(settings),
                        EndpointSet.Selection.RANDOM,
                        kernel,
                        flows,
                        execution.clock(),
                        execution.timer());
        Transport transport =
                control.transport(User.of("system:node:" + node.name(), "system:nodes"));
        Deque<AutoCloseable> opened = new ArrayDeque<>();
        Optional<SocketPlane> sockets =
                settings.has(Component.PROXY)
                        ? Optional.of(leadSockets(proxy, node, execution, opened))
                        : Optional.empty();
        PodTraffic traffic = sockets.map(SocketPlane::traffic).orElse(PodTraffic.UNHEARD);
        NodePlane plane = new NodePlane(new NodeAgent(node, transport, means, traffic), proxy);
        plane.open.push(namespace);
        plane.open.push(kernel);
        plane.open.push(flows);
        opened.descendingIterator().forEachRemaining(plane.open::push);
        if (sockets.isPresent()) {
            TrackingSettings.apply(namespace);
            plane.open.push(TableWatching.of(proxy, namespace, kernel, execution.threads()));
            plane.startProxy(
                    namespace,
                    node,
                    sockets.get(),
                    control.transport(User.of("system:kube-proxy")),
                    loops,
                    execution);
        }
        plane.agent.start();
        plane.open.push(plane.agent);
        NodeApi api = new NodeApi(plane.agent, security, loops, execution.tasks(), blocking);
        api.start();
        plane.open.push(api);
        return plane;
    }

    /// Attaches the socket programs, beside the rules.
    ///
    /// @param opened gets what is to be closed with the node
    private static SocketPlane leadSockets(
            ServiceProxy proxy,
            NodeSettings node,
            Execution execution,
            Deque<AutoCloseable> opened) {
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        opened.push(thread::shutdownNow);
        Set<IpAddress> own = new HashSet<>();
        node.addresses().forEach(address -> own.add(IpAddress.of(address)));
        node.podGateways().forEach(address -> own.add(IpAddress.of(address)));
        SocketPlane sockets = SocketPlane.ofNode(proxy, node, own, execution, thread);
        opened.push(sockets);
        return sockets;
    }

    /// One for each family, the primary one first.
    static List<ProxySettings> proxySettings(ClusterSettings settings) {
        return settings.serviceCidrs().list().stream()
                .map(range -> new ProxySettings(range.family(), PROXY_TABLE, List.of(range)))
                .toList();
    }

    private void startProxy(
            NetworkNamespace namespace,
            NodeSettings node,
            SocketPlane sockets,
            Transport transport,
            EventLoopGroup loops,
            Execution execution) {
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        open.push(thread::shutdownNow);
        ClusterWatcher watcher =
                new ClusterWatcher(
                        transport,
                        ServiceTable.WATCHED.stream().map(Watched::all).toList(),
                        execution.tasks(),
                        execution.timer());
        watcher.subscribe(thread, proxy);
        for (InetAddress address : node.addresses()) {
            ProxyServer server = new ProxyServer(proxy, execution.clock(), execution.tasks());
            server.start(namespace, new InetSocketAddress(address, ProxyServer.PORT), loops);
            open.push(server);
        }
        MetricsServer metrics =
                new MetricsServer(proxy, sockets::state, execution.clock(), execution.tasks());
        metrics.start(
                namespace,
                new InetSocketAddress(InetAddress.getLoopbackAddress(), MetricsServer.PORT),
                loops);
        open.push(metrics);
        HealthCheckPorts checks = new HealthCheckPorts(proxy, namespace, loops);
        checks.start();
        open.push(checks);
        watcher.start();
        open.push(watcher);
        var gathering =
                execution
                        .timer()
                        .scheduleWithFixedDelay(
                                () -> execution.tasks().execute(proxy::gatherEndedFlows),
                                1,
                                1,
                                TimeUnit.SECONDS);
        open.push(() -> gathering.cancel(false));
    }

    /// Whether the proxy has brought the kernel to what Services meant at least once.
    boolean isProgrammed() {
        return proxy.programmed().isPresent();
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
