package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.nftables.Diff;
import io.fairlead.nftables.ElementCount;
import io.fairlead.nftables.Kernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One address family's table: what it is to be, and what the kernel has of it as far as we know. Guarded by the proxy's lock.
///
/// When it is not known what the kernel has, the table is read and the difference committed; what cannot be read is replaced in one batch. A table
/// that an earlier process left is taken over with its numbers.
final class KernelTable {
    private static final System.Logger LOG = System.getLogger(KernelTable.class.getName());

    private final Kernel kernel;
    private final Counting counting;

    /// What the elements in the kernel mean, for those that are counted.
    private @Nullable ServiceTable meaning;

    private NodeRules rules;

    /// What the kernel has; null when we do not know.
    private @Nullable Ruleset applied;

    /// Whether any table was ever compiled; before that somebody else's may be there.
    private boolean isBegun;

    /// The flows of changes that are to be forgotten as soon as the kernel has the rules.
    private StaleFlows stale = StaleFlows.NONE;

    /// Whether flows may have passed while rules were missing.
    private boolean isFlowsUnknown;

    KernelTable(Kernel kernel, ProxySettings settings, Counting counting) {
        this.kernel = kernel;
        this.counting = counting;
        rules = NodeRules.empty(settings);
    }

    NodeRules rules() {
        return rules;
    }

    TableName name() {
        return rules.ruleset().table();
    }

    /// Whether the kernel has what it is to have.
    @SuppressWarnings("ReferenceEquality") // What was committed is kept as the very same value.
    boolean isCurrent() {
        return rules.ruleset().equals(applied);
    }

    /// Follows one step of the Services.
    ///
    /// @throws NftablesException when the kernel does not take it; then [#repair]
    void follow(ServiceTable table, ServiceTableDelta delta) {
        if (!isBegun) {
            begin(table);
            return;
        }
        NodeRules before = rules;
        ProxyCompiler.Step step = ProxyCompiler.apply(before, table, delta);
        rules =
                delta.podRanges().isEmpty()
                        ? step.rules()
                        : step.rules().withMembers(step.rules().members(), table.remotePodRanges());
        stale = stale.and(StaleFlows.of(before, delta));
        if (applied == null) {
            delta.sets().keySet().forEach(this::countFor);
            meaning = table;
            repair();
            return;
        }
        delta.sets().keySet().forEach(this::countFor);
        commit(step.middle());
        commit(rules.ruleset());
        meaning = table;
    }

    private void countFor(SetName name) {
        BalancedSet set = rules.sets().get(name);
        if (set != null) {
            counting.owns(rules.family(), set.id(), name.service());
        }
    }

    private void begin(ServiceTable table) {
        Optional<Ruleset> found = Optional.empty();
        try {
            found = kernel.read(name());
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; loading the whole table anew", e.getMessage());
        }
        applied = found.orElse(null);
        isFlowsUnknown = true;
        isBegun = true;
        if (found.isPresent()) {
            rules =
                    ProxyCompiler.resume(rules.settings(), table, found.get())
                            .withMembers(
                                    MemberRules.of(found.get(), rules.family()),
                                    table.remotePodRanges());
            LOG.log(Level.INFO, "taking over table {0}", name());
        } else {
            rules = ProxyCompiler.compile(rules.settings(), table);
        }
        meaning = table;
        rules.sets().values().forEach(it -> countFor(it.set().name()));
        commit(rules.ruleset());
    }

    /// Changes who is a member.
    ///
    /// @return whether they are what was wanted; not before the first table came
    boolean setMembers(Set<IpAddress> members, ServiceTable table) {
        if (!isBegun) {
            return members.isEmpty();
        }
        rules = rules.withMembers(members, table.remotePodRanges());
        if (applied == null) {
            repair();
        } else {
            commit(rules.ruleset());
        }
        return true;
    }

    /// Reads what the kernel has and brings it to what it is to have.
    ///
    /// @return whether anything had to be done
    /// @throws NftablesException when even the whole table is refused
    boolean repair() {
        if (!isBegun) {
            return false;
        }
        try {
            Ruleset found = kernel.read(name()).orElse(null);
            applied = found;
            if (rules.ruleset().equals(found)) {
                applied = rules.ruleset();
                return false;
            }
            isFlowsUnknown = true;
            commit(rules.ruleset());
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; loading the whole table", e.getMessage());
            isFlowsUnknown = true;
            applied = null;
            commit(rules.ruleset());
        }
        return true;
    }

    private void commit(Ruleset wanted) {
        Ruleset known = applied;
        applied = null;
        List<ElementCount> lastCounts =
                kernel.commit(
                        known == null ? Transaction.replace(wanted) : Diff.between(known, wanted));
        applied = wanted;
        if (meaning != null && !lastCounts.isEmpty()) {
            counting.deleted(rules.family(), meaning, lastCounts);
        }
    }

    /// What the elements in the kernel have counted.
    ///
    /// @throws NftablesException when the kernel does not tell
    List<ElementCount> counts() {
        List<ElementCount> all = new ArrayList<>();
        for (String set : RulesetFrame.COUNTING) {
            all.addAll(kernel.counts(name(), set, rules.ruleset().set(set).shape()));
        }
        return all;
    }

    /// The flows that are to be forgotten now that the kernel has the rules; empty where there are none.
    ///
    /// @param table what the rules were compiled from
    Optional<Predicate<Flow>> staleFlows(ServiceTable table) {
        Predicate<Flow> all = stale;
        if (isFlowsUnknown) {
            all = all.or(new UnservedFlows(table, rules));
        }
        return stale.isEmpty() && !isFlowsUnknown ? Optional.empty() : Optional.of(all);
    }

    void flowsForgotten() {
        stale = StaleFlows.NONE;
        isFlowsUnknown = false;
    }
}
