package io.fairlead.loadbalancer;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.ClusterConsumer;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.EventSubject;
import io.fairlead.client.Selection;
import io.fairlead.client.Watched;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.NetworkNamespace;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadFactory;
import java.util.function.LongSupplier;

/// Answers on the links of one node for the load balancer addresses that are its own: snapshot and delta → [FrontTable] → [Ranking] of each address → a [LinkAnnouncer] for each
/// link. Which of the nodes that may take an address answers for it is settled among their announcers, without the API server.
///
/// [#accept] is called by one thread at a time; everything else by any.
public final class AddressAnnouncer implements ClusterConsumer, AutoCloseable {
    private static final System.Logger LOG = System.getLogger(AddressAnnouncer.class.getName());
    private static final Duration FAREWELL = Duration.ofSeconds(1);

    /// What it follows, stripped to what it reads: the heartbeats of nodes wake nobody.
    public static final List<Watched> WATCHED =
            List.of(
                    Watched.all(ResourceType.NODE).stripped(AddressAnnouncer::node),
                    Watched.all(ResourceType.SERVICE).stripped(AddressAnnouncer::withoutManagers),
                    Watched.all(ResourceType.ENDPOINT_SLICE)
                            .stripped(AddressAnnouncer::withoutManagers),
                    Watched.all(ResourceType.CONFIG_MAP)
                            .in(LoadBalancerPool.CONFIG_MAP.namespace())
                            .selecting(
                                    Selection.byFields(
                                            "metadata.name="
                                                    + LoadBalancerPool.CONFIG_MAP.name())));

    private final Settings settings;
    private final AnnouncedLinks links;
    private final NetworkNamespace namespace;
    private final LongSupplier nanos;
    private final ThreadFactory threads;
    private final EventRecorder events;
    private final Object lock = new Object();
    private final Map<String, Running> running = new TreeMap<>();
    private FrontTable table = FrontTable.EMPTY;
    private Map<String, Node> nodes = Map.of();
    private List<Cidr> pools = List.of();
    private boolean isClosed;

    private record Running(LinkAnnouncer announcer, Thread thread) {}

    /// @param node the name of the node that this is
    /// @param interfaces the links to announce on; none for those that have the Node's addresses
    /// @param networks ranges that are on the links although no address of theirs says so
    /// @param pool the pool while no ConfigMap says otherwise
    public record Settings(
            String node, List<String> interfaces, List<Cidr> networks, LoadBalancerPool pool) {
        public Settings {
            interfaces = List.copyOf(interfaces);
            networks = List.copyOf(networks);
        }
    }

    /// @param namespace where the links are; the caller closes it after this
    /// @param nanos a monotonic clock
    /// @param threads makes platform threads, one for each link
    /// @param events tells of a Service which node announces it
    public AddressAnnouncer(
            Settings settings,
            NetworkNamespace namespace,
            LongSupplier nanos,
            ThreadFactory threads,
            EventRecorder events) {
        this.settings = settings;
        this.links = new AnnouncedLinks(settings.interfaces(), settings.networks());
        this.namespace = namespace;
        this.nanos = nanos;
        this.threads = threads;
        this.events = events;
    }

