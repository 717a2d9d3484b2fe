package io.fairlead.proxy;

import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.nftables.Diff;
import io.fairlead.nftables.Kernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.Reflection;
import io.fairlead.tables.ServiceTable;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Keeps one node's kernel at what Services mean: snapshot and delta → [ServiceTable] → [NodeRules] → transaction → kernel.
///
/// Each call of [#accept] returns when the kernel has it, so that whatever happens meanwhile comes as one delta with the next call. When
/// the kernel refuses, or somebody else changed a table, what was applied is forgotten, the table is read back and the difference tried; then the whole
/// table is loaded in one batch; then again after a pause.
///
/// [#accept] is called by one thread at a time; everything else by any.
public final class ServiceProxy implements ClusterConsumer {
    private static final System.Logger LOG = System.getLogger(ServiceProxy.class.getName());
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final Kernel kernel;
    private final TrackedFlows flows;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();

    private ServiceTable table;
    private NodeRules rules;
    private PMap<ResourceType, Long> versions = HashTreePMap.empty();

    /// What the kernel has, as far as we know; null when we do not.
    private @Nullable Ruleset applied;

    /// The kernel's generation when it came to have that.
    private int generation;

    /// The flows that are to be forgotten as soon as the kernel has the rules.
    private StaleFlows stale = StaleFlows.NONE;

    private volatile @Nullable Programmed programmed;

    /// What the kernel was last brought to.
    ///
    /// @param versions for each type watched, the resource version up to which it contains everything
    /// @param at when it was found to be so
    public record Programmed(
            ServiceTable table, NodeRules rules, PMap<ResourceType, Long> versions, Instant at)
            implements Reflection {}

    /// @param kernel the node's; the caller closes it, after the last call of [#accept]
    /// @param flows the node's connection tracking
    /// @param timer tries again after failures
    public ServiceProxy(
            String nodeName,
            ProxySettings settings,
            Selection selection,
            Kernel kernel,
            TrackedFlows flows,
            InstantSource clock,
            ScheduledExecutorService timer) {
        this.kernel = kernel;
        this.flows = flows;
        this.clock = clock;
        this.timer = timer;
        table = ServiceTable.of(ClusterSnapshot.EMPTY, nodeName, selection);
        rules = NodeRules.empty(settings);
    }

    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        synchronized (lock) {
            ServiceTable.Step tableStep = table.apply(snapshot, delta);
            table = tableStep.table();
            versions = delta.versions();
            NodeRules before = rules;
            ProxyCompiler.Step step = ProxyCompiler.apply(before, table, tableStep.delta());
            rules = step.rules();
            stale = stale.and(StaleFlows.of(before, tableStep.delta()));
            if (applied == null) {
                repair();
                return;
            }
            try {
                requireUntouched();
                commit(step.middle());
                commit(rules.ruleset());
                requireUntouched();
            } catch (NftablesException e) {
                LOG.log(Level.WARNING, "{0}; reading the table to start over", e.getMessage());
                repair();
                return;
            }
            arrived();
        }
    }

    /// What the kernel was last brought to; empty before the first time.
    public Optional<Programmed> programmed() {
        return Optional.ofNullable(programmed);
    }

    /// Is run after every change that reached the kernel, on the thread that brought it there; must not wait.
    public void onProgrammed(Runnable listener) {
        listeners.add(listener);
    }

    /// The rules that were last brought to the kernel, as a file that `nft -f` loads, with the meaning of set numbers as comments.
    public String printRules() {
        return programmed().map(it -> it.rules().print()).orElse("");
    }

    /// As [#printRules], only what one Service's packets can meet.
    public String printRules(ObjectName service) {
        return programmed().map(it -> it.rules().print(it.table(), service)).orElse("");
    }

    /// Fails if somebody else committed anything since we knew what the kernel has: somebody who empties a chain would not be noticed otherwise.
    private void requireUntouched() {
        if (kernel.generation() != generation) {
            throw new NftablesException("somebody else changed a table of this node");
        }
    }

    private void commit(Ruleset wanted) {
        Ruleset known = applied;
        applied = null;
        Transaction transaction =
                known == null ? Transaction.replace(wanted) : Diff.between(known, wanted);
        kernel.commit(transaction);
        if (!transaction.isEmpty()) {
            generation++;
        }
        applied = wanted;
    }

    private void repair() {
        try {
            generation = kernel.generation();
            applied = read();
            commit(rules.ruleset());
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; loading the whole table", e.getMessage());
            try {
                applied = null;
                generation = kernel.generation();
                commit(rules.ruleset());
            } catch (NftablesException again) {
                LOG.log(
                        Level.ERROR,
                        "{0}; Services on this node stay as they are until it works",
                        again.getMessage());
                retryLater();
                return;
            }
        }
        arrived();
    }

    private @Nullable Ruleset read() {
        return kernel.read(rules.ruleset().table()).orElse(null);
    }

    private void retryLater() {
        try {
            var _ = timer.schedule(this::retry, RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the node is being taken down; nothing is tried again");
        }
    }

    private void retry() {
        synchronized (lock) {
            if (applied == null) {
                repair();
            } else {
                forgetFlows();
            }
        }
    }

    /// Never fails, because rules that are in effect are to be told of.
    private void forgetFlows() {
        if (stale.isEmpty()) {
            return;
        }
        try {
            flows.delete(stale);
            stale = StaleFlows.NONE;
        } catch (RuntimeException e) {
            LOG.log(
                    Level.WARNING,
                    "{0}; UDP clients stay with endpoints that are gone until it works",
                    e.toString());
            retryLater();
        }
    }

    private void arrived() {
        forgetFlows();
        programmed = new Programmed(table, rules, versions, clock.instant());
        listeners.forEach(Runnable::run);
    }
}
