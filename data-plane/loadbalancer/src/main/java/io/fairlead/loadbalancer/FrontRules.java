package io.fairlead.loadbalancer;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.Verdict;
import io.fairlead.tables.Frontend;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// A [FrontTable] as the rules of one family. Immutable; the next rules cost the work of the frontends that differ.
///
/// @param numbers of the frontends, not used again before all are used up
/// @param fronts what each of them was compiled from
record FrontRules(
        FrontFrame frame,
        IpFamily family,
        Map<String, Integer> nodeNumbers,
        Ruleset ruleset,
        PMap<Frontend, Integer> numbers,
        PMap<Frontend, Front> fronts,
        int nextNumber) {

    /// @param nodeNumbers the number of each node that can be reached, below [FrontFrame#FIRST_FRONTEND]; packets for it leave with its number as mark
    static FrontRules empty(IpFamily family, String table, Map<String, Integer> nodeNumbers) {
        FrontFrame frame = new FrontFrame(family);
        Ruleset ruleset = frame.empty(table);
        for (int number : nodeNumbers.values()) {
            ruleset =
                    ruleset.with(FrontFrame.NODES, Element.of(Tuple.of(number), Tuple.of(number)));
        }
        return new FrontRules(
                frame,
                family,
                Map.copyOf(nodeNumbers),
                ruleset,
                HashTreePMap.empty(),
                HashTreePMap.empty(),
                FrontFrame.FIRST_FRONTEND);
    }

    /// With the numbers that an earlier process gave out, by which clients are remembered in the kernel.
    FrontRules numberedLike(Ruleset found) {
        PMap<Frontend, Integer> known = numbers;
        int next = nextNumber;
        for (Element element : found.set(FrontFrame.FRONTENDS).elements().values()) {
            if (element.content() instanceof Tuple number) {
                Tuple key = element.key();
                int at = key.size() - 2;
                Optional<Protocol> protocol =
                        Arrays.stream(Protocol.values())
                                .filter(it -> it.number() == key.word(at))
                                .findFirst();
                if (protocol.isPresent()) {
                    Frontend frontend =
                            new Frontend(address(key), protocol.get(), key.word(at + 1));
                    known = known.plus(frontend, number.word(0));
                    next = Math.max(next, number.word(0) + 1);
                }
            }
        }
        return new FrontRules(frame, family, nodeNumbers, ruleset, known, fronts, next);
    }

    private static IpAddress address(Tuple key) {
        ByteBuffer bytes = ByteBuffer.allocate((key.size() - 2) * 4);
        for (int i = 0; i < key.size() - 2; i++) {
            bytes.putInt(key.word(i));
        }
        return IpAddress.ofBytes(bytes.array());
    }

    FrontRules with(FrontTable table, List<Cidr> pools) {
        // In order, so that the same Services get the same numbers.
        Set<Frontend> all = new TreeSet<>(fronts.keySet());
        table.frontends().stream()
                .filter(frontend -> frontend.address().family() == family)
                .forEach(all::add);
        FrontRules next = withRuleset(frame.withPools(ruleset, pools));
        for (Frontend frontend : all) {
            Optional<Front> wanted = table.find(frontend).map(this::reachable);
            if (!wanted.equals(Optional.ofNullable(fronts.get(frontend)))) {
                next = next.replace(frontend, wanted);
            }
        }
        return next;
    }

    private Front reachable(Front front) {
        return new Front(
                front.service(),
                front.choice().stream().filter(nodeNumbers::containsKey).toList(),
                front.answering().stream().filter(nodeNumbers::containsKey).toList(),
                front.affinity());
    }

    private FrontRules replace(Frontend frontend, Optional<Front> wanted) {
        Front before = fronts.get(frontend);
        Integer known = numbers.get(frontend);
        int number = known == null ? nextNumber : known;
        Ruleset changed = before == null ? ruleset : without(ruleset, number, before);
        if (wanted.isEmpty()) {
            return new FrontRules(
                    frame,
                    family,
                    nodeNumbers,
                    changed.without(FrontFrame.FRONTENDS, key(frontend)),
                    numbers.minus(frontend),
                    fronts.minus(frontend),
                    nextNumber);
        }
        changed =
                plus(changed, number, wanted.get())
                        .with(FrontFrame.FRONTENDS, Element.of(key(frontend), Tuple.of(number)));
        int after = nextNumber == Integer.MAX_VALUE ? FrontFrame.FIRST_FRONTEND : nextNumber + 1;
        return new FrontRules(
                frame,
                family,
                nodeNumbers,
                changed,
                numbers.plus(frontend, number),
                fronts.plus(frontend, wanted.get()),
                known == null ? after : nextNumber);
    }

    private Ruleset without(Ruleset from, int number, Front front) {
        Ruleset left = from.without(FrontFrame.WAYS, Tuple.of(number));
        int slot = 0;
        for (String node : front.choice()) {
            left = left.without(FrontFrame.SLOTS, Tuple.of(number, slot));
            left = left.without(FrontFrame.MEMBERS, Tuple.of(number, numberOf(node)));
            slot++;
        }
        for (String node : front.answering()) {
            left = left.without(FrontFrame.ANSWERING, Tuple.of(number, numberOf(node)));
        }
        return left;
    }

    private Ruleset plus(Ruleset to, int number, Front front) {
        if (front.choice().isEmpty()) {
            return to;
        }
        Ruleset more =
                frame.withChain(to, front)
                        .with(
                                FrontFrame.WAYS,
                                Element.of(
                                        Tuple.of(number),
                                        new Verdict.Goto(
                                                FrontFrame.chainName(
                                                        front.choice().size(), front))));
        int slot = 0;
        for (String node : front.choice()) {
            more =
                    more.with(
                            FrontFrame.SLOTS,
                            Element.of(Tuple.of(number, slot), Tuple.of(numberOf(node))));
            more = more.with(FrontFrame.MEMBERS, Element.of(Tuple.of(number, numberOf(node))));
            slot++;
        }
        for (String node : front.answering()) {
            more = more.with(FrontFrame.ANSWERING, Element.of(Tuple.of(number, numberOf(node))));
        }
        return more;
    }

    private int numberOf(String node) {
        return nodeNumbers.getOrDefault(node, 0);
    }

    private static Tuple key(Frontend frontend) {
        return Tuple.of(
                frontend.address().toInetAddress(), frontend.protocol().number(), frontend.port());
    }

    private FrontRules withRuleset(Ruleset other) {
        return new FrontRules(frame, family, nodeNumbers, other, numbers, fronts, nextNumber);
    }
}
