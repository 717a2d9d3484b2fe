package io.fairlead.cluster;

import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.RouteWatch;
import io.fairlead.loadbalancer.LoadBalancerFront;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.TableWatch;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The front of the load balancer, in the fabric, with a thread of its own for the kernel.
final class FrontPlane implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(FrontPlane.class.getName());
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
        List<RouteWatch> routes = new ArrayList<>();
        try (NetworkNamespace fabric = machine.openFabric();
                NetworkNamespace host = NetworkNamespace.current()) {
            kernel = NetlinkKernel.of(fabric);
            watch = TableWatch.open(fabric, kernel);
            routes.add(RouteWatch.open(fabric));
            routes.add(RouteWatch.open(host));
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
        for (RouteWatch each : routes) {
            plane.open.push(each);
            execution
                    .threads()
                    .newThread(() -> each.listen(() -> mend(settings, machine, front)))
                    .start();
        }
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

    private static void mend(ClusterSettings settings, Machine machine, LoadBalancerFront front) {
        try {
            FrontNetwork.mend(settings, machine);
            front.rerouted();
        } catch (LinuxException e) {
            LOG.log(
                    System.Logger.Level.ERROR,
                    "{0}; load balancer addresses may be out of reach until the next change",
                    e.getMessage());
        }
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
