package io.fairlead.controllers;

import io.fairlead.api.AddressRange;
import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Gives Services of type LoadBalancer their addresses. There is one key, because Services compete for one pool: all of them are served in one run.
///
/// A Service that names a `loadBalancerClass` of somebody else is left alone, and so is a status that this controller did not write: what it wrote
/// carries the finalizer.
public final class LoadBalancerController implements Controller {
    public static final String NAME = "service-controller";

    static final String FINALIZER = "service.kubernetes.io/load-balancer-cleanup";
    private static final String CLASS_PREFIX = "fairlead.io/";
    private static final Key KEY = new Key(ResourceType.CONFIG_MAP, LoadBalancerPool.CONFIG_MAP);

    private final LoadBalancerPool standing;
    private final Function<AddressRange, Optional<String>> refusal;
    private final Set<ResourceType> reads;

    /// What was told last about each object, by its uid, so that nothing is told twice. Only one run is under way at a time.
    private final Map<String, String> told = new HashMap<>();

    /// @param standing the pool while no ConfigMap says otherwise
    /// @param refusal why nothing would bring packets for a range here; empty when something does
    public LoadBalancerController(
            LoadBalancerPool standing, Function<AddressRange, Optional<String>> refusal) {
        this(standing, refusal, Set.of(ResourceType.SERVICE, ResourceType.CONFIG_MAP));
    }

    private LoadBalancerController(
            LoadBalancerPool standing,
            Function<AddressRange, Optional<String>> refusal,
            Set<ResourceType> reads) {
        this.standing = standing;
        this.refusal = refusal;
        this.reads = reads;
    }