    @Override
    public void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        synchronized (lock) {
            table = table.apply(snapshot, delta);
            Map<String, Node> known = new HashMap<>();
            for (JsonObject tree : snapshot.list(ResourceType.NODE)) {
                Node node = new Node(tree);
                known.put(node.name(), node);
            }
            nodes = Map.copyOf(known);
            readPools(snapshot.find(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP));
            spread();
        }
    }

    /// Looks at the links again: to be called now and then, since they come and go.
    public void refresh() {
        synchronized (lock) {
            spread();
        }
    }

    /// Why nothing would announce the addresses of a range, as a sentence without its end; empty when this node's links can.
    public Optional<String> refusal(AddressRange range) {
        Map<String, Node> known;
        synchronized (lock) {
            known = nodes;
        }
        Optional<String> outside = refusal(range, addresses(known));
        if (outside.isPresent()) {
            return outside;
        }
        for (Node node : known.values()) {
            for (IpAddress address : node.addresses()) {
                if (range.contains(address)) {
                    return Optional.of(
                            "%s contains the address %s of node %s"
                                    .formatted(range, address, node.name()));
                }
            }
        }
        return Optional.empty();
    }

    /// As [#refusal(AddressRange)], as far as it can be known before the cluster is.
    ///
    /// @param own the Node's addresses
    public Optional<String> refusal(AddressRange range, Set<IpAddress> own) {
        return links.refusal(namespace, range, own);
    }

    /// The addresses that this node answers for now.
    public Set<IpAddress> held() {
        Set<IpAddress> held = new TreeSet<>();
        synchronized (lock) {
            running.values().forEach(it -> held.addAll(it.announcer().held()));
        }
        return held;
    }

    private Set<IpAddress> addresses(Map<String, Node> known) {
        Node own = known.get(settings.node());
        return own == null ? Set.of() : Set.copyOf(own.internalIps());
    }

    /// An unreadable pool changes nothing; the one who gives out addresses complains about it.
    private void readPools(Optional<JsonObject> configMap) {
        try {
            pools = LoadBalancerPool.of(configMap, settings.pool()).cidrs();
        } catch (IllegalArgumentException e) {
            LOG.log(Level.DEBUG, "the load balancer pool cannot be read: {0}", e.getMessage());
        }
    }

    private void spread() {
        if (isClosed) {
            return;
        }
        Map<String, List<Cidr>> networks;
        try {
            networks = links.read(namespace, addresses(nodes));
        } catch (LinuxException e) {
            LOG.log(Level.WARNING, "{0}; the links are taken to be as before", e.getMessage());
            return;
        }
        for (String link : List.copyOf(running.keySet())) {
            Running gone = networks.containsKey(link) ? null : running.remove(link);
            if (gone != null) {
                gone.announcer().close();
            }
        }
        Map<String, String> names = new HashMap<>();
        nodes.forEach((name, node) -> names.put(node.uid(), name));
        Node own = nodes.get(settings.node());
        String uid = own == null ? "" : own.uid();
        Map<IpAddress, List<String>> candidates = table.addresses();
        networks.forEach((link, ranges) -> {
            Map<IpAddress, List<String>> ranks = new HashMap<>();
            candidates.forEach((address, able) -> {
                boolean isOurs = pools.stream().anyMatch(it -> it.contains(address));
                if (isOurs && ranges.stream().anyMatch(it -> it.contains(address))) {
                    ranks.put(address, Ranking.of(address, able));
                }
            });
            running.computeIfAbsent(link, this::start)
                    .announcer()
                    .want(new Wanted(uid, names, ranks));
        });
    }

    private Running start(String link) {
        LinkAnnouncer announcer = new LinkAnnouncer(namespace, link, nanos, new Told());
        Thread thread = threads.newThread(announcer);
        thread.start();
        return new Running(announcer, thread);
    }

    /// Tells of it where users look.
    private final class Told implements LinkAnnouncer.Listener {
        @Override
        public void taken(IpAddress address, String link) {
            for (Service service : holders(address)) {
                events.normal(
                        EventSubject.of(ResourceType.SERVICE, service),
                        "nodeAssigned",
                        "announcing %s from node \"%s\" on %s"
                                .formatted(address, settings.node(), link));
            }
        }

        @Override
        public void contested(IpAddress address, MacAddress rival, String link) {
            String sentence =
                    "%s is claimed on %s by a machine with address %s too: take it out of the pool, or away from that machine"
                            .formatted(address, link, rival);
            LOG.log(Level.WARNING, sentence);
            holders(address)
                    .forEach(service ->
                            events.warning(
                                    EventSubject.of(ResourceType.SERVICE, service),
                                    "AddressConflict",
                                    sentence));
        }

        private List<Service> holders(IpAddress address) {
            Map<ObjectName, Service> services;
            synchronized (lock) {
                services = table.services();
            }
            List<Service> holders = new ArrayList<>();
            for (Service service : services.values()) {
                if (service.loadBalancerIps().contains(address)) {
                    holders.add(service);
                }
            }
            return holders;
        }
    }

    private static JsonObject node(JsonObject node) {
        JsonObject metadata =
                JsonObject.builder()
                        .put("name", node.text("metadata", "name"))
                        .put("uid", node.text("metadata", "uid"))
                        .put("labels", node.object("metadata", "labels"))
                        .build();
        List<Json> ready = new ArrayList<>();
        for (Json condition : node.list("status", "conditions")) {
            if (condition.text("type").equals("Ready")) {
                ready.add(
                        JsonObject.builder()
                                .put("type", "Ready")
                                .put("status", condition.text("status"))
                                .build());
            }
        }
        return JsonObject.of(
                "metadata",
                metadata,
                "status",
                JsonObject.of(
                        "addresses",
                        new JsonArray(node.list("status", "addresses")),
                        "conditions",
                        new JsonArray(ready)));
    }

    private static JsonObject withoutManagers(JsonObject object) {
        return object.withoutAt("metadata", "managedFields");
    }

    /// Gives all addresses up, so that other nodes take them at once.
    @Override
    public void close() {
        List<Running> ending;
        synchronized (lock) {
            isClosed = true;
            ending = List.copyOf(running.values());
            running.clear();
        }
        ending.forEach(it -> it.announcer().close());
        for (Running each : ending) {
            try {
                each.thread().join(FAREWELL);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }
}
