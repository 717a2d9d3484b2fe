package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.ObjectChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Keeps an Endpoints object, of the same name, for each Service with a selector. Keys are Services.
public final class EndpointsController implements Controller {
    static final String MANAGED_BY = "endpoints.kubernetes.io/managed-by";
    static final String NAME = "endpoint-controller";

    private static final String OVER_CAPACITY = "endpoints.kubernetes.io/over-capacity";
    private static final int ADDRESSES_MAX = 1_000;

    private final TriggerTimes triggerTimes = new TriggerTimes();

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.SERVICE, ResourceType.POD, ResourceType.ENDPOINTS);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.POD)) {
            return ServicePods.servicesOf(change, index);
        }
        Key service = new Key(ResourceType.SERVICE, change.name());
        if (change.type().equals(ResourceType.SERVICE)) {
            return List.of(service);
        }
        // Endpoints without a Service are their maker's, unless we made them.
        boolean ours =
                index.find(service).isPresent()
                        || change.after().filter(EndpointsController::isOurs).isPresent();
        return ours ? List.of(service) : List.of();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Key own = new Key(ResourceType.ENDPOINTS, key.name());
        Optional<JsonObject> existing = index.find(own);
        Optional<Service> service = index.find(key, Service::new);
        if (service.isEmpty()) {
            triggerTimes.forget(key);
            // They go with their Service, also those that a user made for it.
            return existing.isPresent()
                    ? Plan.of(
                            Write.delete(
                                    ResourceType.ENDPOINTS,
                                    key.name(),
                                    new GenericObject(existing.get()).uid()))
                    : Plan.NOTHING;
        }
        if (!ServicePods.isManaged(service.get()) || service.get().isBeingDeleted()) {
            return Plan.NOTHING;
        }
        List<Pod> pods =
                ServicePods.of(service.get(), index).stream()
                        .filter(pod ->
                                !pod.isBeingDeleted() || service.get().publishesNotReadyAddresses())
                        .toList();
        Optional<Instant> triggerTime = triggerTimes.next(key, service.get(), pods);
        JsonObject wanted = wanted(service.get(), pods, existing.orElse(JsonObject.EMPTY));
        if (existing.isEmpty()) {
            return Plan.of(
                    Write.create(
                            ResourceType.ENDPOINTS, SliceTemplate.stamped(wanted, triggerTime)));
        }
        return wanted.equals(existing.get())
                ? Plan.NOTHING
                : Plan.of(
                        new Write.Update(
                                ResourceType.ENDPOINTS,
                                SliceTemplate.stamped(wanted, triggerTime)));
    }

    private static boolean isOurs(JsonObject endpoints) {
        return endpoints.text("metadata", "labels", MANAGED_BY).equals(NAME);
    }

    /// What exists, made right.
    private static JsonObject wanted(Service service, List<Pod> pods, JsonObject existing) {
        Map<String, String> labels = new TreeMap<>(service.labels());
        labels.put(MANAGED_BY, NAME);
        if (service.isHeadless()) {
            labels.put(Service.HEADLESS_LABEL, "");
        } else {
            labels.remove(Service.HEADLESS_LABEL);
        }
        JsonObject base =
                existing.isEmpty()
                        ? JsonObject.of(
                                "apiVersion",
                                Json.of("v1"),
                                "kind",
                                Json.of("Endpoints"),
                                "metadata",
                                JsonObject.of(
                                        "name",
                                        Json.of(service.name()),
                                        "namespace",
                                        Json.of(service.namespace())))
                        : existing;
        JsonObject labelled = base.withAt(JsonObject.ofStrings(labels), "metadata", "labels");
        List<JsonObject> all = subsets(service, pods);
        List<JsonObject> subsets = EndpointsCapacity.cut(all, ADDRESSES_MAX);
        boolean truncated = !subsets.equals(all);
        JsonObject marked =
                truncated
                        ? labelled.withAt(
                                Json.of("truncated"), "metadata", "annotations", OVER_CAPACITY)
                        : withoutAnnotation(labelled, OVER_CAPACITY);
        return subsets.isEmpty()
                ? marked.without("subsets")
                : marked.with("subsets", JsonArray.from(subsets, subset -> subset));
    }

    private static JsonObject withoutAnnotation(JsonObject object, String annotation) {
        return object.has("metadata", "annotations", annotation)
                ? object.withoutAt("metadata", "annotations", annotation)
                : object;
    }

    /// A pod's address in the object, and whether it is ready. Ordered by address.
    private record Address(String ip, String uid, boolean ready, JsonObject tree)
            implements Comparable<Address> {
        @Override
        public int compareTo(Address other) {
            int byIp = ip.compareTo(other.ip);
            return byIp != 0 ? byIp : uid.compareTo(other.uid);
        }
    }

    /// Ports that the same addresses serve share a subset.
    private static List<JsonObject> subsets(Service service, List<Pod> pods) {
        IpFamily family = ServicePods.families(service).getFirst();
        Map<JsonObject, Set<Address>> byPort = new LinkedHashMap<>();
        Set<Address> withoutPort = new TreeSet<>();
        boolean headlessWithoutPorts = service.isHeadless() && service.ports().isEmpty();
        for (Pod pod : pods) {
            Optional<IpAddress> ip = pod.ip(family);
            if (ip.isEmpty()) {
                continue;
            }
            Address address = address(service, pod, ip.get());
            if (headlessWithoutPorts) {
                withoutPort.add(address);
            }
            for (JsonObject port : ServicePods.portsAt(pod, service)) {
                byPort.computeIfAbsent(port, _ -> new TreeSet<>()).add(address);
            }
        }
        Map<Set<Address>, List<JsonObject>> portsByAddresses = new LinkedHashMap<>();
        byPort.forEach((port, addresses) ->
                portsByAddresses
                        .computeIfAbsent(new LinkedHashSet<>(addresses), _ -> new ArrayList<>())
                        .add(port));
        List<JsonObject> subsets = new ArrayList<>();
        portsByAddresses.forEach((addresses, ports) -> subsets.add(subset(addresses, ports)));
        if (!withoutPort.isEmpty()) {
            subsets.add(subset(withoutPort, List.of()));
        }
        subsets.sort(Comparator.comparing(subset -> firstIp(subset)));
        return subsets;
    }

    private static String firstIp(JsonObject subset) {
        List<Json> ready = subset.list("addresses");
        List<Json> first = ready.isEmpty() ? subset.list("notReadyAddresses") : ready;
        return first.getFirst().text("ip") + subset.list("ports");
    }

    private static JsonObject subset(Set<Address> addresses, List<JsonObject> ports) {
        List<JsonObject> sorted = new ArrayList<>(ports);
        sorted.sort(
                Comparator.comparing((JsonObject port) -> port.text("name"))
                        .thenComparingLong(port -> port.number(0, "port")));
        return JsonObject.builder()
                .putUnlessEmpty("addresses", trees(addresses, true))
                .putUnlessEmpty("notReadyAddresses", trees(addresses, false))
                .putUnlessEmpty(
                        "ports", JsonArray.from(sorted, EndpointsController::withoutEmptyName))
                .build();
    }

    private static JsonObject withoutEmptyName(JsonObject port) {
        return port.text("name").isEmpty() ? port.without("name") : port;
    }

    private static JsonArray trees(Set<Address> addresses, boolean ready) {
        return JsonArray.from(
                addresses.stream().filter(address -> address.ready() == ready).toList(),
                Address::tree);
    }

    private static Address address(Service service, Pod pod, IpAddress ip) {
        JsonObject tree =
                JsonObject.builder()
                        .put("ip", ip.toString())
                        .putUnlessEmpty("hostname", ServicePods.hostnameIn(service, pod))
                        .putUnlessEmpty("nodeName", pod.nodeName())
                        .put("targetRef", ServicePods.reference(pod))
                        .build();
        boolean ready = service.publishesNotReadyAddresses() || pod.isReady();
        return new Address(ip.toString(), pod.uid(), ready, tree);
    }
}
