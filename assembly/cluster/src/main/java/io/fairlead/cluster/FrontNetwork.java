package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.Link;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.Neighbours;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import io.fairlead.linux.RoutingRules;
import io.fairlead.loadbalancer.PoolRoutes;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How packets for load balancer addresses travel on the machine.
///
///     host     a route for each range of the pool, to the front: a permanent neighbour with the MAC address of the fabric's bridge
///     fabric   no address; the default route leads to the host, and for each node a table that leads to it, for packets that carry its number as mark
///
/// Which node gets a packet is up to the rules of the fabric's tables. All neighbours are permanent: a fabric without an address cannot ask for one.
final class FrontNetwork {
    static final MacAddress MAC = new MacAddress(0x02fa_1ead_0002L);

    private static final int TABLES = 1000;
    private static final String NO_OWN_ADDRESS = "1";

    /// What of the kernel's is set in the fabric: packets come and go by the same link, their senders are not behind it, and a flow is tracked although it
    /// was under way before.
    private static final Map<String, String> SYSCTLS =
            Map.of(
                    "ipv4/ip_forward", "1",
                    "ipv4/conf/all/rp_filter", "0",
                    "ipv4/conf/default/rp_filter", "0",
                    "ipv4/conf/all/send_redirects", "0",
                    "ipv4/conf/default/send_redirects", "0",
                    "netfilter/nf_conntrack_tcp_be_liberal", "1");

    private FrontNetwork() {}

    /// Puts back what somebody took away of it. Changes nothing where nothing is missing.
    ///
    /// @throws io.fairlead.linux.LinuxException when a link is gone
    static void mend(ClusterSettings settings, Machine machine) {
        try (NetworkNamespace fabric = machine.openFabric();
                NetworkStack fabricStack = NetworkStack.open(fabric);
                NetworkStack hostStack = NetworkStack.open()) {
            raise(
                    settings,
                    fabric,
                    fabricStack,
                    fabricStack.links().require(Machine.BRIDGE),
                    hostStack,
                    hostStack.links().require(machine.hostLink()));
        }
    }

    /// Makes or mends the fabric's part, and the host's neighbour; what is right already is not touched. The bridge and the links are there.
    static void raise(
            ClusterSettings settings,
            NetworkNamespace fabric,
            NetworkStack fabricStack,
            Link bridge,
            NetworkStack hostStack,
            Link hostLink) {
        SYSCTLS.forEach((key, value) -> setWhereKnown(fabric, key, value));
        String ofBridge = "ipv4/conf/" + bridge.name() + "/";
        fabric.setSysctl(ofBridge + "rp_filter", "0");
        fabric.setSysctl(ofBridge + "send_redirects", "0");
        // Without its loopback link a namespace has no table of own addresses, and takes no
        // gateway.
        fabricStack.links().setUp("lo");
        if (!bridge.mac().equals(Optional.of(MAC))) {
            fabricStack.links().setMac(bridge.name(), MAC);
        }
        if (settings.families().contains(IpFamily.IPV6)) {
            openIpv6(fabric, bridge);
        }
        Present ofFabric = new Present(fabricStack);
        Present ofHost = new Present(hostStack);
        for (Cidr nodeRange : settings.nodeCidrs().list()) {
            InetAddress host = nodeRange.address(ClusterSettings.HOST_NUMBER);
            ofFabric.neighbour(bridge, host, new MacAddress(Machine.HOST_MAC));
            ofFabric.route(defaultTo(host, bridge));
            for (int number = 1; number <= settings.nodes(); number++) {
                InetAddress address =
                        nodeRange.address(ClusterSettings.FIRST_NODE_NUMBER - 1L + number);
                ofFabric.neighbour(bridge, address, new MacAddress(Machine.NODE_MACS + number));
                ofFabric.route(defaultTo(address, bridge).inTable(TABLES + number));
                fabricStack
                        .routingRules()
                        .add(
                                nodeRange.isIpv6()
                                        ? RoutingRules.Family.IPV6
                                        : RoutingRules.Family.IPV4,
                                number,
                                TABLES + number,
                                TABLES + number);
            }
            settings.frontAddress(nodeRange.family())
                    .ifPresent(front -> ofHost.neighbour(hostLink, front, MAC));
        }
    }

