package io.fairlead.cluster;

import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.loadbalancer.LoadBalancerFront;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableWatch;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The front of the load balancer, in the fabric, with a thread of its own for the kernel.
final class FrontPlane implements AutoCloseable {
    private static final String TABLE = "fairlead";

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final LoadBalancerFront front;

    private FrontPlane(LoadBalancerFront front) {
        this.front = front;
    }

    static FrontPlane start(
            ClusterSettings settings, Machine machine, ControlPlane control, Execution execution) {
        NetlinkKernel kernel;
        TableWatch watch;
        try (NetworkNamespace fabric = machine.openFabric()) {
            kernel = NetlinkKernel.of(fabric);
            watch = TableWatch.open(fabric, kernel);
        }
        FrontPlane plane =
                new FrontPlane(
                        new LoadBalancerFront(
                                new LoadBalancerFront.Settings(
                                        TABLE,
                                        FrontNetwork.MAC,
                                        FrontNetwork.nodeNumbers(settings),
                                        settings.pool(),
                                        new PoolCheck(settings, machine.hostLink())),
                                kernel,
                                FrontNetwork.hostRoutes(settings, machine.hostLink()),
                                execution.timer()));
        plane.open.push(kernel);
        plane.open.push(watch);
        LoadBalancerFront front = plane.front;
        execution.threads().newThread(() -> watch.listen(front.tables(), front::recheck)).start();
        ExecutorService thread = Executors.newSingleThreadExecutor(execution.threads());
        plane.open.push(thread::shutdownNow);
        ClusterWatcher watcher =
                new ClusterWatcher(
                        control.transport(User.of("system:fairlead-load-balancer", User.MASTERS)),
                        LoadBalancerFront.WATCHED,
                        execution.tasks(),
                        execution.timer());
        watcher.subscribe(thread, plane.front);
        watcher.start();
        plane.open.push(watcher);
        return plane;
    }

    /// Whether the kernel has been brought to what Services mean at least once.
    boolean isProgrammed() {
        return front.isProgrammed();
    }

    @Override
    public void close() {
        while (!open.isEmpty()) {
            Closing.quietly(open.pop());
        }
    }
}
