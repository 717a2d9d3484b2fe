package io.fairlead.proxy;

import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableWatch;
import io.fairlead.tables.EndpointSet.Selection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A [NodeNetwork] with a proxy at work, as a node has it, and the cluster that the proxy watches.
final class ProxiedNode implements AutoCloseable {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final Family family;
    private final int watchBytes;
    final NodeNetwork network;
    final TestCluster cluster;
    NetlinkKernel kernel;
    NodeFlows flows;
    ServiceProxy proxy;
    TableWatch watch;

    ProxiedNode(Family family) {
        this(family, 1 << 20);
    }

    /// @param watchBytes how much of what others do to tables may wait to be heard
    ProxiedNode(Family family, int watchBytes) {
        this.family = family;
        this.watchBytes = watchBytes;
        network = new NodeNetwork(family);
        cluster = new TestCluster(family);
        TrackingSettings.apply(network.node);
        start();
    }

    private void start() {
        kernel = NetlinkKernel.of(network.node);
        flows = NodeFlows.open(network.node);
        proxy =
                new ServiceProxy(
                        "node-1",
                        List.of(family.settings()),
                        Selection.RANDOM,
                        kernel,
                        flows,
                        InstantSource.system(),
                        timer);
        watch = TableWatch.open(network.node, kernel, watchBytes);
        TableWatch mine = watch;
        ServiceProxy of = proxy;
        Thread.ofPlatform().daemon().start(() -> mine.listen(of.tables(), of::recheck));
    }

    /// Brings the kernel to what the cluster is now.
    void program() {
        proxy.accept(cluster.snapshot(), cluster.delta());
    }

    /// Ends the proxy; the kernel keeps what it has.
    void stopProxy() {
        watch.close();
        kernel.close();
        flows.close();
    }

    /// Starts another proxy in its place, which is told of everything.
    void startProxy() {
        start();
        proxy.accept(cluster.snapshot(), cluster.whole());
    }

    NodeRules rules() {
        return Objects.requireNonNull(proxy.programmed().orElseThrow().rules().get(family.ip()));
    }

    /// What the kernel has, read by somebody else; null without a table.
    @Nullable Ruleset inKernel() {
        try (NetlinkKernel another = NetlinkKernel.of(network.node)) {
            return another.read(rules().ruleset().table()).orElse(null);
        }
    }

    /// Which pods answer, or what else comes, in so many tries.
    static Set<String> answers(int tries, Supplier<String> attempt) {
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < tries; i++) {
            answers.add(attempt.get());
        }
        return answers;
    }

    /// Waits until something holds.
    static boolean eventually(BooleanSupplier claim, int secondsMax) {
        long end = System.nanoTime() + Duration.ofSeconds(secondsMax).toNanos();
        while (!claim.getAsBoolean()) {
            if (System.nanoTime() > end) {
                return false;
            }
            LockSupport.parkNanos(5_000_000);
        }
        return true;
    }

    @Override
    public void close() throws Exception {
        timer.shutdownNow();
        stopProxy();
        network.close();
    }
}
