package io.fairlead.proxy;

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
import static io.fairlead.nftables.Expression.Field.PACKET_MARK;
import static io.fairlead.nftables.Expression.Field.PROTOCOL;
import static io.fairlead.nftables.Expression.concatenation;
import static io.fairlead.nftables.Statement.goTo;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.Chain.Hook;
import io.fairlead.nftables.Chain.Kind;
import io.fairlead.nftables.Chain.Point;
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
import java.util.ArrayList;
import java.util.List;

/// What every node's table has, whatever the Services: maps, hooks and the chains between them. A flow's first packet goes
/// `translate` → `from_inside` or `from_outside` → `pick` → a class's chain → translated; then `settle`; then `leave`. Later packets are
/// translated by connection tracking and read nothing here.
///
/// Maps that grow with Services hold data and never verdicts, because the kernel checks all verdicts of a map at each commit. A batch is
/// atomic, a packet's two look-ups are not; so after a miss comes index 0, and only then a refusal.
final class RulesetFrame {
    static final String INSIDE = "inside";
    static final String OUTSIDE = "outside";
    static final String INSIDE_PORTS = "inside_ports";
    static final String OUTSIDE_PORTS = "outside_ports";
    static final String CLASS_OF = "class_of";
    static final String CLASSES = "classes";
    static final String LEARNERS = "learners";
    static final String ENDPOINTS = "endpoints";
    static final String NUMBERS = "numbers";
    static final String LIVE = "live";
    static final String SOURCE_RANGES = "source_ranges";
    static final String POD_RANGES = "pod_ranges";
    static final String SERVICE_RANGES = "service_ranges";
    static final String HAIRPIN = "hairpin";
    static final String LOOPBACK = "loopback";
    static final String DENIED = "denied";

    /// The sets that count, with what [Counting] makes of them.
    static final List<String> COUNTING =
            List.of("inside", "outside", "inside_ports", "outside_ports", "denied");

    static final String FIRST = "first";
    static final String NUMBERED = "numbered";

    static final Expression.Masked SET = new Expression.Masked(FLOW_MARK, Mark.SET);

    private final IpFamily family;
    private final DataType address;
    private final Expression.Field source;
    private final Expression.Field destination;

    RulesetFrame(IpFamily family) {
        this.family = family;
        boolean isIpv4 = family == IpFamily.IPV4;
        address = isIpv4 ? IPV4_ADDR : IPV6_ADDR;
        source = isIpv4 ? IP_SOURCE : IP6_SOURCE;
        destination = isIpv4 ? IP_DESTINATION : IP6_DESTINATION;
    }

    static TableName.Family tableFamily(IpFamily family) {
        return family == IpFamily.IPV4 ? TableName.Family.IP : TableName.Family.IP6;
    }

    Expression.Field destination() {
        return destination;
    }

    DataType address() {
        return address;
    }

    Expression.Field source() {
        return source;
    }

    /// The table without Services.
    Ruleset empty(String name, List<Cidr> serviceRanges) {
        Ruleset frame = sets(Ruleset.empty(new TableName(tableFamily(family), name)));
        Cidr loopback = Cidr.parse(family == IpFamily.IPV4 ? "127.0.0.0/8" : "::1/128");
        Ruleset ranges = Ranges.fill(frame, SERVICE_RANGES, serviceRanges, family);
        return hooks(chains(Ranges.fill(ranges, LOOPBACK, List.of(loopback), family)))
                .with(CLASS_OF, Element.of(Tuple.of(Mark.REFUSE), Tuple.of(Mark.REFUSE)))
                .with(CLASS_OF, Element.of(Tuple.of(Mark.DROP), Tuple.of(Mark.DROP)))
                .with(CLASSES, Element.of(Tuple.of(Mark.REFUSE), new Verdict.Goto("refuse")))
                .with(CLASSES, Element.of(Tuple.of(Mark.DROP), new Verdict.Drop()));
    }

