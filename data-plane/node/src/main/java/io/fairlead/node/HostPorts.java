package io.fairlead.node;

import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.Diff;
import io.fairlead.nftables.Kernel;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Protocol;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Transaction;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The ports of a node that lead to its pods (`hostPort`): keeps a table of its own in the node's namespace, beside the proxy's.
///
/// The table is made when the first pod with such a port comes; a node without one has no table. Safe for use by many threads.
final class HostPorts implements AutoCloseable {
    private final NetworkNamespace node;
    private final Map<HostPortRules.Family, Cidr> podRanges = new HashMap<>();
    private final Map<PodFolders, List<Opening>> byPod = new HashMap<>();
    private final Map<HostPortRules.Family, Ruleset> applied = new HashMap<>();
    private Optional<Kernel> kernel = Optional.empty();

    /// One port of the node, and where it leads.
    ///
    /// @param nodeAddress the node's address that it is limited to; empty for all of them
    record Opening(
            Optional<InetAddress> nodeAddress,
            Protocol protocol,
            int nodePort,
            InetAddress podAddress,
            int containerPort) {
        HostPortRules.Family family() {
            return HostPortRules.Family.of(podAddress);
        }
    }

    /// @param podRanges of the node, one for each family that its pods have
    HostPorts(NetworkNamespace node, List<Cidr> podRanges) {
        this.node = node;
        for (Cidr range : podRanges) {
            this.podRanges.put(HostPortRules.Family.of(range.first()), range);
        }
    }

    /// Opens what a pod asks for.
    ///
    /// @throws io.fairlead.nftables.NftablesException when the kernel refuses
    synchronized void open(AssignedPod pod, PodFolders folders, List<InetAddress> podAddresses) {
        List<Opening> openings = openings(pod, podAddresses);
        if (openings.isEmpty()) {
            return;
        }
        if (!openings.equals(byPod.put(folders, openings))) {
            apply();
            forgetFlows(openings);
        }
    }

    /// Closes what the pod had.
    synchronized void close(PodFolders folders) {
        List<Opening> had = byPod.remove(folders);
        if (had != null) {
            apply();
            forgetFlows(had);
        }
    }

    /// UDP flows would go on where they went before: to a pod that is gone, or to nobody.
    private void forgetFlows(List<Opening> openings) {
        Set<Integer> ports =
                openings.stream()
                        .filter(opening -> opening.protocol() == Protocol.UDP)
                        .map(Opening::nodePort)
                        .collect(Collectors.toSet());
        if (ports.isEmpty()) {
            return;
        }
        try (ConnectionTracking tracking = ConnectionTracking.open(node)) {
            tracking.delete(flow ->
                    flow.protocol() == ConnectionTracking.UDP
                            && ports.contains(flow.original().destinationPort()));
        }
    }

    private static List<Opening> openings(AssignedPod pod, List<InetAddress> podAddresses) {
        List<Opening> openings = new ArrayList<>();
        for (ContainerSpec container : pod.containers()) {
            for (Json port : container.tree().list("ports")) {
                int nodePort = (int) port.number(0, "hostPort");
                if (nodePort == 0) {
                    continue;
                }
                Optional<InetAddress> wanted = nodeAddress(port.text("hostIP"));
                for (InetAddress address : podAddresses) {
                    if (wanted.isEmpty() || isSameFamily(wanted.get(), address)) {
                        openings.add(
                                new Opening(
                                        wanted.filter(it -> !it.isAnyLocalAddress()),
                                        protocol(port.text("protocol")),
                                        nodePort,
                                        address,
                                        (int) port.number(nodePort, "containerPort")));
                    }
                }
            }
        }
        return List.copyOf(openings);
    }

    private static Optional<InetAddress> nodeAddress(String text) {
        return text.isEmpty() ? Optional.empty() : Optional.of(Cidr.literal(text));
    }

    private static boolean isSameFamily(InetAddress one, InetAddress other) {
        return one instanceof Inet4Address == other instanceof Inet4Address;
    }

    private static Protocol protocol(String name) {
        return name.isEmpty() ? Protocol.TCP : Protocol.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private void apply() {
        podRanges.forEach((family, range) -> {
            List<Opening> own =
                    byPod.values().stream()
                            .flatMap(List::stream)
                            .filter(opening -> opening.family() == family)
                            .toList();
            Ruleset wanted = HostPortRules.of(family, range, own);
            Ruleset known = applied.remove(family);
            if (known == null && own.isEmpty()) {
                return;
            }
            if (known == null) {
                HostPortRules.reachFromLoopback(node, family);
            }
            // Whatever an earlier life of this program left there is replaced at the first time.
            kernel().commit(
                            known == null
                                    ? Transaction.replace(wanted)
                                    : Diff.between(known, wanted));
            applied.put(family, wanted);
        });
    }

    private Kernel kernel() {
        Kernel open = kernel.orElseGet(() -> NetlinkKernel.of(node));
        kernel = Optional.of(open);
        return open;
    }

    /// The table stays: flows of pods that run on go on.
    @Override
    public synchronized void close() {
        kernel.ifPresent(Kernel::close);
        kernel = Optional.empty();
    }
}
