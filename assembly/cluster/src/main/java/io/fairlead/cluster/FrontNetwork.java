package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.linux.IpPrefix;
import io.fairlead.linux.Link;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.Route;
import io.fairlead.linux.RoutingRules;
import io.fairlead.loadbalancer.PoolRoutes;
import java.net.InetAddress;
import java.util.HashSet;
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

    /// Makes or mends the fabric's part, and the host's neighbour. The bridge and the links are there.
    static void raise(
            ClusterSettings settings,
            NetworkNamespace fabric,
            NetworkStack fabricStack,
            Link bridge,
            NetworkStack hostStack,
            Link hostLink) {
        Optional<Cidr> nodeRange = settings.nodeCidrs().find(IpFamily.IPV4);
        if (nodeRange.isEmpty()) {
            return;
        }
        InetAddress host = nodeRange.get().address(ClusterSettings.HOST_NUMBER);
        SYSCTLS.forEach((key, value) -> {
            if (fabric.hasSysctl(key)) {
                fabric.setSysctl(key, value);
            }
        });
        String ofBridge = "ipv4/conf/" + bridge.name() + "/";
        fabric.setSysctl(ofBridge + "rp_filter", "0");
        fabric.setSysctl(ofBridge + "send_redirects", "0");
        // Without its loopback link a namespace has no table of own addresses, and takes no
        // gateway.
        fabricStack.links().setUp("lo");
        fabricStack.links().setMac(bridge.name(), MAC);
        fabricStack.neighbours().setPermanent(bridge, host, new MacAddress(Machine.HOST_MAC));
        fabricStack.routes().replace(toHost(host, bridge));
        for (int number = 1; number <= settings.nodes(); number++) {
            InetAddress address =
                    nodeRange.get().address(ClusterSettings.FIRST_NODE_NUMBER - 1L + number);
            fabricStack
                    .neighbours()
                    .setPermanent(bridge, address, new MacAddress(Machine.NODE_MACS + number));
            fabricStack.routes().replace(toHost(address, bridge).inTable(TABLES + number));
            fabricStack
                    .routingRules()
                    .add(RoutingRules.Family.IPV4, number, TABLES + number, TABLES + number);
        }
        settings.frontAddress()
                .ifPresent(front -> hostStack.neighbours().setPermanent(hostLink, front, MAC));
    }

    private static Route toHost(InetAddress gateway, Link bridge) {
        return Route.to(IpPrefix.ANY_IPV4).via(gateway).on(bridge).onLink();
    }

    /// Keeps the host's routes at the pool.
    ///
    /// @param hostLink the host's link to the fabric
    static PoolRoutes hostRoutes(ClusterSettings settings, String hostLink) {
        return ranges -> {
            try (NetworkStack stack = NetworkStack.open()) {
                Link link = stack.links().require(hostLink);
                Optional<InetAddress> front = settings.frontAddress();
                Set<IpPrefix> wanted = new HashSet<>();
                for (Cidr range : ranges) {
                    wanted.add(new IpPrefix(range.first(), range.prefixLength()));
                }
                for (Route route : stack.routes().list()) {
                    boolean isOurs =
                            route.linkIndex() == link.index()
                                    && front.isPresent()
                                    && route.gateway().equals(front);
                    if (isOurs && !wanted.remove(route.destination())) {
                        stack.routes().delete(route);
                    }
                }
                for (IpPrefix range : wanted) {
                    front.ifPresent(gateway ->
                            stack.routes().replace(Route.to(range).via(gateway).on(link)));
                }
            }
        };
    }

    /// The numbers that nodes have as marks.
    static Map<String, Integer> nodeNumbers(ClusterSettings settings) {
        List<String> names = settings.nodeNames();
        Map<String, Integer> numbers = new java.util.LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            numbers.put(names.get(i), i + 1);
        }
        return numbers;
    }
}
