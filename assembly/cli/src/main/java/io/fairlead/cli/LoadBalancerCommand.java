package io.fairlead.cli;

import io.fairlead.api.Cidr;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.client.RemoteTransport;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.LoadBalancerManifest;
import io.fairlead.cluster.StandaloneLoadBalancer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead loadbalancer`: gives LoadBalancer Services of any Kubernetes their addresses, and answers for them on this node's links.
@Command(
        name = "loadbalancer",
        description =
                "give LoadBalancer Services of any Kubernetes addresses, and announce them by ARP"
                        + " and neighbour discovery; one process on each node",
        subcommands = LoadBalancerCommand.Manifest.class)
final class LoadBalancerCommand implements Callable<Integer> {
    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "how to reach the API server (default: as the pod that this runs in)")
    @Nullable Path kubeconfig;

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description = "the node's name (default: $NODE_NAME, else the host's name)")
    String node = "";

    @Option(
            names = "--pool",
            paramLabel = "RANGES",
            description =
                    "addresses to give out, such as 192.0.2.0/28,2001:db8::100-2001:db8::1ff, while"
                            + " ConfigMap kube-system/fairlead-load-balancer does not say (default:"
                            + " none)")
    String pool = "none";

    @Option(
            names = "--interface",
            paramLabel = "LINK",
            split = ",",
            description = "where to announce (default: the links that have the Node's addresses)")
    List<String> interfaces = List.of();

    @Option(
            names = "--network",
            paramLabel = "RANGE",
            split = ",",
            description =
                    "a range that is on these links although no address of theirs says so: a"
                            + " router leads it there")
    List<String> networks = List.of();

    @Override
    public Integer call() throws InterruptedException {
        StandaloneLoadBalancer.Settings settings =
                new StandaloneLoadBalancer.Settings(
                        NodeProcess.nodeName(node), interfaces, ranges(networks), pool(pool));
        try (RemoteTransport transport =
                RemoteTransport.open(
                        NodeProcess.access(
                                Optional.ofNullable(kubeconfig).map(ClusterChoice::absolute)))) {
            StandaloneLoadBalancer balancer = StandaloneLoadBalancer.start(settings, transport);
            System.err.printf(
                    "fairlead: the load balancer of %s runs; pool %s%n",
                    settings.node(), settings.pool());
            NodeProcess.serve(balancer);
        }
        return 0;
    }

    /// `fairlead loadbalancer manifest`.
    @Command(
            name = "manifest",
            description = "print what installs the load balancer on every node of a cluster")
    static final class Manifest implements Callable<Integer> {
        @Mixin ManifestOptions options = new ManifestOptions();

        @Option(
                names = "--pool",
                paramLabel = "RANGES",
                description = "addresses to give out (default: none)")
        String pool = "none";

        @Override
        public Integer call() {
            System.out.print(LoadBalancerManifest.text(options.image, options.server, pool(pool)));
            return 0;
        }
    }

    private static LoadBalancerPool pool(String text) {
        try {
            return LoadBalancerPool.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ClusterException("--pool: " + e.getMessage() + ".", e);
        }
    }

    private static List<Cidr> ranges(List<String> words) {
        List<Cidr> ranges = new ArrayList<>();
        for (String word : words) {
            try {
                ranges.add(Cidr.parse(word.strip()));
            } catch (IllegalArgumentException e) {
                throw new ClusterException("--network " + e.getMessage() + ".", e);
            }
        }
        return ranges;
    }
}
