package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.Chain.Hook;
import io.fairlead.nftables.Chain.Kind;
import io.fairlead.nftables.Chain.Point;
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
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// What lets TCP between pods pass without being tracked, which costs more than translating it once does.
///
/// *Members* are pods of this node whose sockets the socket programs lead. Their packets to each other, and between them and other nodes'
/// pods, carry pod addresses only and need no tracking. A member that passes the programs by still reaches its Service: its flow is translated
/// here, and gets a source port from [#FIRST_MOVED] on, by which its answers are told from all others and tracked. An address joins only
/// before its first flow, so that a flow and its answers meet the same rules. A table without members has none of this.
///
/// `docs/decisions/0010-members-are-known-to-their-node.md` tells why no node has to know another one's members.
final class MemberRules {
    static final String MEMBERS = "members";
    static final String REMOTE_PODS = "remote_pods";

    /// Above the ports that Linux gives to clients by itself.
    static final int FIRST_MOVED = 61000;

    private static final int LAST_MOVED = 65535;
    private static final String UNTRACK = "untrack";
    private static final int BEFORE_TRACKING = -300;
    private static final int MEMBERS_MAX = 65536;

    private MemberRules() {}

    static Set<IpAddress> of(Ruleset ruleset, IpFamily family) {
        Set<IpAddress> members = new TreeSet<>();
        NamedSet set = ruleset.sets().get(MEMBERS);
        if (set != null) {
            set.elements().values().forEach(element -> members.add(address(element.key(), family)));
        }
        return members;
    }

    /// The rules with these members instead of those they have.
    ///
    /// @param remotePods where the other nodes' pods are
    static Ruleset with(
            Ruleset ruleset,
            IpFamily family,
            Collection<IpAddress> members,
            Collection<Cidr> remotePods) {
        RulesetFrame frame = new RulesetFrame(family);
        List<IpAddress> wanted =
                members.stream().filter(address -> address.family() == family).toList();
        if (wanted.isEmpty()) {
            return ruleset.hasChain(UNTRACK)
                    ? ruleset.with(frame.leave(List.of()))
                            .withoutChain(UNTRACK)
                            .withoutSet(MEMBERS)
                            .withoutSet(REMOTE_PODS)
                    : ruleset;
        }
        Ruleset whole = ruleset.hasChain(UNTRACK) ? ruleset : framed(ruleset, frame, family);
        Set<IpAddress> before = of(whole, family);
        for (IpAddress address : before) {
            if (!wanted.contains(address)) {
                whole = whole.without(MEMBERS, ProxyCompiler.tuple(address));
            }
        }
        for (IpAddress address : wanted) {
            if (!before.contains(address)) {
                whole = whole.with(MEMBERS, Element.of(ProxyCompiler.tuple(address)));
            }
        }
        return Ranges.fill(whole, REMOTE_PODS, remotePods, family);
    }

    private static Ruleset framed(Ruleset ruleset, RulesetFrame frame, IpFamily family) {
        TupleType address = TupleType.of(frame.address());
        return ruleset.with(NamedSet.empty(MEMBERS, SetShape.set(address).sized(MEMBERS_MAX)))
                .with(NamedSet.empty(REMOTE_PODS, SetShape.set(address).intervals()))
                .with(untrack(frame))
                .with(frame.leave(moves(frame, RulesetFrame.tableFamily(family))));
    }

    private static Chain untrack(RulesetFrame frame) {
        List<Rule> rules =
                Stream.concat(
                                Stream.of(
                                        Rule.of(
                                                new Statement.Compare(
                                                        Expression.Field.PROTOCOL,
                                                        Comparison.NOT_EQUAL,
                                                        Protocol.TCP.number()),
                                                new Statement.Give(new Verdict.Accept())),
                                        Rule.of(
                                                new Statement.Compare(
                                                        Expression.Field.DESTINATION_PORT,
                                                        Comparison.AT_LEAST,
                                                        FIRST_MOVED),
                                                new Statement.Give(new Verdict.Accept()))),
                                pairs(frame)
                                        .map(pair ->
                                                Rule.of(
                                                        pair.source(),
                                                        pair.destination(),
                                                        new Statement.Untrack(),
                                                        new Statement.Give(new Verdict.Accept()))))
                        .toList();
        return Chain.base(
                UNTRACK,
                new Hook(Kind.FILTER, Point.PREROUTING, BEFORE_TRACKING),
                rules.toArray(new Rule[0]));
    }

    /// Whose flows keep their client's address and get another port of it.
    private static List<Rule> moves(RulesetFrame frame, TableName.Family family) {
        return pairs(frame)
                .map(pair ->
                        Rule.of(
                                new Statement.Compare(
                                        Expression.Field.PROTOCOL,
                                        Comparison.EQUAL,
                                        Protocol.TCP.number()),
                                new Statement.Compare(
                                        Expression.Field.FLOW_MARK, Comparison.NOT_EQUAL, 0),
                                pair.source(),
                                pair.destination(),
                                new Statement.MoveSourcePort(family, FIRST_MOVED, LAST_MOVED)))
                .toList();
    }

    private record Pair(Statement source, Statement destination) {}

    private static Stream<Pair> pairs(RulesetFrame frame) {
        return Stream.of(
                pair(frame, MEMBERS, MEMBERS),
                pair(frame, MEMBERS, REMOTE_PODS),
                pair(frame, REMOTE_PODS, MEMBERS));
    }

    private static Pair pair(RulesetFrame frame, String from, String to) {
        return new Pair(
                new Statement.Look(frame.source(), Membership.IN, from),
                new Statement.Look(frame.destination(), Membership.IN, to));
    }

    private static IpAddress address(Tuple key, IpFamily family) {
        if (family == IpFamily.IPV4) {
            return IpAddress.ofIpv4(key.word(0));
        }
        return new IpAddress(
                family,
                (long) key.word(0) << 32 | Integer.toUnsignedLong(key.word(1)),
                (long) key.word(2) << 32 | Integer.toUnsignedLong(key.word(3)));
    }
}
