package io.fairlead.loadbalancer;

import static io.fairlead.nftables.DataType.INET_PROTO;
import static io.fairlead.nftables.DataType.INET_SERVICE;
import static io.fairlead.nftables.DataType.IPV4_ADDR;
import static io.fairlead.nftables.DataType.IPV6_ADDR;
import static io.fairlead.nftables.DataType.MARK;
import static io.fairlead.nftables.Expression.Field.DESTINATION_PORT;
import static io.fairlead.nftables.Expression.Field.ETHER_TYPE;
import static io.fairlead.nftables.Expression.Field.FLOW_MARK;
import static io.fairlead.nftables.Expression.Field.FRAME_TYPE;
import static io.fairlead.nftables.Expression.Field.IP6_DESTINATION;
import static io.fairlead.nftables.Expression.Field.IP6_SOURCE;
import static io.fairlead.nftables.Expression.Field.IP_DESTINATION;
import static io.fairlead.nftables.Expression.Field.IP_SOURCE;
import static io.fairlead.nftables.Expression.Field.PACKET_MARK;
import static io.fairlead.nftables.Expression.Field.PROTOCOL;
import static io.fairlead.nftables.Expression.Field.TCP_FLAGS;
import static io.fairlead.nftables.Expression.concatenation;
import static io.fairlead.nftables.Statement.goTo;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.linux.MacAddress;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.DataType;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.Expression;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Protocol;
import io.fairlead.nftables.Rule;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.SetShape;
import io.fairlead.nftables.Statement;
import io.fairlead.nftables.Statement.Comparison;
import io.fairlead.nftables.Statement.Membership;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.TupleType;
import io.fairlead.nftables.Verdict;
import java.time.Duration;
import java.util.List;

/// What the front's tables have, whatever the Services.
///
/// The frames of the pool come to the bridge's own address and so to the namespace's IP, whose connection tracking remembers each flow; the number of its
/// node is the connection's mark. Answers pass by in the bridge and are taken in too: tracking must see both directions. A packet goes
/// `front` → `known` → (`choose` → the chain of its choice →) `deliver`, which marks it with the node's number; a routing rule does the rest.
///
/// Frontends have numbers from [#FIRST_FRONTEND] up, nodes have lower ones, and a look-up with the wrong kind can only miss.
final class FrontFrame {
    static final int FIRST_FRONTEND = 0x10000;

    static final String POOLS = "pools";
    static final String FRONTENDS = "frontends";
    static final String WAYS = "ways";
    static final String SLOTS = "slots";
    static final String MEMBERS = "members";
    static final String ANSWERING = "answering";
    static final String NODES = "nodes";

    /// After connection tracking, before routing.
    private static final int PRIORITY = -150;

    private static final int SYN = 0x02;
    private static final int SYN_ACK = 0x12;
    private static final int CLIENTS_MAX = 65_536;

    private final IpFamily family;
    private final DataType address;
    private final Expression.Field source;
    private final Expression.Field destination;

    FrontFrame(IpFamily family) {
        this.family = family;
        boolean isIpv4 = family == IpFamily.IPV4;
        address = isIpv4 ? IPV4_ADDR : IPV6_ADDR;
        source = isIpv4 ? IP_SOURCE : IP6_SOURCE;
        destination = isIpv4 ? IP_DESTINATION : IP6_DESTINATION;
    }

    /// The table that chooses, without Services.
    Ruleset empty(String name) {
        TupleType mark = TupleType.of(MARK);
        TupleType marks = TupleType.of(MARK, MARK);
        TableName.Family tableFamily =
                family == IpFamily.IPV4 ? TableName.Family.IP : TableName.Family.IP6;
        return Ruleset.empty(new TableName(tableFamily, name))
                .with(pools())
                .with(
                        NamedSet.empty(
                                FRONTENDS,
                                SetShape.map(TupleType.of(address, INET_PROTO, INET_SERVICE), mark)
                                        .sized(65_536)))
                .with(NamedSet.empty(WAYS, SetShape.verdictMap(mark)))
                .with(NamedSet.empty(SLOTS, SetShape.map(marks, mark).sized(1 << 20)))
                .with(NamedSet.empty(MEMBERS, SetShape.set(marks).sized(1 << 20)))
                .with(NamedSet.empty(ANSWERING, SetShape.set(marks).sized(1 << 20)))
                .with(NamedSet.empty(NODES, SetShape.map(mark, mark).sized(4_096)))
                .with(front())
                .with(known())
                .with(
                        Chain.regular(
                                "choose",
                                Rule.of(setFlow(PACKET_MARK)),
                                Rule.of(new Statement.Branch(PACKET_MARK, WAYS)),
                                drop()))
                .with(pick())
                .with(
                        Chain.regular(
                                "deliver",
                                Rule.of(
                                        setPacket(new Expression.Mapped(FLOW_MARK, NODES)),
                                        new Statement.Give(new Verdict.Accept())),
                                drop()));
    }

