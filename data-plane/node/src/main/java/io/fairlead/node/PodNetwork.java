package io.fairlead.node;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.Ipv6Links;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import io.fairlead.linux.VethPair;
import io.fairlead.nftables.NftablesException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Gives each pod a network namespace, joined to the node's by a pair of links. Nothing is bridged: the pod sends everything to the
/// gateway, which answers on every pod's link, and the node has a route to each pod.
///
/// Safe for use by many threads.
final class PodNetwork implements AutoCloseable {
    private static final String POD_LINK = "eth0";

    /// The ports that a pod's clients get. Those above belong to flows that a node translated for its members.
    private static final String CLIENT_PORTS = "32768 60999";

    private final NodeSettings settings;
    private final List<AddressPool> pools;
    private final NetworkNamespace node;
    private final NetworkStack nodeStack;
    private final PodTraffic traffic;
    private final HostPorts hostPorts;

    private PodNetwork(
            NodeSettings settings,
            List<AddressPool> pools,
            NetworkNamespace node,
            NetworkStack nodeStack,
            PodTraffic traffic) {
        this.traffic = traffic;
        this.settings = settings;
        this.pools = pools;
        this.node = node;
        this.nodeStack = nodeStack;
        this.hostPorts = new HostPorts(node, settings.podRanges().list());
    }

    static PodNetwork open(NodeSettings settings, PodTraffic traffic) {
        NetworkNamespace node = NetworkNamespace.open(settings.namespace());
        node.setSysctl("ipv4/ip_forward", "1");
        if (settings.podRanges().families().contains(IpFamily.IPV6)) {
            Ipv6Links.prepare(node, "all");
            Ipv6Links.prepare(node, "default");
            node.setSysctl("ipv6/conf/all/forwarding", "1");
        }
        List<AddressPool> pools =
                settings.podRanges().list().stream().map(AddressPool::new).toList();
        return new PodNetwork(settings, pools, node, NetworkStack.open(node), traffic);
    }

    /// The node's own namespace.
    NetworkNamespace node() {
        return node;
    }

    /// Makes the pod's namespace and joins it.
    ///
    /// @throws NodeException when that fails; nothing is left then
    Sandbox create(AssignedPod pod, PodFolders folders) {
        if (pod.usesHostNetwork()) {
            return new Sandbox(settings.namespace(), settings.addressTexts());
        }
        List<InetAddress> addresses = take();
        try {
            NetworkNamespace.delete(folders.namespace());
            try (NetworkNamespace namespace = NetworkNamespace.create(folders.namespace())) {
                join(namespace, addresses, linkName(pod.uid()));
            }
            Sandbox sandbox =
                    new Sandbox(
                            folders.namespace(),
                            addresses.stream()
                                    .map(address -> IpAddress.of(address).toString())
                                    .toList());
            keep(pod, folders, sandbox);
            if (InProcessRuntime.runsAnyOf(pod)) {
                traffic.leaves(addresses(sandbox));
            } else {
                traffic.joins(addresses(sandbox));
            }
            hostPorts.open(pod, folders, addresses);
            return sandbox;
        } catch (LinuxException | NftablesException | IOException e) {
            NetworkNamespace.delete(folders.namespace());
            addresses.forEach(this::give);
            throw new NodeException("cannot join pod " + pod.objectName() + " to the network", e);
        }
    }

    /// The sandbox that an earlier life of this program made for the pod, if it is still whole.
    Optional<Sandbox> find(AssignedPod pod, PodFolders folders) {
        if (pod.usesHostNetwork()) {
            return Files.exists(folders.top())
                    ? Optional.of(new Sandbox(settings.namespace(), settings.addressTexts()))
                    : Optional.empty();
        }
        Optional<Sandbox> kept = kept(folders);
        if (kept.isEmpty()
                || !NetworkNamespace.exists(folders.namespace())
                || !hasLink(pod.uid())) {
            return Optional.empty();
        }
        List<InetAddress> addresses = kept.get().addresses().stream().map(Cidr::literal).toList();
        addresses.forEach(this::keep);
        hostPorts.open(pod, folders, addresses);
        return kept;
    }

