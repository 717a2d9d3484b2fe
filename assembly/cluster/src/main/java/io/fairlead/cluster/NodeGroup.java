package io.fairlead.cluster;

import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.User;
import io.fairlead.client.KubeClient;
import io.fairlead.dns.ChannelOpener;
import io.fairlead.dns.Upstreams;
import io.fairlead.images.ImageStore;
import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.ProcessWatcher;
import io.fairlead.node.Cgroups;
import io.fairlead.node.Drain;
import io.fairlead.node.InProcessProgram;
import io.fairlead.node.NodeAgent;
import io.fairlead.node.NodeSettings;
import io.fairlead.node.OciRuntime;
import io.fairlead.node.ProcessExits;
import io.fairlead.node.ProcessStarter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// All nodes of a cluster that live in this process, and what they share.
final class NodeGroup implements AutoCloseable {
    private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
    private static final int PODS_MAX = 110;

    private final List<NodePlane> nodes = new ArrayList<>();
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private String runtimeName = "";

    private NodeGroup() {}

    static NodeGroup start(
            ClusterSettings settings,
            ClusterFolders folders,
            ControlPlane control,
            CertificateAuthority authority,
            ImageStore images,
            ChannelOpener hostSockets,
            NodeNetworks networks,
            Execution execution) {
        NodeGroup group = new NodeGroup();
        if (settings.nodes() == 0) {
            return group;
        }
        ExecutorService starts = Executors.newCachedThreadPool(execution.threads());
        group.open.push(starts::shutdownNow);
        ProcessStarter processes = new ProcessStarter(starts);
        RuntimeChoice.Chosen runtime = RuntimeChoice.of(settings.name(), folders, processes);
        group.runtimeName = runtime.name();
        ProcessWatcher watcher = ProcessWatcher.start();
        group.open.push(watcher);
        EventLoopGroup loops =
                new MultiThreadIoEventLoopGroup(1, execution.threads(), NioIoHandler.newFactory());
        group.open.push(
                () -> loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly());
        Map<String, InProcessProgram> programs =
                Map.of(
                        DnsProgram.NAME,
                        new DnsProgram(
                                control.transport(
                                        User.serviceAccount("kube-system", "fairlead-dns")),
                                hostSockets,
                                NodeGroup::upstreams,
                                loops,
                                execution),
                        MetricsProgram.NAME,
                        new MetricsProgram(
                                control.transport(
                                        User.serviceAccount(
                                                MetricsAddOn.NAMESPACE, MetricsAddOn.ACCOUNT)),
                                authority,
                                control.proxyAuthority(),
                                loops,
                                execution));
        ControlGroups groups = ControlGroups.detect();
        Drain drain =
                settings.has(Component.PROXY)
                        ? new ProxyDrain(
                                new KubeClient(control.transport(User.of("system:kube-proxy"))),
                                networks,
                                execution.tasks())
                        : Drain.NONE;
        for (int number = 1; number <= settings.nodes(); number++) {
            NodeSettings node = node(settings, folders, number);
            Cgroups cgroups = new Cgroups(groups, node.cgroup());
            NodeAgent.Means means =
                    new NodeAgent.Means(
                            new OciRuntime(
                                    runtime.program(),
                                    cgroups,
                                    ProcessExits.by(watcher),
                                    processes,
                                    execution.clock(),
                                    execution.threads()),
                            cgroups,
                            programs,
                            images,
                            drain,
                            loops,
                            execution.clock(),
                            execution.tasks(),
                            execution.timer());
            group.nodes.add(
                    NodePlane.start(
                            node,
                            settings,
                            control,
                            means,
                            NodeSecurity.server(authority, node),
                            starts,
                            loops,
                            execution));
        }
        return group;
    }

    List<NodePlane> nodes() {
        return List.copyOf(nodes);
    }

    /// The OCI runtime that works here; empty without nodes.
    String runtimeName() {
        return runtimeName;
    }

    @Override
    public void close() {
        nodes.forEach(Closing::quietly);
        open.forEach(Closing::quietly);
    }

    private static NodeSettings node(ClusterSettings settings, ClusterFolders folders, int number) {
        String name = settings.nodeNames().get(number - 1);
        long memoryKib = memoryBytes() / 1024;
        return new NodeSettings(
                settings.name(),
                name,
                settings.nodeAddresses(number),
                settings.podCidrs(number),
                new Machine(folders).nodeNamespace(name),
                folders.run(),
                folders.pods(),
                settings.dnsServiceAddress(),
                DnsProgram.ZONE,
                Map.of(
                        "cpu",
                        String.valueOf(Runtime.getRuntime().availableProcessors()),
                        "memory",
                        memoryKib + "Ki",
                        "ephemeral-storage",
                        storageBytes(folders.pods()) / 1024 + "Ki",
                        "pods",
                        String.valueOf(PODS_MAX)),
                Map.of());
    }

    private static long storageBytes(Path folder) {
        try {
            return Files.getFileStore(folder).getTotalSpace();
        } catch (IOException e) {
            throw new ClusterException(
                    "the size of the disk of %s is unknown.".formatted(folder), e);
        }
    }

    private static long memoryBytes() {
        return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                        instanceof com.sun.management.OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : Runtime.getRuntime().maxMemory();
    }

    /// Read for each query, so that a machine that changes its network is followed.
    private static Upstreams upstreams() {
        try {
            return Upstreams.read(RESOLV_CONF);
        } catch (IOException e) {
            return Upstreams.none();
        }
    }
}