    /// This one too gives nothing out of a range that overlaps a ServiceCIDR, also of one that comes later: for servers that have them.
    public LoadBalancerController withServiceRanges() {
        Set<ResourceType> more = new HashSet<>(reads);
        more.add(ServiceCidrController.SERVICE_CIDR);
        return new LoadBalancerController(standing, refusal, more);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<ResourceType> reads() {
        return reads;
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ServiceCidrController.SERVICE_CIDR)) {
            return List.of(KEY);
        }
        boolean concerns =
                change.type().equals(ResourceType.CONFIG_MAP)
                        ? change.name().equals(LoadBalancerPool.CONFIG_MAP)
                        : isBalanced(change.before()) || isBalanced(change.after());
        return concerns ? List.of(KEY) : List.of();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        List<Write> writes = new ArrayList<>();
        Optional<LoadBalancerPool> pool = pool(index, writes);
        if (pool.isEmpty()) {
            return Plan.of(writes);
        }
        List<Service> ours = new ArrayList<>();
        for (JsonObject tree : index.list(ResourceType.SERVICE)) {
            Service service = new Service(tree);
            if (isOurs(service) && !service.isBeingDeleted()) {
                ours.add(service);
            } else if (hasFinalizer(service) && !isSomebodyElses(service)) {
                release(service, writes);
            }
        }
        Map<ObjectName, LoadBalancerRequest> requests = new HashMap<>();
        Map<ObjectName, String> problems = new HashMap<>();
        for (Service service : ours) {
            try {
                requests.put(service.objectName(), LoadBalancerRequest.of(service));
            } catch (IllegalArgumentException e) {
                problems.put(service.objectName(), String.valueOf(e.getMessage()));
            }
        }
        Map<ObjectName, LoadBalancerAddresses.Given> given =
                LoadBalancerAddresses.of(pool.get(), requests.values());
        for (Service service : ours) {
            LoadBalancerAddresses.Given own =
                    given.getOrDefault(
                            service.objectName(),
                            new LoadBalancerAddresses.Given(
                                    List.of(), problems.getOrDefault(service.objectName(), "")));
            settle(service, own, writes);
        }
        return Plan.of(writes);
    }

    /// The pool without what nothing would bring packets for. Empty when it cannot be read: then Services keep what they have.
    private Optional<LoadBalancerPool> pool(ClusterIndex index, List<Write> writes) {
        Optional<JsonObject> map = index.find(KEY);
        LoadBalancerPool wanted;
        try {
            wanted = LoadBalancerPool.of(map, standing);
        } catch (IllegalArgumentException e) {
            complain(map, "%s: the addresses stay as they are".formatted(e.getMessage()), writes);
            return Optional.empty();
        }
        List<AddressRange> usable = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (AddressRange range : wanted.ranges()) {
            Optional<String> problem = refusal.apply(range).or(() -> overlap(index, range));
            problem.ifPresent(problems::add);
            if (problem.isEmpty()) {
                usable.add(range);
            }
        }
        if (problems.isEmpty()) {
            told.remove(KEY.toString());
        } else {
            complain(map, String.join("; ", problems), writes);
        }
        return Optional.of(new LoadBalancerPool(usable));
    }

    private Optional<String> overlap(ClusterIndex index, AddressRange range) {
        if (!reads.contains(ServiceCidrController.SERVICE_CIDR)) {
            return Optional.empty();
        }
        for (JsonObject tree : index.list(ServiceCidrController.SERVICE_CIDR)) {
            for (Json text : tree.list("spec", "cidrs")) {
                Optional<Cidr> cidr = Cidr.find(text.text()).filter(range::overlaps);
                if (cidr.isPresent()) {
                    return Optional.of(
                            "%s overlaps %s of ServiceCIDR %s"
                                    .formatted(range, cidr.get(), tree.text("metadata", "name")));
                }
            }
        }
        return Optional.empty();
    }

    private void complain(Optional<JsonObject> map, String sentence, List<Write> writes) {
        if (isNews(KEY.toString(), sentence)) {
            System.getLogger(LoadBalancerController.class.getName())
                    .log(System.Logger.Level.WARNING, "load balancer pool: {0}", sentence);
            map.ifPresent(tree ->
                    writes.add(
                            Write.warn(
                                    EventSubject.of(
                                            ResourceType.CONFIG_MAP,
                                            new io.fairlead.api.GenericObject(tree)),
                                    "InvalidPool",
                                    sentence)));
        }
    }

    private void settle(Service service, LoadBalancerAddresses.Given given, List<Write> writes) {
        EventSubject subject = EventSubject.of(ResourceType.SERVICE, service);
        String problem = given.problem();
        Optional<String> hostname = Optional.empty();
        try {
            hostname = LoadBalancerRequest.hostname(service);
        } catch (IllegalArgumentException e) {
            problem = problem.isEmpty() ? String.valueOf(e.getMessage()) : problem;
        }
        if (problem.isEmpty()) {
            told.remove(service.uid());
        } else if (isNews(service.uid(), problem)) {
            writes.add(Write.warn(subject, "SyncLoadBalancerFailed", problem));
        }
        JsonArray wanted = ingress(given.addresses(), hostname);
        boolean isMine = hasFinalizer(service);
        if (wanted.items().isEmpty() && !isMine) {
            return;
        }
        boolean isSame =
                wanted.items().equals(service.tree().list("status", "loadBalancer", "ingress"));
        if (isSame && isMine == !wanted.items().isEmpty()) {
            return;
        }
        if (!wanted.items().isEmpty()) {
            writes.add(Write.tell(subject, "EnsuringLoadBalancer", "Ensuring load balancer"));
        }
        JsonObject balancer =
                wanted.items().isEmpty() ? JsonObject.EMPTY : JsonObject.of("ingress", wanted);
        writes.add(
                status(
                        service,
                        finalizers(service, !wanted.items().isEmpty()),
                        wanted.items().isEmpty()
                                ? JsonObject.of("ingress", io.fairlead.api.JsonNull.NULL)
                                : balancer));
        writes.add(
                wanted.items().isEmpty()
                        ? Write.tell(subject, "DeletedLoadBalancer", "Deleted load balancer")
                        : Write.tell(subject, "EnsuredLoadBalancer", "Ensured load balancer"));
    }

    /// For a Service that ends, or is of another type now.
    private void release(Service service, List<Write> writes) {
        EventSubject subject = EventSubject.of(ResourceType.SERVICE, service);
        told.remove(service.uid());
        writes.add(Write.tell(subject, "DeletingLoadBalancer", "Deleting load balancer"));
        writes.add(
                status(
                        service,
                        finalizers(service, false),
                        JsonObject.of("ingress", io.fairlead.api.JsonNull.NULL)));
        writes.add(Write.tell(subject, "DeletedLoadBalancer", "Deleted load balancer"));
    }

    /// Names the version it was decided on: somebody else's finalizer must not get lost.
    private static Write status(Service service, JsonArray finalizers, JsonObject balancer) {
        return new Write.PatchStatus(
                ResourceType.SERVICE,
                service.objectName(),
                JsonObject.of(
                        "metadata",
                        JsonObject.of(
                                "uid",
                                Json.of(service.uid()),
                                "resourceVersion",
                                Json.of(service.tree().text("metadata", "resourceVersion")),
                                "finalizers",
                                finalizers),
                        "status",
                        JsonObject.of("loadBalancer", balancer)));
    }

    private static JsonArray finalizers(Service service, boolean isKept) {
        List<String> finalizers = new ArrayList<>();
        for (Json finalizer : service.tree().list("metadata", "finalizers")) {
            if (finalizer instanceof JsonString text && !text.value().equals(FINALIZER)) {
                finalizers.add(text.value());
            }
        }
        if (isKept) {
            finalizers.add(FINALIZER);
        }
        return JsonArray.ofStrings(finalizers);
    }

    private static JsonArray ingress(List<IpAddress> addresses, Optional<String> hostname) {
        return JsonArray.from(
                addresses,
                address ->
                        JsonObject.builder()
                                .putUnlessEmpty("hostname", hostname.orElse(""))
                                .put("ip", address.toString())
                                .put("ipMode", "VIP")
                                .build());
    }

    private boolean isNews(String about, String sentence) {
        return !sentence.equals(told.put(about, sentence));
    }

    private static boolean isOurs(Service service) {
        return service.type() == Service.Type.LOAD_BALANCER && !isSomebodyElses(service);
    }

    private static boolean isSomebodyElses(Service service) {
        String wanted = service.tree().text("spec", "loadBalancerClass");
        return !wanted.isEmpty() && !wanted.startsWith(CLASS_PREFIX);
    }

    private static boolean hasFinalizer(Service service) {
        return service.tree().list("metadata", "finalizers").stream()
                .anyMatch(finalizer ->
                        finalizer instanceof JsonString text && text.value().equals(FINALIZER));
    }

    private static boolean isBalanced(Optional<JsonObject> service) {
        return service.map(Service::new)
                .filter(it -> it.type() == Service.Type.LOAD_BALANCER || hasFinalizer(it))
                .isPresent();
    }
}
