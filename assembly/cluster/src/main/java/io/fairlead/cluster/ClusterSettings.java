package io.fairlead.cluster;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What a cluster is made of: the options of `fairlead up`, kept beside its state so that the next `up` makes the same one.
///
/// @param nodes how many nodes; none is a control plane alone
/// @param serviceCidrs cluster addresses; all three ranges have the same families in the same order
/// @param podCidrs pods, of which each node gets a part
/// @param nodeCidrs nodes and the host
/// @param nodePortFirst the first of the ports that Services of type NodePort get
/// @param loadBalancerPool ranges of addresses as [LoadBalancerPool] reads them, or `none`; a ConfigMap may say otherwise later
public record ClusterSettings(
        String name,
        int nodes,
        FamilyCidrs serviceCidrs,
        FamilyCidrs podCidrs,
        FamilyCidrs nodeCidrs,
        int nodePortFirst,
        int nodePortLast,
        int apiPort,
        String loadBalancerPool,
        Set<Component> without) {

    public static final String DEFAULT_NAME = "fairlead";

    public static final ClusterSettings DEFAULTS =
            new ClusterSettings(
                    DEFAULT_NAME,
                    3,
                    FamilyCidrs.parse("10.96.0.0/12"),
                    FamilyCidrs.parse("10.244.0.0/16"),
                    FamilyCidrs.parse("172.30.0.0/24"),
                    30000,
                    32767,
                    6443,
                    "172.30.200.0/24",
                    Set.of());

    /// Which address of the nodes' range is the host's.
    static final int HOST_NUMBER = 1;

    /// Which address of the nodes' range is the first node's.
    static final int FIRST_NODE_NUMBER = 11;

    private static final int NODES_MAX = 200;
    private static final int POD_PREFIX = 24;
    private static final int POD_PREFIX_IPV6 = 64;

    /// A node's part has at least a gateway, a pod and what is never used.
    private static final int POD_BITS_MIN = 4;

    /// @throws ClusterException when the settings cannot make a cluster; the message names the option
    public ClusterSettings {
        without = without.isEmpty() ? Set.of() : EnumSet.copyOf(without);
        require(
                name.matches("[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?"),
                "--name %s is not usable: up to 32 lower-case letters, digits and hyphens, starting"
                        + " and ending with a letter or digit",
                name);
        require(
                nodes >= 0 && nodes <= NODES_MAX,
                "--nodes %s is not between 0 and %s",
                nodes,
                NODES_MAX);
        require(
                nodePortFirst > 0 && nodePortFirst <= nodePortLast && nodePortLast <= 65535,
                "--service-node-port-range %s-%s is not a range of ports like 30000-32767",
                nodePortFirst,
                nodePortLast);
        require(apiPort > 0 && apiPort <= 65535, "--api-port %s is not a port", apiPort);
        requireSameFamilies("--pod-cidr", podCidrs, serviceCidrs);
        requireSameFamilies("--node-cidr", nodeCidrs, serviceCidrs);
        for (Cidr range : serviceCidrs.list()) {
            int widest = range.isIpv6() ? 64 : 8;
            int narrowest = range.isIpv6() ? 124 : 28;
            require(
                    range.prefixLength() >= widest && range.prefixLength() <= narrowest,
                    "--service-cidr %s is not between a /%s and a /%s",
                    range,
                    widest,
                    narrowest);
        }
        for (Cidr range : podCidrs.list()) {
            int prefix = podPrefix(range);
            require(
                    range.prefixLength() <= prefix
                            && prefix <= range.family().bits() - POD_BITS_MIN
                            && nodes < 1L << Math.min(20, prefix - range.prefixLength()),
                    "--pod-cidr %s has no room for a /%s for each of %s nodes",
                    range,
                    prefix,
                    nodes);
        }
        for (Cidr range : nodeCidrs.list()) {
            require(
                    range.family().bits() - range.prefixLength() >= 2 && range.size() > nodes + 12L,
                    "--node-cidr %s has no room for %s nodes",
                    range,
                    nodes);
        }
        requireApart("--service-cidr", serviceCidrs, "--pod-cidr", podCidrs);
        requireApart("--service-cidr", serviceCidrs, "--node-cidr", nodeCidrs);
        requireApart("--pod-cidr", podCidrs, "--node-cidr", nodeCidrs);
        List<Cidr> others = new ArrayList<>(serviceCidrs.list());
        others.addAll(podCidrs.list());
        others.addAll(nodeCidrs.list());
        for (AddressRange range : poolOf(loadBalancerPool).ranges()) {
            for (Cidr other : others) {
                require(
                        !range.overlaps(other),
                        "--load-balancer-pool %s overlaps %s: choose another range, or none",
                        range,
                        other);
            }
            require(
                    nodeCidrs.families().contains(range.family()),
                    "--load-balancer-pool %s: the nodes have no %s addresses",
                    range,
                    range.family());
        }
    }

    /// The same cluster at other addresses, without a pool where the nodes have no addresses of its family.
    ///
    /// @throws ClusterException as the constructor
    public ClusterSettings withRanges(
            FamilyCidrs services, FamilyCidrs pods, FamilyCidrs nodeRanges) {
        return new ClusterSettings(
                name,
                nodes,
                services,
                pods,
                nodeRanges,
                nodePortFirst,
                nodePortLast,
                apiPort,
                pool().ranges().stream().allMatch(it -> nodeRanges.families().contains(it.family()))
                        ? loadBalancerPool
                        : "none",
                without);
    }

    /// `node-1` and so on.
    public List<String> nodeNames() {
        List<String> names = new ArrayList<>();
        for (int number = 1; number <= nodes; number++) {
            names.add("node-" + number);
        }
        return names;
    }

    /// The families that everything in the cluster has, the primary one first.
    public List<IpFamily> families() {
        return serviceCidrs.families();
    }

    /// The addresses of a node, counted from 1; the primary family's first.
    public List<InetAddress> nodeAddresses(int number) {
        return nodeCidrs.list().stream()
                .map(range -> range.address(FIRST_NODE_NUMBER - 1L + number))
                .toList();
    }

    /// The primary one of [#nodeAddresses].
    public InetAddress nodeAddress(int number) {
        return nodeAddresses(number).getFirst();
    }

    /// The pods' ranges of a node, counted from 1.
    public FamilyCidrs podCidrs(int number) {
        return new FamilyCidrs(
                podCidr(podCidrs.primary(), number),
                podCidrs.secondary().map(range -> podCidr(range, number)));
    }

    /// Where the host, and so the API server, is on the nodes' network; the primary family's first.
    public List<InetAddress> hostAddresses() {
        return nodeCidrs.list().stream().map(range -> range.address(HOST_NUMBER)).toList();
    }

    /// The primary one of [#hostAddresses].
    public InetAddress hostAddress() {
        return hostAddresses().getFirst();
    }

    /// Where the host sends packets for load balancer addresses of a family, on the nodes' network; nobody has it. Empty where the nodes have no such
    /// addresses.
    public Optional<InetAddress> frontAddress(IpFamily family) {
        return nodeCidrs.find(family).map(range -> range.address(2));
    }

    /// The addresses that LoadBalancer Services get while no ConfigMap says otherwise.
    public LoadBalancerPool pool() {
        return poolOf(loadBalancerPool);
    }

    private static LoadBalancerPool poolOf(String text) {
        try {
            return LoadBalancerPool.parse(text);
        } catch (IllegalArgumentException e) {
            throw new ClusterException("--load-balancer-pool: " + e.getMessage() + ".", e);
        }
    }

    /// The address of Service `kubernetes`.
    public InetAddress apiServiceAddress() {
        return serviceCidrs.primary().address(1);
    }

    /// The address of Service `kube-dns` that pods ask.
    public InetAddress dnsServiceAddress() {
        return dnsServiceAddresses().getFirst();
    }

    /// The addresses of Service `kube-dns`, the primary family's first.
    public List<InetAddress> dnsServiceAddresses() {
        return serviceCidrs.list().stream().map(range -> range.address(10)).toList();
    }

    public boolean has(Component component) {
        return !without.contains(component);
    }

    public JsonObject tree() {
        return JsonObject.builder()
                .put("name", name)
                .put("nodes", nodes)
                .put("serviceCidr", serviceCidrs.toString())
                .put("podCidr", podCidrs.toString())
                .put("nodeCidr", nodeCidrs.toString())
                .put("nodePortFirst", nodePortFirst)
                .put("nodePortLast", nodePortLast)
                .put("apiPort", apiPort)
                .put("loadBalancerPool", loadBalancerPool)
                .put("without", JsonArray.from(without, component -> Json.of(component.word())))
                .build();
    }

    public static ClusterSettings of(JsonObject tree) {
        EnumSet<Component> without = EnumSet.noneOf(Component.class);
        for (Json word : tree.list("without")) {
            Component.find(word.text()).ifPresent(without::add);
        }
        return new ClusterSettings(
                tree.text("name"),
                (int) tree.number(0, "nodes"),
                FamilyCidrs.parse(tree.text("serviceCidr")),
                FamilyCidrs.parse(tree.text("podCidr")),
                FamilyCidrs.parse(tree.text("nodeCidr")),
                (int) tree.number(0, "nodePortFirst"),
                (int) tree.number(0, "nodePortLast"),
                (int) tree.number(0, "apiPort"),
                tree.text("loadBalancerPool"),
                without);
    }

    private static Cidr podCidr(Cidr range, int number) {
        return range.subnet(podPrefix(range), number);
    }

    /// How much of the pods' range a node gets: as much as Kubernetes would give it, or a 256th of an IPv6 range that is too small for that.
    private static int podPrefix(Cidr range) {
        return range.isIpv6() ? Math.max(POD_PREFIX_IPV6, range.prefixLength() + 8) : POD_PREFIX;
    }

    private static void requireSameFamilies(
            String option, FamilyCidrs range, FamilyCidrs serviceCidrs) {
        require(
                range.families().equals(serviceCidrs.families()),
                "%s %s is %s, but --service-cidr %s is %s: give all ranges the same families in the"
                        + " same order",
                option,
                range,
                words(range),
                serviceCidrs,
                words(serviceCidrs));
    }

    private static String words(FamilyCidrs range) {
        return range.secondary()
                .map(second -> range.primaryFamily() + " and " + second.family())
                .orElse(range.primaryFamily() + " alone");
    }

    private static void requireApart(
            String option, FamilyCidrs ranges, String otherOption, FamilyCidrs others) {
        for (Cidr range : ranges.list()) {
            for (Cidr other : others.list()) {
                require(
                        !range.overlaps(other),
                        "%s %s overlaps %s %s: choose another range for one of them",
                        option,
                        range,
                        otherOption,
                        other);
            }
        }
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String sentence, Object... values) {
        if (!holds) {
            throw new ClusterException(sentence.formatted(values) + ".");
        }
    }
}
