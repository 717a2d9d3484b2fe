package io.fairlead.proxy;

import static io.fairlead.nftables.Expression.Field.FLOW_MARK;
import static io.fairlead.nftables.Expression.Field.PACKET_MARK;
import static io.fairlead.nftables.Expression.concatenation;

import io.fairlead.nftables.Chain;
import io.fairlead.nftables.DataType;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.Expression;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Rule;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.SetShape;
import io.fairlead.nftables.Statement;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.TupleType;
import io.fairlead.nftables.Verdict;
import io.fairlead.tables.EndpointSet.Selection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What sets have in common that are chosen from in the same way: how many endpoints, how one is picked, and for how long clients are
/// remembered. Each class has a chain, made when first needed and then kept.
///
/// @param affinity the number of the affinity map, from 1; 0 for none
record EndpointClass(int count, Selection selection, int affinity) {
    private static final int HASH_SEED = 0x5eed;

    /// Clients with affinity, for each lifetime. No memory is taken before they come.
    private static final int REMEMBERED_MAX = 1 << 20;

    private static final String AFFINITY_PREFIX = "affinity_";

    /// What these rules do instead of a selection that they cannot do: they see flows begin and not end, so they cannot tell who has the fewest.
    static Selection nearest(Selection wanted) {
        return wanted == Selection.LEAST_CONNECTIONS ? Selection.RANDOM : wanted;
    }

    /// The key in the map of classes.
    int number() {
        return affinity << 20 | (selection.ordinal() + 1) << 16 | count;
    }

    /// The ruleset with this class in it.
    Ruleset addTo(Ruleset ruleset, RulesetFrame frame) {
        if (ruleset.find(RulesetFrame.CLASSES, Tuple.of(number())) != null) {
            return ruleset;
        }
        String chain = chainName();
        return ruleset.with(affinity == 0 ? plain(frame) : remembering(frame))
                .with(
                        RulesetFrame.CLASSES,
                        Element.of(Tuple.of(number()), new Verdict.Goto(chain)));
    }

    /// A map that remembers clients for that long, with the chain that writes it.
    static Ruleset addAffinity(Ruleset ruleset, RulesetFrame frame, int affinity, Duration time) {
        String map = affinityMap(affinity);
        String learner = "learn_" + affinity;
        return ruleset.with(
                        NamedSet.empty(
                                map,
                                SetShape.map(
                                                TupleType.of(frame.address(), DataType.MARK),
                                                TupleType.of(DataType.MARK))
                                        .sized(REMEMBERED_MAX)
                                        .writtenByPackets(time)))
                .with(
                        Chain.regular(
                                learner,
                                Rule.of(write(frame, Statement.Write.UPDATE, map)),
                                RulesetFrame.setIndex(RulesetFrame.constant(0))))
                .with(
                        RulesetFrame.LEARNERS,
                        Element.of(
                                Tuple.of(affinity << Mark.AFFINITY_SHIFT),
                                new Verdict.Goto(learner)));
    }

    static String affinityMap(int affinity) {
        return AFFINITY_PREFIX + affinity;
    }

    /// How long each affinity map of a ruleset remembers, in the order of their numbers.
    static List<Duration> affinities(Ruleset ruleset) {
        List<Duration> times = new ArrayList<>();
        for (NamedSet map; (map = ruleset.sets().get(affinityMap(times.size() + 1))) != null; ) {
            times.add(map.shape().timeout().orElse(Duration.ZERO));
        }
        return times;
    }

    String chainName() {
        String choice =
                switch (selection) {
                    case RANDOM, LEAST_CONNECTIONS -> "random_";
                    case ROUND_ROBIN -> "turn_";
                    case SOURCE_HASH -> "hash_";
                };
        return (affinity == 0 ? "" : "sticky_" + affinity + "_") + choice + count;
    }

    private Chain plain(RulesetFrame frame) {
        if (count == 1) {
            return Chain.regular(chainName(), RulesetFrame.to(RulesetFrame.FIRST));
        }
        return Chain.regular(
                chainName(),
                RulesetFrame.setIndex(index(frame)),
                frame.translate(RulesetFrame.ENDPOINTS),
                RulesetFrame.to(RulesetFrame.FIRST));
    }

    /// Whom the client had and who still lives; else a choice. What is remembered of one who lives no more is forgotten before that, because to update keeps what is there. To delete and add
    /// for every connection would do too, if the kernel kept up: elements that were deleted stay in its way for a second, and after some 16 the next one is not added.
    private Chain remembering(RulesetFrame frame) {
        return Chain.regular(
                chainName(),
                Rule.of(
                        RulesetFrame.setFlowMark(
                                new Expression.Merged(FLOW_MARK, affinity << Mark.AFFINITY_SHIFT))),
                RulesetFrame.setIndex(RulesetFrame.constant(0)),
                RulesetFrame.setIndex(
                        new Expression.Mapped(
                                concatenation(frame.source(), RulesetFrame.SET),
                                affinityMap(affinity))),
                frame.translate(RulesetFrame.LIVE),
                Rule.of(write(frame, Statement.Write.DELETE, affinityMap(affinity))),
                RulesetFrame.setIndex(index(frame)),
                RulesetFrame.to(RulesetFrame.NUMBERED));
    }

    private Expression index(RulesetFrame frame) {
        if (count == 1) {
            return RulesetFrame.constant(0);
        }
        return switch (selection) {
            case RANDOM, LEAST_CONNECTIONS -> new Expression.Random(count);
            case ROUND_ROBIN -> new Expression.Turn(count);
            case SOURCE_HASH -> new Expression.Hash(frame.source(), count, HASH_SEED);
        };
    }

    private static Statement write(RulesetFrame frame, Statement.Write write, String map) {
        return new Statement.WriteElement(
                write, map, concatenation(frame.source(), RulesetFrame.SET), PACKET_MARK);
    }
}