    private Ruleset sets(Ruleset frame) {
        TupleType mark = TupleType.of(MARK);
        TupleType twoMarks = TupleType.of(MARK, MARK);
        TupleType frontend = TupleType.of(address, INET_PROTO, INET_SERVICE);
        TupleType port = TupleType.of(INET_PROTO, INET_SERVICE);
        TupleType endpoint = TupleType.of(address, INET_SERVICE);
        return frame.with(set(INSIDE, SetShape.map(frontend, mark).sized(65536)))
                .with(set(OUTSIDE, SetShape.map(frontend, mark).sized(65536)))
                .with(set(INSIDE_PORTS, SetShape.map(port, mark).sized(8192)))
                .with(set(OUTSIDE_PORTS, SetShape.map(port, mark).sized(8192)))
                .with(set(CLASS_OF, SetShape.map(mark, mark).sized(65536)))
                .with(set(CLASSES, SetShape.verdictMap(mark)))
                .with(set(LEARNERS, SetShape.verdictMap(mark)))
                .with(set(ENDPOINTS, SetShape.map(twoMarks, endpoint).sized(262144)))
                .with(set(NUMBERS, SetShape.map(twoMarks, mark).sized(65536)))
                .with(set(LIVE, SetShape.map(twoMarks, endpoint).sized(65536)))
                .with(set(SOURCE_RANGES, SetShape.set(TupleType.of(MARK, address)).intervals()))
                .with(set(POD_RANGES, SetShape.set(TupleType.of(address)).intervals()))
                .with(set(SERVICE_RANGES, SetShape.set(TupleType.of(address)).intervals()))
                .with(set(DENIED, SetShape.set(mark).counted().sized(65536)))
                .with(set(LOOPBACK, SetShape.set(TupleType.of(address)).intervals()))
                .with(set(HAIRPIN, SetShape.set(TupleType.of(address, address)).sized(4096)));
    }

    private static NamedSet set(String name, SetShape shape) {
        return NamedSet.empty(name, shape);
    }

    private Ruleset chains(Ruleset frame) {
        return frame.with(
                        Chain.regular(
                                "from_inside",
                                byAddress(INSIDE),
                                byPort(INSIDE_PORTS),
                                refuseWithoutService()))
                .with(Chain.regular("from_outside", byAddress(OUTSIDE), byPort(OUTSIDE_PORTS)))
                .with(
                        Chain.regular(
                                "deny",
                                // Looked up to be counted.
                                Rule.of(
                                        new Statement.Look(SET, Membership.IN, DENIED),
                                        new Statement.Give(new Verdict.Drop())),
                                Rule.of(new Statement.Give(new Verdict.Drop()))))
                .with(pick())
                .with(
                        Chain.regular(
                                FIRST, setIndex(constant(0)), translate(ENDPOINTS), to("refuse")))
                .with(
                        Chain.regular(
                                NUMBERED,
                                setIndex(numberOf()),
                                translate(LIVE),
                                setIndex(constant(0)),
                                setIndex(numberOf()),
                                translate(LIVE),
                                to(FIRST)))
                .with(
                        Chain.regular(
                                "refuse",
                                Rule.of(
                                        new Statement.SetMark(
                                                Statement.Mark.FLOW, constant(Mark.REFUSE)))))
                .with(settle())
                .with(
                        Chain.regular(
                                "answer_refused",
                                Rule.of(
                                        new Statement.Compare(
                                                PROTOCOL, Comparison.EQUAL, Protocol.TCP.number()),
                                        new Statement.Reject(Statement.Refusal.TCP_RESET)),
                                Rule.of(new Statement.Reject(Statement.Refusal.PORT_UNREACHABLE))));
    }

    private Rule byAddress(String map) {
        return Rule.of(
                setFlowMark(
                        new Expression.Mapped(
                                concatenation(destination, PROTOCOL, DESTINATION_PORT), map)),
                goTo("pick"));
    }

    /// Node ports are on every address of the node but loopback ones, whose packets cannot leave for a pod.
    private Rule byPort(String map) {
        return Rule.of(
                new Statement.DestinationIsOwn(),
                new Statement.Look(destination, Membership.NOT_IN, LOOPBACK),
                setFlowMark(new Expression.Mapped(concatenation(PROTOCOL, DESTINATION_PORT), map)),
                goTo("pick"));
    }

    /// An address of a Service that is gone, or a port that none has: without this the packet would leave by the default route, and its sender
    /// would wait.
    private Rule refuseWithoutService() {
        return Rule.of(
                new Statement.Look(destination, Membership.IN, SERVICE_RANGES), goTo("refuse"));
    }

