package io.fairlead.nftables;

import static io.fairlead.nftables.Expression.Field.DESTINATION_PORT;
import static io.fairlead.nftables.Expression.Field.FLOW_MARK;
import static io.fairlead.nftables.Expression.Field.IP_DESTINATION;
import static io.fairlead.nftables.Expression.Field.IP_SOURCE;
import static io.fairlead.nftables.Expression.Field.PACKET_MARK;
import static io.fairlead.nftables.Expression.Field.PROTOCOL;

import io.fairlead.nftables.Chain.Hook;
import io.fairlead.nftables.Chain.Kind;
import io.fairlead.nftables.Chain.Point;
import io.fairlead.nftables.Statement.Comparison;
import io.fairlead.nftables.Statement.Mark;
import io.fairlead.nftables.Statement.Membership;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;

/// Rulesets to test with.
final class Samples {
    static final TableName TABLE = new TableName(TableName.Family.IP, "sample");

    private static final Expression.Masked SET_ID = new Expression.Masked(FLOW_MARK, 0xffffff);

    private Samples() {}

    static Tuple address(String text) {
        return Tuple.of(InetAddress.ofLiteral(text));
    }

    static Tuple frontend(String address, int port) {
        return Tuple.of(InetAddress.ofLiteral(address), 6, port);
    }

    static Tuple endpoint(String address, int port) {
        return Tuple.of(InetAddress.ofLiteral(address), port);
    }

