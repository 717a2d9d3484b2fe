package io.fairlead.proxy;

import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.linux.ConnectionTracking.Flow;
import io.fairlead.linux.ConnectionTracking.Traffic;
import io.fairlead.nftables.ElementCount;
import io.fairlead.nftables.Kernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.TableName;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.Reflection;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Keeps one node's kernel at what Services mean: snapshot and delta → [ServiceTable] → [NodeRules] of each family → transaction → kernel.
///
/// Each call of [#accept] returns when the kernel has it, so that whatever happens meanwhile comes as one delta with the next call. When
/// the kernel refuses, or [#recheck] is called because somebody else changed a table, what was applied is forgotten, the table is read back and the
/// difference tried; then the whole table is loaded in one batch; then again after a pause. A table that an earlier process left is taken over.
///
/// [#accept] is called by one thread at a time; everything else by any.
public final class ServiceProxy implements ClusterConsumer {
    private static final System.Logger LOG = System.getLogger(ServiceProxy.class.getName());
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    private final TrackedFlows flows;
    private final InstantSource clock;
    private final ScheduledExecutorService timer;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final Object lock = new Object();
    private final Counting counting = new Counting();
    private final List<KernelTable> kernelTables;
    private final List<BiConsumer<ServiceTable, ServiceTableDelta>> followers = new ArrayList<>();
    private ServiceTable table;
    private PMap<ResourceType, Long> versions = HashTreePMap.empty();

    /// Whether the kernel has, or is to have, more than was told.
    private boolean isBehind;

    private volatile @Nullable Programmed programmed;
    private volatile Supplier<Map<ObjectName, ServiceCounts>> alsoCounted = Map::of;
    private volatile Predicate<SetName> alsoLed = _ -> false;

    /// What the kernel was last brought to.
    ///
    /// @param rules of each family
    /// @param versions for each type watched, the resource version up to which it contains everything
    /// @param at when it was found to be so
    public record Programmed(
            ServiceTable table,
            Map<IpFamily, NodeRules> rules,
            PMap<ResourceType, Long> versions,
            Instant at)
            implements Reflection {}

