package io.fairlead.cluster;

import io.fairlead.api.Cidr;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.linux.NetlinkAttribute;
import io.fairlead.linux.NetlinkAttributes;
import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetworkNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Finds filters of the host that keep pods from what lies beyond it: chains at the forward hook that drop or reject what no rule of
/// theirs accepts. Traffic among nodes and with the host itself never meets them.
///
/// Sees nf_tables, and with it what `iptables` writes there; not the older `iptables-legacy`.
final class ForwardFilters {
    private static final int GET_CHAIN = 10 << 8 | 4;
    private static final int GET_RULE = 10 << 8 | 7;
    private static final int HEADER_BYTES = 4;
    private static final int CHAIN_TABLE = 1;
    private static final int CHAIN_NAME = 3;
    private static final int CHAIN_HOOK = 4;
    private static final int CHAIN_POLICY = 5;
    private static final int HOOK_NUMBER = 1;
    private static final int FORWARD = 2;
    private static final int POLICY_DROP = 0;
    private static final int RULE_TABLE = 1;
    private static final int RULE_CHAIN = 2;
    private static final int RULE_EXPRESSIONS = 4;
    private static final int EXPRESSION_NAME = 1;
    private static final int EXPRESSION_DATA = 2;
    private static final int IMMEDIATE_DATA = 2;
    private static final int DATA_VERDICT = 2;
    private static final int VERDICT_CODE = 1;
    private static final int VERDICT_DROP = 0;
    private static final int INET = 1;
    private static final int IPV4 = 2;
    private static final int IPV6 = 10;

    private ForwardFilters() {}

    private record Chain(int family, String table, String name) {
        /// For both directions of what a node began, in the language of whoever wrote the chain.
        String remedy(Cidr nodes) {
            if (family != INET && table.equals("filter") && name.equals("FORWARD")) {
                return "%s -I FORWARD -m conntrack --ctorigsrc %s -j ACCEPT"
                        .formatted(family == IPV6 ? "ip6tables" : "iptables", nodes);
            }
            String protocol = nodes.isIpv6() ? "ip6" : "ip";
            return "nft insert rule %s %s %s ct original %s saddr %s accept"
                    .formatted(family == INET ? "inet" : protocol, table, name, protocol, nodes);
        }
    }

    /// One sentence for each such chain, with the rule to add.
    static List<String> obstacles(NetworkNamespace host, FamilyCidrs nodes, String ownTable) {
        List<String> sentences = new ArrayList<>();
        for (Cidr range : nodes.list()) {
            sentences.addAll(obstacles(host, range, ownTable));
        }
        return sentences;
    }

    private static List<String> obstacles(NetworkNamespace host, Cidr nodes, String ownTable) {
        List<String> sentences = new ArrayList<>();
        int ownFamily = nodes.isIpv6() ? IPV6 : IPV4;
        try (NetlinkSocket socket = NetlinkSocket.open(host, NetlinkSocket.NETFILTER)) {
            for (NetlinkMessage message : dump(socket, "list chains", GET_CHAIN)) {
                NetlinkAttributes chain = message.attributes(HEADER_BYTES);
                Optional<NetlinkAttribute> hook = chain.find(CHAIN_HOOK);
                Chain named =
                        new Chain(
                                family(message),
                                chain.require(CHAIN_TABLE).text(),
                                chain.require(CHAIN_NAME).text());
                boolean seesForwarded =
                        (named.family() == ownFamily || named.family() == INET)
                                && hook.isPresent()
                                && hook.get().nested().require(HOOK_NUMBER).u32BigEndian()
                                        == FORWARD
                                && !named.table().equals(ownTable);
                if (seesForwarded && (dropsByPolicy(chain) || endsInRefusal(socket, named))) {
                    sentences.add(
                            ("The host's chain %s of table %s drops forwarded packets, so pods"
                                            + " reach nothing beyond this host: allow them with \"%s\".")
                                    .formatted(named.name(), named.table(), named.remedy(nodes)));
                }
            }
        }
        return sentences;
    }

    private static boolean dropsByPolicy(NetlinkAttributes chain) {
        return chain.find(CHAIN_POLICY)
                .filter(policy -> policy.u32BigEndian() == POLICY_DROP)
                .isPresent();
    }

    /// Whether the last rule refuses without a condition.
    private static boolean endsInRefusal(NetlinkSocket socket, Chain chain) {
        Optional<NetlinkAttributes> last = Optional.empty();
        for (NetlinkMessage message : dump(socket, "list rules", GET_RULE)) {
            NetlinkAttributes rule = message.attributes(HEADER_BYTES);
            if (family(message) == chain.family()
                    && rule.require(RULE_TABLE).text().equals(chain.table())
                    && rule.require(RULE_CHAIN).text().equals(chain.name())) {
                last = Optional.of(rule);
            }
        }
        Optional<NetlinkAttribute> expressions = last.flatMap(rule -> rule.find(RULE_EXPRESSIONS));
        if (expressions.isEmpty()) {
            return false;
        }
        for (NetlinkAttribute item : expressions.get().nested()) {
            switch (item.nested().require(EXPRESSION_NAME).text()) {
                case "counter", "log", "limit" -> {}
                case "reject" -> {
                    return true;
                }
                case "immediate" -> {
                    return isDrop(item.nested());
                }
                default -> {
                    return false;
                }
            }
        }
        return false;
    }

    private static boolean isDrop(NetlinkAttributes expression) {
        return expression
                .find(EXPRESSION_DATA)
                .flatMap(data -> data.nested().find(IMMEDIATE_DATA))
                .flatMap(data -> data.nested().find(DATA_VERDICT))
                .flatMap(verdict -> verdict.nested().find(VERDICT_CODE))
                .filter(code -> code.u32BigEndian() == VERDICT_DROP)
                .isPresent();
    }

    private static List<NetlinkMessage> dump(NetlinkSocket socket, String operation, int type) {
        return socket.dump(
                operation, type, message -> message.headerU8(0).headerU8(0).headerU16(0));
    }

    private static int family(NetlinkMessage message) {
        return Byte.toUnsignedInt(message.header(HEADER_BYTES).get(0));
    }
}