    private NamedSet pools() {
        return NamedSet.empty(POOLS, SetShape.set(TupleType.of(address)).intervals());
    }

    private Chain front() {
        return Chain.base(
                "front",
                new Chain.Hook(Chain.Kind.FILTER, Chain.Point.PREROUTING, PRIORITY),
                // Answers find their way by themselves.
                Rule.of(
                        new Statement.Look(source, Membership.IN, POOLS),
                        new Statement.Give(new Verdict.Accept())),
                Rule.of(
                        new Statement.ProtocolIn(
                                List.of(Protocol.TCP, Protocol.UDP, Protocol.SCTP)),
                        goTo("known")),
                // What tracking knows to belong to a flow: errors on its way.
                Rule.of(goTo("deliver")));
    }

    /// A flow keeps its node until it ends. A SYN begins a new one, and a UDP flow has no end of its own: both keep their node only while it may
    /// still be chosen, or still answers.
    private Chain known() {
        Expression flowOfFrontend = concatenation(PACKET_MARK, FLOW_MARK);
        return Chain.regular(
                "known",
                Rule.of(setPacket(frontend())),
                Rule.of(
                        is(PROTOCOL, Protocol.TCP.number()),
                        is(new Expression.Masked(TCP_FLAGS, SYN_ACK), SYN),
                        new Statement.Look(flowOfFrontend, Membership.NOT_IN, MEMBERS),
                        goTo("choose")),
                Rule.of(
                        is(PROTOCOL, Protocol.UDP.number()),
                        new Statement.Look(flowOfFrontend, Membership.NOT_IN, ANSWERING),
                        goTo("choose")),
                Rule.of(is(FLOW_MARK, 0), goTo("choose")),
                Rule.of(goTo("deliver")));
    }

    /// Puts the node of a slot in the place of the frontend's number. While a choice shrinks its count may be looked up before, its slots after: then the
    /// first slot serves.
    private static Chain pick() {
        Statement node =
                setFlow(new Expression.Mapped(concatenation(FLOW_MARK, PACKET_MARK), SLOTS));
        Statement done = new Statement.Give(new Verdict.Return());
        return Chain.regular(
                "pick",
                Rule.of(node, done),
                Rule.of(setPacket(new Expression.Constant(0))),
                Rule.of(node, done),
                drop());
    }

    static String chainName(int count, Front front) {
        return front.affinity().map(it -> "stay_" + it.toSeconds() + "_").orElse("among_") + count;
    }

    /// With the chain by which a front chooses among its nodes. Chains are kept once made.
    Ruleset withChain(Ruleset ruleset, Front front) {
        int count = front.choice().size();
        String name = chainName(count, front);
        if (ruleset.hasChain(name)) {
            return ruleset;
        }
        Rule slot =
                Rule.of(
                        setPacket(
                                count == 1
                                        ? new Expression.Constant(0)
                                        : new Expression.Random(count)));
        Rule pick = Rule.of(new Statement.Give(new Verdict.Jump("pick")));
        if (front.affinity().isEmpty()) {
            return ruleset.with(Chain.regular(name, slot, pick, Rule.of(goTo("deliver"))));
        }
        Duration time = front.affinity().get();
        String clients = "clients_" + time.toSeconds();
        String learn = "learn_" + time.toSeconds();
        Expression client = concatenation(PACKET_MARK, source);
        Ruleset with =
                ruleset.hasChain(learn)
                        ? ruleset
                        : ruleset.with(
                                        NamedSet.empty(
                                                clients,
                                                SetShape.map(
                                                                TupleType.of(MARK, address),
                                                                TupleType.of(MARK))
                                                        .sized(CLIENTS_MAX)
                                                        .writtenByPackets(time)))
                                .with(learn(learn, clients, client));
        return with.with(
                Chain.regular(
                        name,
                        Rule.of(setFlow(new Expression.Mapped(client, clients))),
                        Rule.of(
                                new Statement.Look(
                                        concatenation(PACKET_MARK, FLOW_MARK),
                                        Membership.IN,
                                        MEMBERS),
                                goTo(learn)),
                        // To update keeps what is there. (To delete and add each time would leave
                        // deleted elements in the way, and after some the next one is not added.)
                        Rule.of(write(Statement.Write.DELETE, clients, client)),
                        Rule.of(setFlow(PACKET_MARK)),
                        slot,
                        pick,
                        Rule.of(setPacket(frontend())),
                        Rule.of(goTo(learn))));
    }

