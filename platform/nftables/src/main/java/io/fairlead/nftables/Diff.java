package io.fairlead.nftables;

import io.fairlead.nftables.Change.AddChain;
import io.fairlead.nftables.Change.AddElements;
import io.fairlead.nftables.Change.AddRule;
import io.fairlead.nftables.Change.AddSet;
import io.fairlead.nftables.Change.DeleteChain;
import io.fairlead.nftables.Change.DeleteElements;
import io.fairlead.nftables.Change.DeleteSet;
import io.fairlead.nftables.Change.FlushChain;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What turns one ruleset into another. Costs as much as they differ.
///
/// The order of changes is one the kernel accepts: sets and chains come before what leads to them and go after it; an element
/// with another content is deleted and added. A set of another shape takes the old one's place in the same transaction, with the rules that look at
/// it. A chain with another hook cannot be changed in place: then the whole table is replaced.
public final class Diff {
    private final Ruleset after;
    private final Set<String> reshaped = new HashSet<>();
    private final List<Change> newSets = new ArrayList<>();
    private final List<Change> newChains = new ArrayList<>();
    private final List<Change> flushes = new ArrayList<>();
    private final List<Change> lostElements = new ArrayList<>();
    private final List<Change> newElements = new ArrayList<>();
    private final List<Change> newRules = new ArrayList<>();
    private final List<Change> lostSets = new ArrayList<>();
    private final List<Change> lostChains = new ArrayList<>();

    private Diff(Ruleset after) {
        this.after = after;
    }

    /// The transaction from one version of a table to another; without changes if they are equal. Both tables exist.
    public static Transaction between(Ruleset before, Ruleset after) {
        if (!isSameFrame(before, after)) {
            return Transaction.replace(after);
        }
        Diff diff = new Diff(after);
        before.sets().differencesTo(after.sets(), (_, old, fresh) -> diff.set(old, fresh));
        before.chains().differencesTo(after.chains(), (_, old, fresh) -> diff.chain(old, fresh));
        diff.rewriteRules(before);
        List<Change> changes = new ArrayList<>();
        changes.addAll(diff.flushes);
        changes.addAll(diff.lostElements);
        changes.addAll(diff.lostSets);
        changes.addAll(diff.newSets);
        changes.addAll(diff.newChains);
        changes.addAll(diff.newElements);
        changes.addAll(diff.newRules);
        changes.addAll(diff.lostChains);
        return new Transaction(after.table(), changes);
    }

    private static boolean isSameFrame(Ruleset before, Ruleset after) {
        boolean[] isSame = {true};
        before.chains()
                .differencesTo(
                        after.chains(),
                        (_, old, fresh) ->
                                isSame[0] &=
                                        old == null
                                                || fresh == null
                                                || old.hook().equals(fresh.hook()));
        return isSame[0];
    }

    private void set(@Nullable NamedSet old, @Nullable NamedSet fresh) {
        if (fresh != null && old != null && !old.shape().equals(fresh.shape())) {
            reshaped.add(fresh.name());
            lostSets.add(new DeleteSet(old.name()));
            set(null, fresh);
        } else if (fresh != null) {
            if (old == null) {
                newSets.add(new AddSet(fresh.name(), fresh.shape()));
            }
            if (!fresh.shape().isWrittenByPackets()) {
                elements(fresh, old == null ? PersistentMap.empty() : old.elements());
            }
        } else if (old != null) {
            if (!old.elements().isEmpty() && !old.shape().isWrittenByPackets()) {
                // A chain cannot go while a verdict leads to it.
                lostElements.add(new DeleteElements(old.name(), old.shape(), old.sorted()));
            }
            lostSets.add(new DeleteSet(old.name()));
        }
    }

    private void elements(NamedSet set, PersistentMap<Tuple, Element> before) {
        List<Element> lost = new ArrayList<>();
        List<Element> gained = new ArrayList<>();
        before.differencesTo(
                set.elements(),
                (_, old, fresh) -> {
                    if (old != null) {
                        lost.add(old);
                    }
                    if (fresh != null) {
                        gained.add(fresh);
                    }
                });
        if (!lost.isEmpty()) {
            lostElements.add(new DeleteElements(set.name(), set.shape(), lost));
        }
        if (!gained.isEmpty()) {
            newElements.add(new AddElements(set.name(), set.shape(), gained));
        }
    }

    /// Rules keep to the set that they were made for: those that look at a reshaped one are made again.
    private void rewriteRules(Ruleset before) {
        if (reshaped.isEmpty()) {
            return;
        }
        for (Chain chain : before.chains().values()) {
            if (chain.equals(after.chains().get(chain.name())) && looksAtReshaped(chain, before)) {
                chain(chain, chain);
            }
        }
    }

    private boolean looksAtReshaped(Chain chain, Ruleset before) {
        return chain.rules().stream()
                .flatMap(rule -> RuleCompiler.compile(rule, before.sets()::get).stream())
                .map(Instruction::set)
                .anyMatch(set -> set != null && reshaped.contains(set));
    }

    private void chain(@Nullable Chain old, @Nullable Chain fresh) {
        if (old != null && !old.rules().isEmpty()) {
            flushes.add(new FlushChain(old.name()));
        }
        if (fresh == null) {
            lostChains.add(new DeleteChain(old == null ? "" : old.name()));
            return;
        }
        if (old == null) {
            newChains.add(new AddChain(fresh.name(), fresh.hook()));
        }
        for (Rule rule : fresh.rules()) {
            newRules.add(
                    new AddRule(fresh.name(), rule, RuleCompiler.compile(rule, after.sets()::get)));
        }
    }
}
