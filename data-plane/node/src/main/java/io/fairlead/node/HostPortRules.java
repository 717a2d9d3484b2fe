package io.fairlead.node;

import static io.fairlead.nftables.DataType.INET_PROTO;
import static io.fairlead.nftables.DataType.INET_SERVICE;
import static io.fairlead.nftables.DataType.IPV4_ADDR;
import static io.fairlead.nftables.DataType.IPV6_ADDR;
import static io.fairlead.nftables.DataType.MARK;
import static io.fairlead.nftables.Expression.Field.DESTINATION_PORT;
import static io.fairlead.nftables.Expression.Field.FLOW_MARK;
import static io.fairlead.nftables.Expression.Field.IP6_DESTINATION;
import static io.fairlead.nftables.Expression.Field.IP6_SOURCE;
import static io.fairlead.nftables.Expression.Field.IP_DESTINATION;
import static io.fairlead.nftables.Expression.Field.IP_SOURCE;
import static io.fairlead.nftables.Expression.Field.PROTOCOL;
import static io.fairlead.nftables.Expression.concatenation;
import static io.fairlead.nftables.Statement.goTo;

import io.fairlead.api.Cidr;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.Chain.Hook;
import io.fairlead.nftables.Chain.Kind;
import io.fairlead.nftables.Chain.Point;
import io.fairlead.nftables.DataType;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.Expression;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Rule;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.SetShape;
import io.fairlead.nftables.Statement;
import io.fairlead.nftables.Statement.Comparison;
import io.fairlead.nftables.Statement.Membership;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.TupleType;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// The table that sends a node's ports to its pods. Pure.
///
/// It looks just before the proxy does, and a flow that it translated is left alone by every later translation. Flows from the node's
/// own pods and from its loopback are masqueraded, so that the answers come back this way; all others keep their source.
final class HostPortRules {
    private static final int BEFORE_SERVICES = -101;
    private static final int BEFORE_SERVICES_LEAVE = 99;

    /// A bit of the flow's mark that Services have no use for.
    private static final int FLOW_OF_HOST_PORT = 1 << 29;

    private static final String PORTS = "ports";
    private static final String PORTS_TO = "ports_to";
    private static final String ADDRESSES = "addresses";
    private static final String ADDRESSES_TO = "addresses_to";
    private static final String MASQUERADED = "masqueraded";

    private HostPortRules() {}

    /// The two families, and what differs between them.
    enum Family {
        IPV4(TableName.Family.IP, IPV4_ADDR, IP_SOURCE, IP_DESTINATION, "127.0.0.0/8"),
        IPV6(TableName.Family.IP6, IPV6_ADDR, IP6_SOURCE, IP6_DESTINATION, "::1/128");

        private final TableName.Family table;
        private final DataType address;
        private final Expression.Field source;
        private final Expression.Field destination;
        private final Cidr loopback;

        Family(
                TableName.Family table,
                DataType address,
                Expression.Field source,
                Expression.Field destination,
                String loopback) {
            this.table = table;
            this.address = address;
            this.source = source;
            this.destination = destination;
            this.loopback = Cidr.parse(loopback);
        }

        static Family of(InetAddress address) {
            return address instanceof Inet4Address ? IPV4 : IPV6;
        }
    }

    static TableName name(Family family) {
        return new TableName(family.table, "fairlead-host-ports");
    }

    /// @param podRange of the node
    static Ruleset of(Family family, Cidr podRange, List<HostPorts.Opening> openings) {
        TupleType target = TupleType.of(family.address, INET_SERVICE);
        TupleType port = TupleType.of(INET_PROTO, INET_SERVICE);
        TupleType addressed = TupleType.of(family.address, INET_PROTO, INET_SERVICE);
        TupleType mark = TupleType.of(MARK);
        NamedSet masqueraded =
                NamedSet.empty(MASQUERADED, SetShape.set(TupleType.of(family.address)).intervals())
                        .with(range(podRange))
                        .with(range(family.loopback));
        Ruleset rules =
                Ruleset.empty(name(family))
                        .with(NamedSet.empty(PORTS, SetShape.map(port, mark)))
                        .with(NamedSet.empty(PORTS_TO, SetShape.map(port, target)))
                        .with(NamedSet.empty(ADDRESSES, SetShape.map(addressed, mark)))
                        .with(NamedSet.empty(ADDRESSES_TO, SetShape.map(addressed, target)))
                        .with(masqueraded);
        for (HostPorts.Opening opening : openings) {
            rules = with(rules, opening);
        }
        return rules.with(translate(family))
                .with(base("arriving", Point.PREROUTING, BEFORE_SERVICES, toTranslate()))
                .with(base("own", Point.OUTPUT, BEFORE_SERVICES, toTranslate()))
                .with(
                        base(
                                "leave",
                                Point.POSTROUTING,
                                BEFORE_SERVICES_LEAVE,
                                Rule.of(
                                        new Statement.Compare(
                                                FLOW_MARK, Comparison.EQUAL, FLOW_OF_HOST_PORT),
                                        new Statement.Look(
                                                family.source, Membership.IN, MASQUERADED),
                                        new Statement.Masquerade())));
    }

    /// Lets packets with the loopback's source leave it, for ports that are asked for by 127.0.0.1; IPv6 knows no such exception.
    static void reachFromLoopback(NetworkNamespace node, Family family) {
        if (family == Family.IPV4) {
            node.setSysctl("ipv4/conf/all/route_localnet", "1");
        }
    }

    private static Ruleset with(Ruleset rules, HostPorts.Opening opening) {
        int protocol = opening.protocol().number();
        Optional<InetAddress> nodeAddress = opening.nodeAddress();
        Tuple key =
                nodeAddress.isPresent()
                        ? Tuple.of(nodeAddress.get(), protocol, opening.nodePort())
                        : Tuple.of(protocol, opening.nodePort());
        Tuple target = Tuple.of(opening.podAddress(), opening.containerPort());
        return rules.with(
                        nodeAddress.isPresent() ? ADDRESSES : PORTS,
                        Element.of(key, Tuple.of(FLOW_OF_HOST_PORT)))
                .with(nodeAddress.isPresent() ? ADDRESSES_TO : PORTS_TO, Element.of(key, target));
    }

    /// A look into the first map ends the rule where it has nothing; the second one holds the same keys.
    private static Chain translate(Family family) {
        Expression port = concatenation(PROTOCOL, DESTINATION_PORT);
        Expression addressed = concatenation(family.destination, PROTOCOL, DESTINATION_PORT);
        return Chain.regular(
                "translate",
                translation(family, addressed, ADDRESSES, ADDRESSES_TO),
                translation(family, port, PORTS, PORTS_TO));
    }

    private static Rule translation(Family family, Expression key, String marks, String targets) {
        return Rule.of(
                new Statement.SetMark(Statement.Mark.FLOW, new Expression.Mapped(key, marks)),
                new Statement.TranslateDestination(
                        family.table, new Expression.Mapped(key, targets)));
    }

    private static Rule toTranslate() {
        return Rule.of(new Statement.DestinationIsOwn(), goTo("translate"));
    }

    private static Chain base(String name, Point point, int priority, Rule rule) {
        return Chain.base(name, new Hook(Kind.NAT, point, priority), rule);
    }

    private static Element range(Cidr range) {
        return Element.range(Tuple.of(range.first()), Tuple.of(range.address(range.size() - 1)));
    }
}