    /// Remembers the client's node from now on, or longer.
    private static Chain learn(String name, String clients, Expression client) {
        return Chain.regular(
                name,
                Rule.of(write(Statement.Write.UPDATE, clients, client)),
                Rule.of(goTo("deliver")));
    }

    private static Statement write(Statement.Write write, String clients, Expression client) {
        return new Statement.WriteElement(write, clients, client, FLOW_MARK);
    }

    /// The table of the bridge: takes the answers in, and lets nothing for the pool come back that a node did not know.
    static Ruleset bridge(String name, MacAddress front, List<Cidr> pools) {
        Ruleset ruleset =
                Ruleset.empty(new TableName(TableName.Family.BRIDGE, name))
                        .with(fill(pools4(), pools, IpFamily.IPV4))
                        .with(fill(pools6(), pools, IpFamily.IPV6));
        return ruleset.with(
                Chain.base(
                        "front",
                        new Chain.Hook(Chain.Kind.FILTER, Chain.Point.PREROUTING, 0),
                        Rule.of(is(FRAME_TYPE, 0), new Statement.Give(new Verdict.Accept())),
                        takeIn(0x0800, IP_SOURCE, "pools4", front),
                        takeIn(0x86dd, IP6_SOURCE, "pools6", front),
                        dropFor(0x0800, IP_DESTINATION, "pools4"),
                        dropFor(0x86dd, IP6_DESTINATION, "pools6")));
    }

    private static NamedSet pools4() {
        return NamedSet.empty("pools4", SetShape.set(TupleType.of(IPV4_ADDR)).intervals());
    }

    private static NamedSet pools6() {
        return NamedSet.empty("pools6", SetShape.set(TupleType.of(IPV6_ADDR)).intervals());
    }

    private static Rule takeIn(
            int etherType, Expression.Field source, String pools, MacAddress front) {
        return Rule.of(
                is(ETHER_TYPE, etherType),
                new Statement.Look(source, Membership.IN, pools),
                new Statement.TakeIn(front.value()),
                new Statement.Give(new Verdict.Accept()));
    }

    private static Rule dropFor(int etherType, Expression.Field destination, String pools) {
        return Rule.of(
                is(ETHER_TYPE, etherType),
                new Statement.Look(destination, Membership.IN, pools),
                new Statement.Give(new Verdict.Drop()));
    }

    /// An interval set with the ranges of one family. They do not overlap.
    static NamedSet fill(NamedSet empty, List<Cidr> ranges, IpFamily family) {
        NamedSet filled = empty;
        for (Cidr range : ranges) {
            if (range.family() == family) {
                io.fairlead.api.AddressRange whole = io.fairlead.api.AddressRange.of(range);
                filled =
                        filled.with(
                                Element.range(
                                        Tuple.of(whole.first().toInetAddress()),
                                        Tuple.of(whole.last().toInetAddress())));
            }
        }
        return filled;
    }

    Ruleset withPools(Ruleset ruleset, List<Cidr> ranges) {
        return ruleset.with(fill(pools(), ranges, family));
    }

    private Expression frontend() {
        return new Expression.Mapped(
                concatenation(destination, PROTOCOL, DESTINATION_PORT), FRONTENDS);
    }

    private static Statement setPacket(Expression value) {
        return new Statement.SetMark(Statement.Mark.PACKET, value);
    }

    private static Statement setFlow(Expression value) {
        return new Statement.SetMark(Statement.Mark.FLOW, value);
    }

    private static Statement is(Expression left, int right) {
        return new Statement.Compare(left, Comparison.EQUAL, right);
    }

    private static Rule drop() {
        return Rule.of(new Statement.Give(new Verdict.Drop()));
    }
}
