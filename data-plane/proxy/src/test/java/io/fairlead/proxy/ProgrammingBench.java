package io.fairlead.proxy;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.tables.EndpointSet.Selection;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/// How long it takes from a changed endpoint to rules in the kernel, among many Services. A program, run by hand:
/// `ProgrammingBench [SERVICES] [CHANGES]`.
final class ProgrammingBench {
    private ProgrammingBench() {}

    public static void main(String[] arguments) {
        int services = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 10_000;
        int changes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 3_000;
        Path name = Path.of("/run/netns/flb-" + UUID.randomUUID());
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        try (NetworkNamespace namespace = NetworkNamespace.create(name);
                NetlinkKernel kernel = NetlinkKernel.of(namespace)) {
            ServiceProxy proxy =
                    new ServiceProxy(
                            "node-1",
                            List.of(TestCluster.SETTINGS),
                            Selection.RANDOM,
                            kernel,
                            _ -> 0,
                            InstantSource.system(),
                            timer);
            run(proxy, services, changes);
        } finally {
            timer.shutdownNow();
            NetworkNamespace.delete(name);
        }
    }

    private static void run(ServiceProxy proxy, int services, int changes) {
        TestCluster cluster = new TestCluster();
        for (int i = 0; i < services; i++) {
            cluster.service("s" + i, "10.96.%d.%d".formatted((i / 250) % 250, 1 + (i % 250)));
            cluster.endpoints("s" + i, endpoints(i, 0));
        }
        long begin = System.nanoTime();
        proxy.accept(cluster.snapshot(), cluster.delta());
        System.out.printf("%d Services loaded in %.0f ms%n", services, millis(begin));
        double[] took = new double[changes];
        for (int i = 0; i < changes; i++) {
            cluster.endpoints("s" + (i * 7) % services, endpoints((i * 7) % services, 1 + i));
            var delta = cluster.delta();
            begin = System.nanoTime();
            proxy.accept(cluster.snapshot(), delta);
            took[i] = millis(begin);
        }
        double[] warm = Arrays.copyOfRange(took, changes / 3, changes);
        Arrays.sort(warm);
        System.out.printf(
                "one endpoint replaced: p50 %.3f ms, p90 %.3f ms, p99 %.3f ms (n=%d)%n",
                warm[warm.length / 2],
                warm[warm.length * 9 / 10],
                warm[warm.length * 99 / 100],
                warm.length);
    }

    private static String[] endpoints(int service, int version) {
        return new String[] {
            "10.244.1." + (1 + (service % 250)), "10.244.2." + (1 + ((service + version) % 250))
        };
    }

    private static double millis(long begin) {
        return (System.nanoTime() - begin) / 1e6;
    }
}