    private Chain pick() {
        return Chain.regular(
                "pick",
                setIndex(constant(0)),
                Rule.of(
                        has(Mark.SOURCES_LIMITED),
                        new Statement.Look(
                                concatenation(SET, source), Membership.NOT_IN, SOURCE_RANGES),
                        goTo("deny")),
                setIndex(new Expression.Mapped(SET, CLASS_OF)),
                Rule.of(new Statement.Branch(PACKET_MARK, CLASSES)),
                to(FIRST));
    }

    private static Chain settle() {
        return Chain.regular(
                "settle",
                Rule.of(
                        new Statement.Compare(FLOW_MARK, Comparison.EQUAL, Mark.REFUSE),
                        goTo("answer_refused")),
                Rule.of(
                        new Statement.Compare(PACKET_MARK, Comparison.NOT_EQUAL, 0),
                        new Statement.Branch(
                                new Expression.Masked(FLOW_MARK, Mark.AFFINITY), LEARNERS)),
                setIndex(constant(0)));
    }

    private Ruleset hooks(Ruleset frame) {
        return frame.with(
                        Chain.base(
                                "translate",
                                new Hook(Kind.NAT, Point.PREROUTING, -100),
                                Rule.of(
                                        new Statement.Look(source, Membership.IN, POD_RANGES),
                                        goTo("from_inside")),
                                to("from_outside")))
                .with(
                        Chain.base(
                                "translate_own",
                                new Hook(Kind.NAT, Point.OUTPUT, -100),
                                to("from_inside")))
                .with(
                        Chain.base(
                                "settle_arriving",
                                new Hook(Kind.FILTER, Point.PREROUTING, -99),
                                settleNew()))
                .with(
                        Chain.base(
                                "settle_own",
                                new Hook(Kind.FILTER, Point.OUTPUT, -99),
                                settleNew()))
                .with(leave(List.of()));
    }

    /// @param more rules for what is not masqueraded
    Chain leave(List<Rule> more) {
        List<Rule> rules = new ArrayList<>();
        rules.add(Rule.of(has(Mark.MASQUERADE), new Statement.Masquerade()));
        rules.add(
                Rule.of(
                        new Statement.Compare(FLOW_MARK, Comparison.NOT_EQUAL, 0),
                        new Statement.Look(
                                concatenation(source, destination), Membership.IN, HAIRPIN),
                        new Statement.Masquerade()));
        rules.add(
                Rule.of(
                        new Statement.Look(source, Membership.IN, POD_RANGES),
                        new Statement.Look(destination, Membership.NOT_IN, POD_RANGES),
                        new Statement.Masquerade()));
        rules.addAll(more);
        return Chain.base(
                "leave", new Hook(Kind.NAT, Point.POSTROUTING, 100), rules.toArray(new Rule[0]));
    }

    private static Rule settleNew() {
        return Rule.of(
                new Statement.IsNewFlow(),
                new Statement.Compare(FLOW_MARK, Comparison.NOT_EQUAL, 0),
                goTo("settle"));
    }

    /// Sends the packet to where the map says for its set and packet mark, if it says anything.
    Rule translate(String map) {
        return Rule.of(
                new Statement.ProtocolIn(List.of(Protocol.values())),
                new Statement.TranslateDestination(
                        tableFamily(family),
                        new Expression.Mapped(concatenation(SET, PACKET_MARK), map)));
    }

    static Rule setIndex(Expression value) {
        return Rule.of(new Statement.SetMark(Statement.Mark.PACKET, value));
    }

    static Statement setFlowMark(Expression value) {
        return new Statement.SetMark(Statement.Mark.FLOW, value);
    }

    static Rule to(String chain) {
        return Rule.of(goTo(chain));
    }

    static Expression constant(int value) {
        return new Expression.Constant(value);
    }

    private static Expression numberOf() {
        return new Expression.Mapped(concatenation(SET, PACKET_MARK), NUMBERS);
    }

    private static Statement has(int flag) {
        return new Statement.Compare(
                new Expression.Masked(FLOW_MARK, flag), Comparison.NOT_EQUAL, 0);
    }
}
