package io.fairlead.loadbalancer;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.Selection;
import io.fairlead.client.Watched;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.MacAddress;
import io.fairlead.nftables.KeptTable;
import io.fairlead.nftables.Kernel;
import io.fairlead.nftables.NftablesException;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Stands in front of the nodes of one machine and gives each flow for a load balancer address to one of them: snapshot and delta → [FrontTable] →
/// rulesets → transactions → kernel.
///
/// [#accept] is called by one thread at a time; everything else by any.
public final class LoadBalancerFront implements ClusterConsumer {
    private static final System.Logger LOG = System.getLogger(LoadBalancerFront.class.getName());
    private static final Duration RETRY_PAUSE = Duration.ofSeconds(1);

    /// What it follows.
    public static final List<Watched> WATCHED =
            List.of(
                    Watched.all(ResourceType.NODE),
                    Watched.all(ResourceType.SERVICE),
                    Watched.all(ResourceType.ENDPOINT_SLICE),
                    Watched.all(ResourceType.CONFIG_MAP)
                            .in(LoadBalancerPool.CONFIG_MAP.namespace())
                            .selecting(
                                    Selection.byFields(
                                            "metadata.name="
                                                    + LoadBalancerPool.CONFIG_MAP.name())));

    private final Settings settings;
    private final Kernel kernel;
    private final PoolRoutes routes;
    private final ScheduledExecutorService timer;
    private final Object lock = new Object();
    private final Map<TableName, KeptTable> kept = new LinkedHashMap<>();

    private FrontTable table = FrontTable.EMPTY;
    private List<FrontRules> rules = List.of();
    private List<Cidr> pools = List.of();
    private volatile boolean isProgrammed;

    /// @param table the name of its tables
    /// @param mac the address of the bridge, which the packets for the pool are sent to
    /// @param nodeNumbers the number of each node; packets that leave for it carry it as mark
    /// @param pool the pool while no ConfigMap says otherwise
    /// @param refusal why packets for a range cannot be brought here; empty when they can
    public record Settings(
            String table,
            MacAddress mac,
            Map<String, Integer> nodeNumbers,
            LoadBalancerPool pool,
            Function<AddressRange, Optional<String>> refusal) {}

    /// @param kernel of the namespace of the bridge; the caller closes it, after the last call of [#accept]
    /// @param timer tries again after failures
    public LoadBalancerFront(
            Settings settings, Kernel kernel, PoolRoutes routes, ScheduledExecutorService timer) {
        this.settings = settings;
        this.kernel = kernel;
        this.routes = routes;
        this.timer = timer;
    }

    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        synchronized (lock) {
            table = table.apply(snapshot, delta);
            readPools(snapshot.find(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP));
            program();
        }
    }

    /// Whether the kernel has been brought to what Services mean.
    public boolean isProgrammed() {
        return isProgrammed;
    }

    /// An unreadable pool changes nothing; the one who gives out addresses complains about it.
    private void readPools(Optional<JsonObject> configMap) {
        try {
            List<Cidr> ranges = new ArrayList<>();
            for (AddressRange range : LoadBalancerPool.of(configMap, settings.pool()).ranges()) {
                // Packets of a range that is in use already go on coming.
                if (pools.containsAll(range.cidrs()) || settings.refusal().apply(range).isEmpty()) {
                    ranges.addAll(range.cidrs());
                }
            }
            pools = List.copyOf(ranges);
        } catch (IllegalArgumentException e) {
            LOG.log(Level.DEBUG, "the load balancer pool cannot be read: {0}", e.getMessage());
        }
    }

    private void program() {
        if (rules.isEmpty()) {
            rules = List.of(begin(IpFamily.IPV4), begin(IpFamily.IPV6));
        }
        rules = rules.stream().map(it -> it.with(table, pools)).toList();
        reach(KeptTable::bring);
    }

    /// Compares the kernel with what it is to have, and mends it: to be called when somebody else changed one of [#tables].
    public void recheck() {
        synchronized (lock) {
            if (!rules.isEmpty()) {
                reach((table, wanted) -> {
                    if (table.mend(wanted)) {
                        LOG.log(Level.INFO, "repaired table {0}", table.name());
                    }
                });
            }
        }
    }

    /// Leads the packets for the pool here again: to be called when somebody changed routes.
    ///
    /// @throws LinuxException when that cannot be done
    public void rerouted() {
        synchronized (lock) {
            if (isProgrammed) {
                routes.set(pools);
            }
        }
    }

    /// The tables that are this front's, and nobody else's business.
    public Set<TableName> tables() {
        return wanted().stream().map(Ruleset::table).collect(Collectors.toSet());
    }

    private List<Ruleset> wanted() {
        List<Ruleset> all = new ArrayList<>();
        synchronized (lock) {
            if (rules.isEmpty()) {
                all.add(empty(IpFamily.IPV4).ruleset());
                all.add(empty(IpFamily.IPV6).ruleset());
            }
            rules.forEach(it -> all.add(it.ruleset()));
            all.add(FrontFrame.bridge(settings.table(), settings.mac(), pools));
        }
        return all;
    }

    private void reach(BiConsumer<KeptTable, Ruleset> how) {
        try {
            for (Ruleset each : wanted()) {
                how.accept(kept(each.table()), each);
            }
            routes.set(pools);
            isProgrammed = true;
        } catch (NftablesException | LinuxException e) {
            LOG.log(
                    Level.ERROR,
                    "{0}; load balancer addresses stay as they are until it works",
                    e.getMessage());
            retryLater();
        }
    }

    private KeptTable kept(TableName name) {
        return kept.computeIfAbsent(name, it -> new KeptTable(kernel, it));
    }

    private FrontRules empty(IpFamily family) {
        return FrontRules.empty(family, settings.table(), settings.nodeNumbers());
    }

    /// Takes up what an earlier process left: the clients it remembers stay where they are.
    private FrontRules begin(IpFamily family) {
        FrontRules empty = empty(family);
        return kept(empty.ruleset().table())
                .takeOver()
                .filter(found -> found.sets().contains(FrontFrame.FRONTENDS))
                .map(empty::numberedLike)
                .orElse(empty);
    }

    private void retryLater() {
        try {
            var _ = timer.schedule(this::retry, RETRY_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(Level.DEBUG, "the cluster is being taken down; nothing is tried again");
        }
    }

    private void retry() {
        synchronized (lock) {
            program();
        }
    }
}
