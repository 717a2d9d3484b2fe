package io.fairlead.cluster;

import com.google.errorprone.annotations.FormatMethod;
import com.google.errorprone.annotations.FormatString;
import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// What a cluster is made of: the options of `fairlead up`, kept beside its state so that the next `up` makes the same one.
///
/// @param nodes how many nodes; none is a control plane alone
/// @param nodePortFirst the first of the ports that Services of type NodePort get
/// @param loadBalancerPool ranges of addresses as [LoadBalancerPool] reads them, or `none`; a ConfigMap may say otherwise later
public record ClusterSettings(
        String name,
        int nodes,
        Cidr serviceCidr,
        Cidr podCidr,
        Cidr nodeCidr,
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
                    Cidr.parse("10.96.0.0/12"),
                    Cidr.parse("10.244.0.0/16"),
                    Cidr.parse("172.30.0.0/24"),
                    30000,
                    32767,
                    6443,
                    "172.30.200.0/24",
                    Set.of());

    private static final int NODES_MAX = 200;
    private static final int POD_PREFIX = 24;

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
        for (Cidr range : List.of(serviceCidr, podCidr, nodeCidr)) {
            require(
                    !range.isIpv6(),
                    "%s is an IPv6 range: only IPv4 clusters can be made for now",
                    range);
        }
        require(
                serviceCidr.prefixLength() >= 8 && serviceCidr.prefixLength() <= 28,
                "--service-cidr %s is not between a /8 and a /28",
                serviceCidr);
        require(
                podCidr.prefixLength() <= POD_PREFIX
                        && nodes < 1L << Math.min(20, POD_PREFIX - podCidr.prefixLength()),
                "--pod-cidr %s has no room for a /24 for each of %s nodes",
                podCidr,
                nodes);
        require(
                nodeCidr.prefixLength() <= 30 && nodeCidr.size() > nodes + 12L,
                "--node-cidr %s has no room for %s nodes",
                nodeCidr,
                nodes);
        requireApart("--service-cidr", serviceCidr, "--pod-cidr", podCidr);
        requireApart("--service-cidr", serviceCidr, "--node-cidr", nodeCidr);
        requireApart("--pod-cidr", podCidr, "--node-cidr", nodeCidr);
        for (AddressRange range : poolOf(loadBalancerPool).ranges()) {
            for (Cidr other : List.of(serviceCidr, podCidr, nodeCidr)) {
                require(
                        !range.overlaps(other),
                        "--load-balancer-pool %s overlaps %s: choose another range, or none",
                        range,
                        other);
            }
            require(
                    range.family() == nodeCidr.family(),
                    "--load-balancer-pool %s: the nodes have no %s addresses",
                    range,
                    range.family());
        }
    }

    /// `node-1` and so on.
    public List<String> nodeNames() {
        List<String> names = new ArrayList<>();
        for (int number = 1; number <= nodes; number++) {
            names.add("node-" + number);
        }
        return names;
    }

    /// The address of a node, counted from 1.
    public InetAddress nodeAddress(int number) {
        return nodeCidr.address(10L + number);
    }

    /// The pods' range of a node, counted from 1.
    public Cidr podCidr(int number) {
        return podCidr.subnet(POD_PREFIX, number);
    }

    /// Where the host, and so the API server, is on the nodes' network.
    public InetAddress hostAddress() {
        return nodeCidr.address(1);
    }

    /// Where the host sends packets for load balancer addresses, on the nodes' network; nobody has it.
    public InetAddress frontAddress() {
        return nodeCidr.address(2);
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
        return serviceCidr.address(1);
    }

    /// The address of Service `kube-dns`.
    public InetAddress dnsServiceAddress() {
        return serviceCidr.address(10);
    }

    public boolean has(Component component) {
        return !without.contains(component);
    }

    public JsonObject tree() {
        return JsonObject.builder()
                .put("name", name)
                .put("nodes", nodes)
                .put("serviceCidr", serviceCidr.toString())
                .put("podCidr", podCidr.toString())
                .put("nodeCidr", nodeCidr.toString())
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
                Cidr.parse(tree.text("serviceCidr")),
                Cidr.parse(tree.text("podCidr")),
                Cidr.parse(tree.text("nodeCidr")),
                (int) tree.number(0, "nodePortFirst"),
                (int) tree.number(0, "nodePortLast"),
                (int) tree.number(0, "apiPort"),
                tree.text("loadBalancerPool"),
                without);
    }

    private static void requireApart(String option, Cidr range, String otherOption, Cidr other) {
        require(
                !range.overlaps(other),
                "%s %s overlaps %s %s: choose another range for one of them",
                option,
                range,
                otherOption,
                other);
    }

    @FormatMethod
    private static void require(boolean holds, @FormatString String sentence, Object... values) {
        if (!holds) {
            throw new ClusterException(sentence.formatted(values) + ".");
        }
    }
}
