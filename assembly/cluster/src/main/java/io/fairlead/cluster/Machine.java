package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpFamily;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.Ipv6Links;
import io.fairlead.linux.Link;
import io.fairlead.linux.LinkAddress;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import io.fairlead.linux.VethPair;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import io.fairlead.node.NodeSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32;

/// The network of a cluster on one machine, in the network namespace the caller is in, which plays the host:
///
///     host   link fl-NAME, node range .1        table fairlead-NAME masquerades the node range
///      └─ fabric   a bridge without an address, and the front of the load balancer ([FrontNetwork]); a namespace of its own, so that the host's filters never see node-to-node traffic
///          ├─ node-1   eth0, node range .11     routes to the other nodes' pods
///          └─ node-2 …
///
/// Both families are numbered alike.
///
/// Nothing is remembered but what the kernel has, under names that carry the cluster's: [#raise] mends whatever is left of an earlier
/// one, [#lower] takes away whatever is there. One thread at a time.
public final class Machine {
    private static final String FABRIC = "fabric";
    static final String BRIDGE = "br0";

    /// The host's end of its link, in the fabric.
    private static final String HOST = "host";

    private static final String NODE_LINK = "eth0";
    static final long HOST_MAC = 0x02fa_1ead_0001L;
    static final long NODE_MACS = 0x02fa_1ead_0100L;
    private static final String LOOSE = "2";

    private final ClusterFolders folders;

    public Machine(ClusterFolders folders) {
        this.folders = folders;
    }

    /// The host's link to the nodes. Long names of clusters are cut, with a checksum to keep them apart.
    public String hostLink() {
        String name = "fl-" + folders.name();
        if (name.length() <= Link.NAME_LENGTH_MAX) {
            return name;
        }
        CRC32 checksum = new CRC32();
        checksum.update(folders.name().getBytes(StandardCharsets.UTF_8));
        return name.substring(0, 7) + "%08x".formatted(checksum.getValue());
    }

    /// The host's table.
    public String hostTable() {
        return HostTable.name(folders.name());
    }

    /// The control group below which everything of the cluster runs, named alike in every hierarchy.
    public String controlGroup() {
        return NodeSettings.clusterCgroup(folders.name());
    }

    /// The file that a node's namespace is mounted on, for programs that take a path.
    public Path nodeNamespace(String node) {
        return folders.namespaces().resolve(node);
    }

    /// Opens a node's namespace; the caller closes it.
    ///
    /// The cluster's process may have a mount namespace of its own (`ip netns exec` makes one), and then only that one holds the
    /// node's: it is looked at through that process.
    public NetworkNamespace openNode(String node) {
        Path file = nodeNamespace(node);
        Optional<ProcessHandle> process = folders.process();
        if (!NetworkNamespace.exists(file) && process.isPresent()) {
            Path root = Path.of("/proc", Long.toString(process.get().pid()), "root");
            return NetworkNamespace.open(root.resolve(file.toString().substring(1)));
        }
        return NetworkNamespace.open(file);
    }

    /// Opens the fabric's namespace; the caller closes it.
    NetworkNamespace openFabric() {
        return NetworkNamespace.open(folders.namespaces().resolve(FABRIC));
    }

    /// Makes the machine, or completes and mends what is there of it; what is right stays untouched, with the pods on it.
    ///
    /// @throws ClusterException when a range is taken on the host, before anything is changed
    public void raise(ClusterSettings settings) {
        try (NetworkNamespace host = NetworkNamespace.current();
                NetworkStack hostStack = NetworkStack.open(host)) {
            HostRanges.requireFree(settings, hostStack, hostLink());
            folders.create();
            removeNodesBut(Set.copyOf(settings.nodeNames()));
            try (NetworkNamespace fabric = openOrCreate(FABRIC);
                    NetworkStack fabricStack = NetworkStack.open(fabric)) {
                raiseFabric(fabric, fabricStack);
                raiseHost(settings, host, hostStack, fabric, fabricStack);
                for (int number = 1; number <= settings.nodes(); number++) {
                    raiseNode(settings, number, fabricStack);
                }
                FrontNetwork.raise(
                        settings,
                        fabric,
                        fabricStack,
                        fabricStack.links().require(BRIDGE),
                        hostStack,
                        hostStack.links().require(hostLink()));
            }
            try (NetlinkKernel kernel = NetlinkKernel.of(host)) {
                for (Ruleset table : HostTable.of(settings)) {
                    kernel.commit(Transaction.replace(table));
                }
            }
            new IpForwarding(folders.run()).enable(host, settings.families());
        }
    }

