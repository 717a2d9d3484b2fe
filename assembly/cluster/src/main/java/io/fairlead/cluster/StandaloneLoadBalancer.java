package io.fairlead.cluster;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.LeaderElection;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.controllers.ControllerSet;
import io.fairlead.controllers.LoadBalancerController;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.loadbalancer.AddressAnnouncer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The load balancer of any Kubernetes, one process on each node: all of them announce, and the elected one gives out the addresses of the pool. Closing it
/// gives up what this node announces, for others to take.
public final class StandaloneLoadBalancer implements AutoCloseable {
    private static final String COMPONENT = "fairlead-load-balancer";
    private static final ObjectName LEASE = new ObjectName("kube-system", COMPONENT);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final AddressAnnouncer announcer;
    private final Settings settings;
    private final Transport transport;
    private final Execution execution;
    private @Nullable ControllerSet giving;

    /// @param node the name of the node that this process is on
    /// @param interfaces the links to announce on; none for those that have the Node's addresses
    /// @param networks ranges that are on the links although no address of theirs says so
    /// @param pool while no ConfigMap `kube-system/fairlead-load-balancer` says otherwise
    public record Settings(
            String node, List<String> interfaces, List<Cidr> networks, LoadBalancerPool pool) {
        public Settings {
            interfaces = List.copyOf(interfaces);
            networks = List.copyOf(networks);
        }
    }

    private StandaloneLoadBalancer(Settings settings, Transport transport, Execution execution) {
        this.settings = settings;
        this.transport = transport;
        this.execution = execution;
        NetworkNamespace namespace = NetworkNamespace.current();
        open.push(namespace);
        announcer =
                new AddressAnnouncer(
                        new AddressAnnouncer.Settings(
                                settings.node(),
                                settings.interfaces(),
                                settings.networks(),
                                settings.pool()),
                        namespace,
                        System::nanoTime,
                        execution.threads(),
                        new EventRecorder(
                                new KubeClient(transport),
                                COMPONENT,
                                settings.node(),
                                execution.clock(),
                                execution.tasks()));
        open.push(announcer);
    }

    /// Begins, in the network namespace of the caller. An API server that goes away later is waited for.
    ///
    /// @param transport the way to the API server; closing it is up to the caller
    /// @throws ClusterException when there is no such Node, or nothing would announce the pool
    /// @throws io.fairlead.client.TransportException when the API server does not answer now: whoever supervises the process starts it again
    public static StandaloneLoadBalancer start(Settings settings, Transport transport) {
        Execution execution = Execution.create();
        StandaloneLoadBalancer balancer =
                new StandaloneLoadBalancer(settings, transport, execution);
        balancer.open.addLast(execution);
        try {
            balancer.requireReached();
            balancer.begin();
            return balancer;
        } catch (RuntimeException e) {
            balancer.close();
            throw e;
        }
    }

    /// A pool on the command line that cannot work is no pool at all.
    private void requireReached() {
        Node node =
                new KubeClient(transport)
                        .find(ResourceType.NODE, new ObjectName("", settings.node()))
                        .map(Node::new)
                        .orElseThrow(() ->
                                new ClusterException(
                                        "the cluster has no node %s: give this one's name with --node."
                                                .formatted(settings.node())));
        List<String> problems = new ArrayList<>();
        for (AddressRange range : settings.pool().ranges()) {
            announcer.refusal(range, Set.copyOf(node.internalIps())).ifPresent(problems::add);
        }
        if (!problems.isEmpty()) {
            throw new ClusterException(
                    "--pool: %s. Choose addresses of those networks, or name other links with --interface."
                            .formatted(String.join("; ", problems)));
        }
    }

    private void begin() {
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        open.push(thread::shutdownNow);
        ClusterWatcher watcher =
                new ClusterWatcher(
                        transport, AddressAnnouncer.WATCHED, execution.tasks(), execution.timer());
        watcher.subscribe(thread, announcer);
        watcher.start();
        open.push(watcher);
        var looking =
                execution
                        .timer()
                        .scheduleWithFixedDelay(
                                () -> execution.tasks().execute(announcer::refresh),
                                2,
                                2,
                                TimeUnit.SECONDS);
        open.push(() -> looking.cancel(false));
        LeaderElection election =
                new LeaderElection(
                        new KubeClient(transport),
                        LEASE,
                        settings.node() + "_" + Long.toHexString(execution.random().nextLong()),
                        execution.clock(),
                        execution.tasks(),
                        execution.timer(),
                        this::giveOut,
                        this::stopGivingOut);
        election.start();
        open.push(election);
    }

    private synchronized void giveOut() {
        ControllerSet set =
                new ControllerSet(
                        List.of(new LoadBalancerController(settings.pool(), this::refusal)),
                        _ -> transport,
                        transport,
                        StandaloneLoadBalancer::watched,
                        new ControllerSet.Surroundings(
                                execution.clock(), execution.tasks(), execution.timer()));
        giving = set;
        set.start();
    }

    private synchronized void stopGivingOut() {
        if (giving != null) {
            giving.close();
            giving = null;
        }
    }

    private Optional<String> refusal(AddressRange range) {
        return announcer.refusal(range);
    }

    private static Watched watched(ResourceType type) {
        return AddressAnnouncer.WATCHED.stream()
                .filter(it -> it.type().equals(type))
                .findFirst()
                .orElseGet(() -> Watched.all(type));
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