    /// Takes a pod off the network. The kernel takes the links along.
    void remove(PodFolders folders) {
        Optional<Sandbox> kept = kept(folders);
        hostPorts.close(folders);
        NetworkNamespace.delete(folders.namespace());
        kept.ifPresent(sandbox -> traffic.leaves(addresses(sandbox)));
        try {
            Files.deleteIfExists(folders.sandboxFile());
        } catch (IOException e) {
            throw new NodeException("cannot delete " + folders.sandboxFile(), e);
        }
        kept.ifPresent(
                sandbox -> sandbox.addresses().stream().map(Cidr::literal).forEach(this::give));
    }

    private static List<IpAddress> addresses(Sandbox sandbox) {
        return sandbox.addresses().stream().map(IpAddress::parse).toList();
    }

    /// One of each family, or none.
    private List<InetAddress> take() {
        List<InetAddress> taken = new ArrayList<>();
        try {
            pools.forEach(pool -> taken.add(pool.take()));
            return taken;
        } catch (NodeException e) {
            taken.forEach(this::give);
            throw e;
        }
    }

    private void keep(InetAddress address) {
        pools.stream().filter(pool -> pool.isOf(address)).forEach(pool -> pool.keep(address));
    }

    private void give(InetAddress address) {
        pools.stream().filter(pool -> pool.isOf(address)).forEach(pool -> pool.give(address));
    }

    private void join(NetworkNamespace namespace, List<InetAddress> addresses, String linkName) {
        namespace.setSysctl("ipv4/ip_local_port_range", CLIENT_PORTS);
        boolean hasIpv6 = pools.stream().anyMatch(AddressPool::isIpv6);
        synchronized (nodeStack) {
            // A pair of that name is left when its pod's namespace is still being taken apart.
            nodeStack.links().delete(linkName);
            nodeStack.links().addVeth(VethPair.of(linkName, POD_LINK, namespace));
            Link nodeEnd = nodeStack.links().require(linkName);
            for (int i = 0; i < pools.size(); i++) {
                nodeStack.addresses().add(nodeEnd, host(pools.get(i).gateway()));
                nodeStack.routes().replace(Route.to(host(addresses.get(i))).on(nodeEnd));
            }
        }
        if (hasIpv6) {
            Ipv6Links.prepare(namespace, "all");
            Ipv6Links.prepare(namespace, "lo");
            Ipv6Links.prepare(namespace, POD_LINK);
        }
        try (NetworkStack stack = NetworkStack.open(namespace)) {
            stack.links().setUp("lo");
            stack.links().setUp(POD_LINK);
            Link podEnd = stack.links().require(POD_LINK);
            for (int i = 0; i < pools.size(); i++) {
                InetAddress gateway = pools.get(i).gateway();
                IpPrefix any = pools.get(i).isIpv6() ? IpPrefix.ANY_IPV6 : IpPrefix.ANY_IPV4;
                stack.addresses().add(podEnd, host(addresses.get(i)));
                stack.routes().replace(Route.to(host(gateway)).on(podEnd));
                stack.routes().replace(Route.to(any).via(gateway).on(podEnd));
            }
        }
    }

    private boolean hasLink(String podUid) {
        synchronized (nodeStack) {
            return nodeStack.links().find(linkName(podUid)).isPresent();
        }
    }

    private void keep(AssignedPod pod, PodFolders folders, Sandbox sandbox) throws IOException {
        JsonObject tree =
                JsonObject.of(
                        "addresses",
                        JsonArray.ofStrings(sandbox.addresses()),
                        "namespace",
                        Json.of(pod.namespace()),
                        "name",
                        Json.of(pod.name()));
        Files.createDirectories(folders.top());
        Files.write(folders.sandboxFile(), JsonWriter.bytes(tree));
    }

    private static Optional<Sandbox> kept(PodFolders folders) {
        try {
            Path file = folders.sandboxFile();
            if (!Files.exists(file)) {
                return Optional.empty();
            }
            List<String> addresses =
                    JsonTexts.of(JsonReader.readObject(Files.readAllBytes(file)).list("addresses"));
            return addresses.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Sandbox(folders.namespace(), addresses));
        } catch (IOException | JsonSyntaxException e) {
            return Optional.empty();
        }
    }

    private static IpPrefix host(InetAddress address) {
        return IpPrefix.host(address);
    }

    /// Unique within a node; at most 15 characters, as the kernel wants it.
    static String linkName(String podUid) {
        CRC32C sum = new CRC32C();
        sum.update(podUid.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return "pod" + HexFormat.of().toHexDigits(sum.getValue(), 8);
    }

    @Override
    public void close() {
        hostPorts.close();
        nodeStack.close();
        node.close();
    }
}