    /// Takes everything away that [#raise] makes, whatever of it is there. Pods must have been stopped: a process keeps its namespace.
    public void lower() {
        try (NetworkNamespace host = NetworkNamespace.current();
                NetworkStack hostStack = NetworkStack.open(host);
                NetlinkKernel kernel = NetlinkKernel.of(host)) {
            new IpForwarding(folders.run()).restore(host);
            for (TableName table : HostTable.names(folders.name())) {
                kernel.commit(Transaction.deleteTable(table));
            }
            hostStack.links().delete(hostLink());
        }
        for (Path file : namespaceFiles()) {
            NetworkNamespace.delete(file);
        }
        ClusterFolders.remove(folders.namespaces());
    }

    /// What on the host keeps pods from reaching beyond it: a sentence each, with the rule to add. Empty when nothing does.
    public List<String> obstacles(ClusterSettings settings) {
        try (NetworkNamespace host = NetworkNamespace.current()) {
            return ForwardFilters.obstacles(host, settings.nodeCidrs(), hostTable());
        }
    }

    private void raiseFabric(NetworkNamespace fabric, NetworkStack stack) {
        setWhereKnown(fabric, "bridge/bridge-nf-call-iptables", "0");
        setWhereKnown(fabric, "bridge/bridge-nf-call-ip6tables", "0");
        setWhereKnown(fabric, "bridge/bridge-nf-call-arptables", "0");
        setWhereKnown(fabric, "ipv6/conf/default/disable_ipv6", "1");
        if (stack.links().find(BRIDGE).isEmpty()) {
            stack.links().addBridge(BRIDGE);
        }
        stack.links().setUp(BRIDGE);
    }

    private void raiseHost(
            ClusterSettings settings,
            NetworkNamespace host,
            NetworkStack hostStack,
            NetworkNamespace fabric,
            NetworkStack fabricStack) {
        String name = hostLink();
        Link bridge = fabricStack.links().require(BRIDGE);
        if (!arePaired(hostStack, name, fabricStack, HOST)) {
            hostStack.links().delete(name);
            fabricStack.links().delete(HOST);
            hostStack
                    .links()
                    .addVeth(VethPair.of(name, HOST, fabric).withMac(new MacAddress(HOST_MAC)));
        }
        fabricStack.links().setMaster(HOST, bridge);
        fabricStack.links().setUp(HOST);
        if (settings.families().contains(IpFamily.IPV6)) {
            Ipv6Links.prepare(host, name);
        } else {
            setWhereKnown(host, "ipv6/conf/" + name + "/disable_ipv6", "1");
        }
        hostStack.links().setUp(name);
        setOnlyAddresses(hostStack, name, settings.hostAddresses(), settings.nodeCidrs());
    }

    private void raiseNode(ClusterSettings settings, int number, NetworkStack fabricStack) {
        String name = settings.nodeNames().get(number - 1);
        try (NetworkNamespace node = openOrCreate(name);
                NetworkStack stack = NetworkStack.open(node)) {
            if (!arePaired(fabricStack, name, stack, NODE_LINK)) {
                fabricStack.links().delete(name);
                stack.links().delete(NODE_LINK);
                fabricStack
                        .links()
                        .addVeth(
                                VethPair.of(name, NODE_LINK, node)
                                        .withPeerMac(new MacAddress(NODE_MACS + number)));
            }
            fabricStack.links().setMaster(name, fabricStack.links().require(BRIDGE));
            fabricStack.links().setUp(name);
            node.setSysctl("ipv4/ip_forward", "1");
            if (settings.families().contains(IpFamily.IPV6)) {
                for (String links : List.of("all", "default", "lo", NODE_LINK)) {
                    Ipv6Links.prepare(node, links);
                }
                node.setSysctl("ipv6/conf/default/forwarding", "1");
                node.setSysctl("ipv6/conf/all/forwarding", "1");
            }
            // Answers of a Service may arrive on another link than the one their sender is behind.
            node.setSysctl("ipv4/conf/all/rp_filter", LOOSE);
            node.setSysctl("ipv4/conf/default/rp_filter", LOOSE);
            // A node forwards to others on the link a packet came by, and says nothing about it.
            for (String links : List.of("all", "default", NODE_LINK)) {
                node.setSysctl("ipv4/conf/" + links + "/send_redirects", "0");
            }
            stack.links().setUp("lo");
            stack.links().setUp(NODE_LINK);
            setOnlyAddresses(
                    stack, NODE_LINK, settings.nodeAddresses(number), settings.nodeCidrs());
            setRoutes(settings, number, stack);
        }
    }

