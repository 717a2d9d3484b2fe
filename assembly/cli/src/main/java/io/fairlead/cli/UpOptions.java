package io.fairlead.cli;

import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Component;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What `up` lets a person choose. An option that is not given keeps what the cluster had before.
final class UpOptions {
    @Option(
            names = "--nodes",
            paramLabel = "N",
            description = "how many nodes (default: 3; 0: the API alone)")
    @Nullable Integer nodes;

    @Mixin RangeOptions ranges = new RangeOptions();

    @Option(
            names = "--service-node-port-range",
            paramLabel = "FIRST-LAST",
            description = "node ports (default: 30000-32767)")
    @Nullable String nodePortRange;

    @Option(
            names = "--api-port",
            paramLabel = "PORT",
            description = "where the API listens (default: 6443)")
    @Nullable Integer apiPort;

    @Option(
            names = "--load-balancer-pool",
            paramLabel = "RANGE[,RANGE]|none",
            description =
                    "addresses for Services of type LoadBalancer, of each family that they are to"
                            + " have (default: 172.30.200.0/24, or beside other node ranges; none:"
                            + " they stay pending and answer as node ports)")
    @Nullable String loadBalancerPool;

    @Option(
            names = "--without",
            paramLabel = "COMPONENT",
            split = ",",
            description = "leave out: ${COMPLETION-CANDIDATES}",
            completionCandidates = Words.class)
    @Nullable List<String> without;

    /// The component names, for the help text.
    static final class Words extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        Words() {
            for (Component component : Component.values()) {
                add(component.word());
            }
        }
    }

    /// The settings for a cluster that `before` made, if it was made before.
    ///
    /// @throws ClusterException when an option cannot be read, or differs from what cannot change
    ClusterSettings settings(String name, Optional<ClusterSettings> before) {
        ClusterSettings base = before.orElse(ClusterSettings.DEFAULTS);
        PortRange ports = ports(base);
        ClusterSettings chosen =
                new ClusterSettings(
                        name,
                        nodes == null ? base.nodes() : nodes,
                        ranges.services(base.serviceCidrs()),
                        ranges.pods(base.podCidrs()),
                        ranges.nodes(base.nodeCidrs()),
                        ports.first(),
                        ports.last(),
                        apiPort == null ? base.apiPort() : apiPort,
                        pool(before),
                        without == null ? base.without() : components(without));
        before.ifPresent(earlier -> {
            requireSame("--service-cidr", earlier.serviceCidrs(), chosen.serviceCidrs());
            requireSame("--pod-cidr", earlier.podCidrs(), chosen.podCidrs());
            requireSame("--node-cidr", earlier.nodeCidrs(), chosen.nodeCidrs());
        });
        return chosen;
    }

    /// Clusters beside each other have node ranges of their own, and so pools of their own: in the nodes' /16 with 200 as third number, and in their /48 the subnet 200.
    private String pool(Optional<ClusterSettings> before) {
        if (loadBalancerPool != null) {
            return loadBalancerPool;
        }
        if (before.isPresent()) {
            return before.get().loadBalancerPool();
        }
        FamilyCidrs nodes = ranges.nodes(ClusterSettings.DEFAULTS.nodeCidrs());
        List<Cidr> taken = new ArrayList<>(nodes.list());
        taken.addAll(ranges.services(ClusterSettings.DEFAULTS.serviceCidrs()).list());
        taken.addAll(ranges.pods(ClusterSettings.DEFAULTS.podCidrs()).list());
        List<String> pools = new ArrayList<>();
        for (Cidr nodeRange : nodes.list()) {
            beside(nodeRange)
                    .filter(pool -> taken.stream().noneMatch(pool::overlaps))
                    .ifPresent(pool -> pools.add(pool.toString()));
        }
        return pools.isEmpty() ? "none" : String.join(",", pools);
    }

    private static Optional<Cidr> beside(Cidr nodeRange) {
        byte[] address = nodeRange.first().getAddress();
        if (nodeRange.isIpv6()) {
            if (nodeRange.prefixLength() < 48) {
                return Optional.empty();
            }
            Arrays.fill(address, 6, 16, (byte) 0);
            address[7] = (byte) 200;
            return Cidr.find(IpAddress.ofBytes(address) + "/112");
        }
        return nodeRange.prefixLength() < 16
                ? Cidr.find(ClusterSettings.DEFAULTS.loadBalancerPool())
                : Cidr.find(
                        "%d.%d.200.0/24"
                                .formatted(
                                        Byte.toUnsignedInt(address[0]),
                                        Byte.toUnsignedInt(address[1])));
    }

    private PortRange ports(ClusterSettings base) {
        return nodePortRange == null
                ? new PortRange(base.nodePortFirst(), base.nodePortLast())
                : PortRange.parse("--service-node-port-range", nodePortRange);
    }

    private static Set<Component> components(List<String> words) {
        EnumSet<Component> components = EnumSet.noneOf(Component.class);
        for (String word : words) {
            components.add(
                    Component.find(word)
                            .orElseThrow(() ->
                                    new ClusterException(
                                            "--without %s: there is no such component; choose among %s."
                                                    .formatted(word, Component.words()))));
        }
        return components;
    }

    private static void requireSame(String option, FamilyCidrs before, FamilyCidrs now) {
        if (!before.equals(now)) {
            throw new ClusterException(
                    "%s %s differs from %s, with which this cluster was made: leave it out, or begin anew after \"fairlead down --delete\"."
                            .formatted(option, now, before));
        }
    }
}
