package io.fairlead.cluster;

import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.node.NodeAgent;
import io.fairlead.node.NodeApi;
import io.fairlead.node.NodeSettings;
import io.fairlead.proxy.HealthCheckPorts;
import io.fairlead.proxy.ProxyServer;
import io.fairlead.proxy.ProxySettings;
import io.fairlead.proxy.ServiceProxy;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.ServiceTable;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// One node: its agent, and its Service proxy, one for each family, with a thread of its own for the kernel.
final class NodePlane implements AutoCloseable {
    static final String PROXY_TABLE = "fairlead";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final NodeAgent agent;
    private final List<ServiceProxy> proxies;

    private NodePlane(NodeAgent agent, List<ServiceProxy> proxies) {
        this.agent = agent;
        this.proxies = List.copyOf(proxies);
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
        ConnectionTracking tracking = ConnectionTracking.open(namespace);
        List<ServiceProxy> proxies = new ArrayList<>();
        for (ProxySettings family : proxySettings(settings)) {
            proxies.add(
                    new ServiceProxy(
                            node.name(),
                            family,
                            EndpointSet.Selection.RANDOM,
                            kernel,
                            tracking::delete,
                            execution.clock(),
                            execution.timer()));
        }
        Transport transport =
                control.transport(User.of("system:node:" + node.name(), "system:nodes"));
        NodePlane plane = new NodePlane(new NodeAgent(node, transport, means), proxies);
        plane.open.push(namespace);
        plane.open.push(kernel);
        plane.open.push(tracking);
        if (settings.has(Component.PROXY)) {
            plane.startProxy(
                    namespace,
                    node,
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

    /// One for each family, the primary one first.
    static List<ProxySettings> proxySettings(ClusterSettings settings) {
        return settings.serviceCidrs().list().stream()
                .map(range -> new ProxySettings(range.family(), PROXY_TABLE, List.of(range)))
                .toList();
    }

    private void startProxy(
            NetworkNamespace namespace,
            NodeSettings node,
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
        proxies.forEach(proxy -> watcher.subscribe(thread, proxy));
        for (InetAddress address : node.addresses()) {
            ProxyServer server = new ProxyServer(proxies.getFirst(), execution.clock());
            server.start(namespace, new InetSocketAddress(address, ProxyServer.PORT), loops);
            open.push(server);
        }
        HealthCheckPorts checks = new HealthCheckPorts(proxies.getFirst(), namespace, loops);
        checks.start();
        open.push(checks);
        watcher.start();
        open.push(watcher);
    }

    /// Whether the proxy has brought the kernel to what Services meant at least once.
    boolean isProgrammed() {
        return proxies.stream().allMatch(proxy -> proxy.programmed().isPresent());
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