    /// @param settings for each family that the node has
    /// @param selection how endpoints are chosen for Services that do not say
    /// @param kernel the node's; the caller closes it, after the last call of [#accept]
    /// @param flows the node's connection tracking
    /// @param timer tries again after failures
    public ServiceProxy(
            String nodeName,
            List<ProxySettings> settings,
            Selection selection,
            Kernel kernel,
            TrackedFlows flows,
            InstantSource clock,
            ScheduledExecutorService timer) {
        this.flows = flows;
        this.clock = clock;
        this.timer = timer;
        table = ServiceTable.of(ClusterSnapshot.EMPTY, nodeName, selection);
        kernelTables = settings.stream().map(it -> new KernelTable(kernel, it, counting)).toList();
    }

    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        synchronized (lock) {
            ServiceTable.Step step = table.apply(snapshot, delta);
            table = step.table();
            versions = delta.versions();
            isBehind = true;
            boolean isInKernel = true;
            for (KernelTable each : kernelTables) {
                isInKernel &= follow(each, step);
            }
            followers.forEach(it -> it.accept(step.table(), step.delta()));
            if (isInKernel) {
                arrived();
            } else {
                retryLater();
            }
        }
    }

    /// Has another writer told of each table, after the rules are in effect and before anybody hears that they are.
    ///
    /// @param writer does not throw; the table's whole content is the first delta it gets to see
    public void alsoWrite(BiConsumer<ServiceTable, ServiceTableDelta> writer) {
        synchronized (lock) {
            followers.add(writer);
        }
    }

    /// Lets TCP between this pod and other members, and other nodes' pods, pass without being tracked.
    ///
    /// @param pod of this node, without any flow yet, whose sockets are led to endpoints
    /// @return whether it is so now
    public boolean join(IpAddress pod) {
        return changeMembers(members -> members.add(pod));
    }

    /// Has the pod's flows tracked from now on.
    public void leave(IpAddress pod) {
        var _ = changeMembers(members -> members.remove(pod));
    }

    /// Has all flows tracked from now on.
    public void dismissMembers() {
        var _ = changeMembers(Set::clear);
    }

    private boolean changeMembers(Consumer<Set<IpAddress>> change) {
        synchronized (lock) {
            boolean isDone = true;
            for (KernelTable each : kernelTables) {
                Set<IpAddress> before = each.rules().members();
                Set<IpAddress> members = new TreeSet<>(before);
                change.accept(members);
                members.removeIf(it -> it.family() != each.rules().family());
                if (members.equals(before)) {
                    continue;
                }
                isBehind = true;
                try {
                    isDone &= each.setMembers(members, table);
                } catch (NftablesException e) {
                    LOG.log(Level.WARNING, "{0}; reading the table to start over", e.getMessage());
                    if (!repair(each)) {
                        isDone = false;
                        retryLater();
                    }
                }
            }
            if (isDone && isBehind && programmed != null) {
                arrived();
            }
            return isDone;
        }
    }

    private static boolean follow(KernelTable each, ServiceTable.Step step) {
        try {
            each.follow(step.table(), step.delta());
            return true;
        } catch (NftablesException e) {
            LOG.log(Level.WARNING, "{0}; reading the table to start over", e.getMessage());
            return repair(each);
        }
    }

    private static boolean repair(KernelTable each) {
        try {
            if (each.repair()) {
                LOG.log(Level.INFO, "repaired table {0}", each.name());
            }
            return true;
        } catch (NftablesException e) {
            LOG.log(
                    Level.ERROR,
                    "{0}; Services on this node stay as they are until it works",
                    e.getMessage());
            return false;
        }
    }

    /// The tables that are this proxy's, and nobody else's business.
    public Set<TableName> tables() {
        return kernelTables.stream().map(KernelTable::name).collect(Collectors.toSet());
    }

    /// Compares the kernel with what it is to have, and mends it: to be called when somebody else changed one of [#tables].
    public void recheck() {
        synchronized (lock) {
            boolean isInKernel = true;
            for (KernelTable each : kernelTables) {
                isInKernel &= repair(each);
            }
            if (!isInKernel) {
                retryLater();
            } else if (programmed == null) {
                return;
            } else if (isBehind) {
                arrived();
            } else {
                forgetFlows();
            }
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
        return programmed()
                .map(it ->
                        it.rules().values().stream()
                                .map(NodeRules::print)
                                .collect(Collectors.joining("\n")))
                .orElse("");
    }

    /// As [#printRules], only what one Service's packets can meet.
    public String printRules(ObjectName service) {
        return programmed()
                .map(it ->
                        it.rules().values().stream()
                                .map(rules -> rules.print(it.table(), service))
                                .collect(Collectors.joining("\n")))
                .orElse("");
    }

    /// What Services were asked for on this node since this proxy began, live: reads the kernel's counts. Empty before the first programming.
    ///
    /// @throws NftablesException or another [RuntimeException] when the kernel does not tell
    public Map<ObjectName, ServiceCounts> counters() {
        synchronized (lock) {
            if (programmed == null) {
                return Map.of();
            }
            Map<IpFamily, List<ElementCount>> elements = new LinkedHashMap<>();
            kernelTables.forEach(it -> elements.put(it.rules().family(), it.counts()));
            // Listed first: what ends in between is told of by its end, and counted once.
            List<Traffic> live = flows.live();
            return Map.copyOf(counting.total(table, elements, live, flows.ended()));
        }
    }

    /// As [#counters], and what another writer's connections were, told apart.
    public NodeCounts nodeCounts() {
        return new NodeCounts(counters(), alsoCounted.get());
    }

    /// Has connections told in [#nodeCounts] that never meet the rules.
    ///
    /// @param isLed whether such connections go to a set
    public void alsoCount(
            Supplier<Map<ObjectName, ServiceCounts>> counts, Predicate<SetName> isLed) {
        alsoCounted = counts;
        alsoLed = isLed;
    }

    /// Takes what ended flows carried out of the kernel's buffer, which would overflow some day: to be called every second or so.
    public void gatherEndedFlows() {
        synchronized (lock) {
            counting.ended(flows.ended());
        }
    }

    /// Sets that ask for a selection which is only approximated here: [Selection#LEAST_CONNECTIONS] is done at random by rules, and nobody else leads
    /// connections to them.
    public Set<SetName> approximated() {
        Set<SetName> sets = new TreeSet<>();
        programmed()
                .ifPresent(it -> {
                    for (EndpointSet set : it.table().sets().values()) {
                        if (EndpointClass.nearest(set.selection()) != set.selection()
                                && !alsoLed.test(set.name())) {
                            sets.add(set.name());
                        }
                    }
                });
        return sets;
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
            boolean isInKernel = true;
            for (KernelTable each : kernelTables) {
                isInKernel &= each.isCurrent() || repair(each);
            }
            if (!isInKernel) {
                retryLater();
            } else if (isBehind) {
                arrived();
            } else {
                forgetFlows();
            }
        }
    }

    /// Never fails, because rules that are in effect are to be told of.
    private void forgetFlows() {
        Optional<Predicate<Flow>> stale =
                kernelTables.stream()
                        .flatMap(it -> it.staleFlows(table).stream())
                        .reduce(Predicate::or);
        if (stale.isEmpty()) {
            return;
        }
        try {
            flows.delete(stale.get());
            kernelTables.forEach(KernelTable::flowsForgotten);
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
        Map<IpFamily, NodeRules> rules = new LinkedHashMap<>();
        kernelTables.forEach(it -> rules.put(it.rules().family(), it.rules()));
        programmed = new Programmed(table, rules, versions, clock.instant());
        isBehind = false;
        listeners.forEach(Runnable::run);
    }
}