    private static void setRoutes(ClusterSettings settings, int number, NetworkStack stack) {
        Link link = stack.links().require(NODE_LINK);
        for (InetAddress host : settings.hostAddresses()) {
            IpPrefix any = host instanceof Inet6Address ? IpPrefix.ANY_IPV6 : IpPrefix.ANY_IPV4;
            stack.routes().replace(Route.to(any).via(host).on(link));
        }
        for (int other = 1; other <= settings.nodes(); other++) {
            List<Cidr> ranges = settings.podCidrs(other).list();
            for (int i = 0; i < ranges.size(); i++) {
                Route pods = Route.to(prefix(ranges.get(i)));
                // What is for a pod that is gone must not leave by the default route.
                stack.routes()
                        .replace(
                                other == number
                                        ? pods.ofType(Route.Type.UNREACHABLE)
                                        : pods.via(settings.nodeAddresses(other).get(i)).on(link));
            }
        }
    }

    /// Whether both links are there and are the two ends of one pair.
    private static boolean arePaired(
            NetworkStack near, String nearName, NetworkStack far, String farName) {
        Optional<Link> nearLink = near.links().find(nearName);
        Optional<Link> farLink = far.links().find(farName);
        return nearLink.isPresent()
                && farLink.isPresent()
                && nearLink.get().kind().equals("veth")
                && farLink.get().kind().equals("veth")
                && nearLink.get().peerIndex() == farLink.get().index()
                && farLink.get().peerIndex() == nearLink.get().index();
    }

    private static void setOnlyAddresses(
            NetworkStack stack, String linkName, List<InetAddress> addresses, FamilyCidrs ranges) {
        Link link = stack.links().require(linkName);
        Set<IpPrefix> wanted = new LinkedHashSet<>();
        for (int i = 0; i < addresses.size(); i++) {
            wanted.add(new IpPrefix(addresses.get(i), ranges.list().get(i).prefixLength()));
        }
        for (LinkAddress held : stack.addresses().list()) {
            boolean isStale =
                    held.linkIndex() == link.index()
                            && !held.address().address().isLinkLocalAddress()
                            && !wanted.contains(held.address());
            if (isStale) {
                stack.addresses().delete(link, held.address());
            }
        }
        wanted.forEach(address -> stack.addresses().add(link, address));
    }

    private NetworkNamespace openOrCreate(String name) {
        Path file = folders.namespaces().resolve(name);
        if (NetworkNamespace.exists(file)) {
            return NetworkNamespace.open(file);
        }
        // A crash between making the file and mounting the namespace leaves the file alone.
        NetworkNamespace.delete(file);
        return NetworkNamespace.create(file);
    }

    private void removeNodesBut(Set<String> nodes) {
        for (Path file : namespaceFiles()) {
            String name = String.valueOf(file.getFileName());
            // The pods' are in the same folder: they are up to the nodes, which take them up again.
            boolean isPods = name.startsWith(NodeSettings.POD_NAMESPACES);
            if (!isPods && !name.equals(FABRIC) && !nodes.contains(name)) {
                NetworkNamespace.delete(file);
            }
        }
    }

    private List<Path> namespaceFiles() {
        Set<Path> files = new TreeSet<>();
        if (!Files.isDirectory(folders.namespaces())) {
            return List.of();
        }
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folders.namespaces())) {
            found.forEach(files::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new ArrayList<>(files);
    }

    private static IpPrefix prefix(Cidr cidr) {
        return new IpPrefix(cidr.first(), cidr.prefixLength());
    }

    private static void setWhereKnown(NetworkNamespace namespace, String key, String value) {
        if (namespace.hasSysctl(key)) {
            namespace.setSysctl(key, value);
        }
    }
}
