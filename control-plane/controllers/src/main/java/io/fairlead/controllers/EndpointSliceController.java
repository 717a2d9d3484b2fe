package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.ObjectChange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Keeps the EndpointSlices of each Service with a selector. Keys are Services. How endpoints are spread over slices is
/// [SlicePacking]'s business.
public final class EndpointSliceController implements Controller {
    static final String NAME = "endpointslice-controller.k8s.io";

    private final TriggerTimes triggerTimes = new TriggerTimes();

    @Override
    public String name() {
        return "endpointslice-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(
                ResourceType.SERVICE,
                ResourceType.POD,
                ResourceType.NODE,
                ResourceType.ENDPOINT_SLICE);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.POD)) {
            return ServicePods.servicesOf(change, index);
        }
        if (change.type().equals(ResourceType.SERVICE)) {
            return List.of(new Key(ResourceType.SERVICE, change.name()));
        }
        if (change.type().equals(ResourceType.NODE)) {
            return concernedByNode(change, index);
        }
        List<Key> services = new ArrayList<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            side.map(EndpointSlice::new)
                    .filter(EndpointSliceController::isOurs)
                    .map(slice -> ServicePods.service(slice.namespace(), slice.serviceName()))
                    .ifPresent(services::add);
        }
        return services;
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Service> found = index.find(key, Service::new);
        if (found.isEmpty()) {
            triggerTimes.forget(key);
        }
        List<EndpointSlice> existing = existing(index, key.name());
        if (found.isEmpty()) {
            return Plan.of(existing.stream().map(EndpointSliceController::deletion).toList());
        }
        Service service = found.get();
        if (!ServicePods.isManaged(service) || service.isBeingDeleted()) {
            return Plan.NOTHING;
        }
        List<Pod> pods = ServicePods.of(service, index);
        List<IpFamily> families = ServicePods.families(service);
        List<Write> writes = new ArrayList<>();
        List<Write> events = new ArrayList<>();
        Optional<Instant> triggerTime = triggerTimes.next(key, service, pods);
        for (IpFamily family : families) {
            List<EndpointSlice> slices =
                    existing.stream()
                            .filter(slice -> slice.family().equals(Optional.of(family)))
                            .toList();
            SlicePacking packing =
                    SlicePacking.of(
                            desired(service, pods, family, index),
                            slices,
                            SlicePacking.ENDPOINTS_MAX);
            TopologyHints hints =
                    TopologyHints.of(
                            service,
                            family,
                            packing.packed(),
                            slices,
                            () -> ZoneShares.of(index.list(ResourceType.NODE)));
            events.addAll(hints.events());
            SliceTemplate template = template(service, family, triggerTime);
            writes.addAll(
                    new SlicePacking(hints.packed(), packing.surplus()).writes(template::fill));
        }
        for (EndpointSlice slice : existing) {
            if (slice.family().filter(families::contains).isEmpty()) {
                writes.add(deletion(slice));
            }
        }
        writes.addAll(events);
        return Plan.of(writes);
    }

    private static Write deletion(EndpointSlice slice) {
        return Write.delete(ResourceType.ENDPOINT_SLICE, slice.objectName(), slice.uid());
    }

    private static boolean isOurs(EndpointSlice slice) {
        return !slice.serviceName().isEmpty()
                && NAME.equals(slice.labels().get(EndpointSlice.MANAGED_BY_LABEL));
    }

    private static Collection<Key> concernedByNode(ObjectChange change, ClusterIndex index) {
        boolean moved = !zone(change.before()).equals(zone(change.after()));
        boolean shares =
                !change.before().map(ZoneShares::part).equals(change.after().map(ZoneShares::part));
        if (!moved && !shares) {
            return List.of();
        }
        return index.list(ResourceType.SERVICE).stream()
                .map(Service::new)
                .filter(ServicePods::isManaged)
                .filter(service -> moved || TopologyHints.isAutomatic(service))
                .map(service -> Key.of(ResourceType.SERVICE, service))
                .toList();
    }

    private static String zone(Optional<JsonObject> node) {
        return node.map(tree -> new Node(tree).zone()).orElse("");
    }

    private static List<EndpointSlice> existing(ClusterIndex index, ObjectName service) {
        return Terms.slices(index, service.namespace(), service.name()).stream()
                .filter(EndpointSliceController::isOurs)
                .filter(slice -> !slice.isBeingDeleted())
                .sorted(Comparator.comparing(EndpointSlice::name))
                .toList();
    }

    /// The endpoints by their ports, and there by what identifies them from one moment to the next.
    private static Map<List<JsonObject>, Map<String, JsonObject>> desired(
            Service service, List<Pod> pods, IpFamily family, ClusterIndex index) {
        Map<List<JsonObject>, Map<String, JsonObject>> desired = new LinkedHashMap<>();
        for (Pod pod : pods) {
            Optional<IpAddress> ip = pod.ip(family);
            if (ip.isPresent()) {
                JsonObject endpoint = endpoint(service, pod, ip.get(), index);
                desired.computeIfAbsent(
                                ServicePods.portsAt(pod, service), _ -> new LinkedHashMap<>())
                        .put(SlicePacking.identity(endpoint), endpoint);
            }
        }
        return desired;
    }

    private static JsonObject endpoint(Service service, Pod pod, IpAddress ip, ClusterIndex index) {
        boolean serving = pod.isReady();
        boolean terminating = pod.isBeingDeleted();
        boolean ready = service.publishesNotReadyAddresses() || (serving && !terminating);
        String zone =
                index.find(
                                new Key(ResourceType.NODE, ObjectName.clusterWide(pod.nodeName())),
                                Node::new)
                        .map(Node::zone)
                        .orElse("");
        return JsonObject.builder()
                .put("addresses", JsonArray.of(Json.of(ip.toString())))
                .put(
                        "conditions",
                        JsonObject.of(
                                "ready",
                                Json.of(ready),
                                "serving",
                                Json.of(serving),
                                "terminating",
                                Json.of(terminating)))
                .putUnlessEmpty("hostname", ServicePods.hostnameIn(service, pod))
                .put("targetRef", ServicePods.reference(pod))
                .putUnlessEmpty("nodeName", pod.nodeName())
                .putUnlessEmpty("zone", zone)
                .build();
    }

    private static SliceTemplate template(
            Service service, IpFamily family, Optional<Instant> triggerTime) {
        Map<String, String> labels = new TreeMap<>(service.labels());
        labels.put(EndpointSlice.SERVICE_LABEL, service.name());
        labels.put(EndpointSlice.MANAGED_BY_LABEL, NAME);
        if (service.isHeadless()) {
            labels.put(Service.HEADLESS_LABEL, "");
        } else {
            labels.remove(Service.HEADLESS_LABEL);
        }
        return new SliceTemplate(
                service.objectName(),
                family,
                JsonObject.ofStrings(labels),
                Map.of(),
                Ownership.reference(ResourceType.SERVICE, service),
                triggerTime);
    }
}