    /// Two endpoints behind 10.96.0.1:80, with every kind of statement, set and element somewhere.
    static Ruleset balancer() {
        TupleType frontends =
                TupleType.of(DataType.IPV4_ADDR, DataType.INET_PROTO, DataType.INET_SERVICE);
        TupleType mark = TupleType.of(DataType.MARK);
        TupleType endpoints = TupleType.of(DataType.IPV4_ADDR, DataType.INET_SERVICE);
        return Ruleset.empty(TABLE)
                .with(
                        NamedSet.empty(
                                "frontends", SetShape.map(frontends, mark).counted().sized(100)))
                .with(
                        NamedSet.empty(
                                "endpoints",
                                SetShape.map(TupleType.of(DataType.MARK, DataType.MARK), endpoints)
                                        .sized(100)))
                .with(NamedSet.empty("classes", SetShape.verdictMap(mark)))
                .with(
                        NamedSet.empty(
                                "pods", SetShape.set(TupleType.of(DataType.IPV4_ADDR)).intervals()))
                .with(
                        NamedSet.empty(
                                "sources",
                                SetShape.set(TupleType.of(DataType.MARK, DataType.IPV4_ADDR))
                                        .intervals()))
                .with(
                        NamedSet.empty(
                                "remembered",
                                SetShape.map(TupleType.of(DataType.IPV4_ADDR, DataType.MARK), mark)
                                        .sized(100)
                                        .writtenByPackets(Duration.ofSeconds(20))))
                .with("frontends", Element.of(frontend("10.96.0.1", 80), Tuple.of(16)))
                .with("endpoints", Element.of(Tuple.of(16, 0), endpoint("10.244.1.5", 8080)))
                .with("endpoints", Element.of(Tuple.of(16, 1), endpoint("10.244.2.7", 8080)))
                .with("classes", Element.of(Tuple.of(2), new Verdict.Drop()))
                .with("classes", Element.of(Tuple.of(3), new Verdict.Goto("pick")))
                .with("pods", Element.range(address("10.244.1.0"), address("10.244.1.255")))
                .with("pods", Element.range(address("10.244.2.0"), address("10.244.2.255")))
                .with("pods", Element.range(address("255.0.0.0"), address("255.255.255.255")))
                .with(
                        "sources",
                        Element.range(
                                Tuple.of(16).then(address("10.0.0.0")),
                                Tuple.of(16).then(address("10.255.255.255"))))
                .with(
                        Chain.base(
                                "untrack",
                                new Hook(Kind.FILTER, Point.PREROUTING, -300),
                                Rule.of(
                                        new Statement.Compare(
                                                DESTINATION_PORT, Comparison.EQUAL, 9999),
                                        new Statement.Untrack()),
                                Rule.of(
                                        new Statement.Compare(PROTOCOL, Comparison.EQUAL, 6),
                                        new Statement.Compare(
                                                DESTINATION_PORT, Comparison.AT_LEAST, 61000),
                                        new Statement.Give(new Verdict.Return()))))
                .with(
                        Chain.base(
                                "translate",
                                new Hook(Kind.NAT, Point.PREROUTING, -100),
                                Rule.of(
                                        new Statement.SetMark(
                                                Mark.FLOW,
                                                new Expression.Mapped(
                                                        Expression.concatenation(
                                                                IP_DESTINATION,
                                                                PROTOCOL,
                                                                DESTINATION_PORT),
                                                        "frontends")),
                                        Statement.goTo("pick")),
                                Rule.of(
                                        new Statement.DestinationIsOwn(),
                                        new Statement.Count(),
                                        new Statement.Branch(PACKET_MARK, "classes"))))
                .with(
                        Chain.regular(
                                "pick",
                                Rule.of(
                                        new Statement.Look(
                                                Expression.concatenation(SET_ID, IP_SOURCE),
                                                Membership.NOT_IN,
                                                "sources"),
                                        new Statement.Give(new Verdict.Drop())),
                                Rule.of(
                                        new Statement.SetMark(
                                                Mark.PACKET, new Expression.Random(2))),
                                Rule.of(
                                        new Statement.ProtocolIn(
                                                List.of(Protocol.TCP, Protocol.UDP)),
                                        new Statement.TranslateDestination(
                                                TableName.Family.IP,
                                                new Expression.Mapped(
                                                        Expression.concatenation(
                                                                SET_ID, PACKET_MARK),
                                                        "endpoints"))),
                                Rule.of(
                                        new Statement.SetMark(Mark.PACKET, new Expression.Turn(3)),
                                        new Statement.SetMark(
                                                Mark.FLOW,
                                                new Expression.Merged(FLOW_MARK, 0x1000000)),
                                        new Statement.SetMark(
                                                Mark.PACKET,
                                                new Expression.Hash(IP_SOURCE, 3, 0x5eed)),
                                        new Statement.SetMark(
                                                Mark.PACKET, new Expression.Constant(7)))))
                .with(
                        Chain.base(
                                "settle",
                                new Hook(Kind.FILTER, Point.PREROUTING, -99),
                                Rule.of(
                                        new Statement.IsNewFlow(),
                                        new Statement.Compare(FLOW_MARK, Comparison.EQUAL, 1),
                                        new Statement.Compare(PROTOCOL, Comparison.EQUAL, 6),
                                        new Statement.Reject(Statement.Refusal.TCP_RESET)),
                                Rule.of(
                                        new Statement.Compare(FLOW_MARK, Comparison.EQUAL, 1),
                                        new Statement.Reject(Statement.Refusal.PORT_UNREACHABLE)),
                                Rule.of(
                                        remember(Statement.Write.DELETE),
                                        remember(Statement.Write.ADD))))
                .with(
                        Chain.base(
                                "leave",
                                new Hook(Kind.NAT, Point.POSTROUTING, 100),
                                Rule.of(
                                        new Statement.Look(IP_SOURCE, Membership.IN, "pods"),
                                        new Statement.Look(
                                                IP_DESTINATION, Membership.NOT_IN, "pods"),
                                        new Statement.Masquerade()),
                                Rule.of(
                                        new Statement.Compare(PROTOCOL, Comparison.EQUAL, 6),
                                        new Statement.MoveSourcePort(
                                                TableName.Family.IP, 61000, 65535))));
    }

    private static Statement remember(Statement.Write write) {
        return new Statement.WriteElement(
                write, "remembered", Expression.concatenation(IP_SOURCE, SET_ID), PACKET_MARK);
    }
}