    /// What a namespace has, so that only what is missing is made: each change is told to those who watch for changes.
    private static final class Present {
        private final NetworkStack stack;
        private final Set<Neighbours.Permanent> neighbours;
        private final List<Route> routes;

        Present(NetworkStack stack) {
            this.stack = stack;
            this.neighbours = Set.copyOf(stack.neighbours().list());
            this.routes = stack.routes().list();
        }

        void neighbour(Link link, InetAddress address, MacAddress mac) {
            if (!neighbours.contains(new Neighbours.Permanent(link.index(), address, mac))) {
                stack.neighbours().setPermanent(link, address, mac);
            }
        }

        void route(Route wanted) {
            boolean isThere =
                    routes.stream()
                            .anyMatch(it ->
                                    it.destination().equals(wanted.destination())
                                            && it.gateway().equals(wanted.gateway())
                                            && it.linkIndex() == wanted.linkIndex()
                                            && it.table() == wanted.table());
            if (!isThere) {
                stack.routes().replace(wanted);
            }
        }
    }

    /// Lets the bridge's own IP forward, still without any address: not even the one that a link gives itself.
    private static void openIpv6(NetworkNamespace fabric, Link bridge) {
        String ofBridge = "ipv6/conf/" + bridge.name() + "/";
        fabric.setSysctl(ofBridge + "addr_gen_mode", NO_OWN_ADDRESS);
        fabric.setSysctl(ofBridge + "accept_ra", "0");
        fabric.setSysctl(ofBridge + "disable_ipv6", "0");
        fabric.setSysctl("ipv6/conf/lo/disable_ipv6", "0");
        fabric.setSysctl("ipv6/conf/all/forwarding", "1");
    }

    private static void setWhereKnown(NetworkNamespace namespace, String key, String value) {
        if (namespace.hasSysctl(key)) {
            namespace.setSysctl(key, value);
        }
    }

    private static Route defaultTo(InetAddress gateway, Link bridge) {
        IpPrefix any = gateway instanceof Inet6Address ? IpPrefix.ANY_IPV6 : IpPrefix.ANY_IPV4;
        return Route.to(any).via(gateway).on(bridge).onLink();
    }

    /// Keeps the host's routes at the pool.
    ///
    /// @param hostLink the host's link to the fabric
    static PoolRoutes hostRoutes(ClusterSettings settings, String hostLink) {
        Set<InetAddress> fronts = new HashSet<>();
        settings.families().forEach(family -> settings.frontAddress(family).ifPresent(fronts::add));
        return ranges -> {
            try (NetworkStack stack = NetworkStack.open()) {
                Link link = stack.links().require(hostLink);
                Map<IpPrefix, InetAddress> wanted = new HashMap<>();
                for (Cidr range : ranges) {
                    settings.frontAddress(range.family())
                            .ifPresent(front ->
                                    wanted.put(
                                            new IpPrefix(range.first(), range.prefixLength()),
                                            front));
                }
                for (Route route : stack.routes().list()) {
                    boolean isOurs =
                            route.linkIndex() == link.index()
                                    && route.gateway().filter(fronts::contains).isPresent();
                    boolean isWanted =
                            isOurs
                                    && wanted.remove(
                                            route.destination(), route.gateway().orElseThrow());
                    if (isOurs && !isWanted) {
                        stack.routes().delete(route);
                    }
                }
                wanted.forEach((range, front) ->
                        stack.routes().replace(Route.to(range).via(front).on(link)));
            }
        };
    }

    /// The numbers that nodes have as marks.
    static Map<String, Integer> nodeNumbers(ClusterSettings settings) {
        List<String> names = settings.nodeNames();
        Map<String, Integer> numbers = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            numbers.put(names.get(i), i + 1);
        }
        return numbers;
    }
}
