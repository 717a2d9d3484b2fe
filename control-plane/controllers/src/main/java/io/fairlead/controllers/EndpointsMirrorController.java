package io.fairlead.controllers;

import io.fairlead.api.EndpointSlice;
import io.fairlead.api.GenericObject;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Copies Endpoints that a user made, for a Service without a selector, into EndpointSlices: proxies and DNS read nothing else.
/// Keys are Services.
public final class EndpointsMirrorController implements Controller {
    static final String NAME = "endpointslicemirroring-controller.k8s.io";

    private static final String SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror";
    private static final String LEADER = "control-plane.alpha.kubernetes.io/leader";
    private static final int ADDRESSES_MAX = 1_000;

    @Override
    public String name() {
        return "endpointslicemirroring-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.SERVICE, ResourceType.ENDPOINTS, ResourceType.ENDPOINT_SLICE);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (!change.type().equals(ResourceType.ENDPOINT_SLICE)) {
            return List.of(new Key(ResourceType.SERVICE, change.name()));
        }
        List<Key> services = new ArrayList<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            side.map(EndpointSlice::new)
                    .filter(EndpointsMirrorController::isOurs)
                    .map(slice -> ServicePods.service(slice.namespace(), slice.serviceName()))
                    .ifPresent(services::add);
        }
        return services;
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        List<EndpointSlice> existing =
                Terms.slices(index, key.name().namespace(), key.name().name()).stream()
                        .filter(EndpointsMirrorController::isOurs)
                        .filter(slice -> !slice.isBeingDeleted())
                        .sorted(Comparator.comparing(EndpointSlice::name))
                        .toList();
        Optional<GenericObject> endpoints =
                index.find(new Key(ResourceType.ENDPOINTS, key.name()), GenericObject::new)
                        .filter(EndpointsMirrorController::isMirrored);
        boolean wanted =
                endpoints.isPresent()
                        && index.find(key, Service::new)
                                .filter(service -> service.selector().isEmpty())
                                .isPresent();
        List<Write> writes = new ArrayList<>();
        for (IpFamily family : IpFamily.values()) {
            List<EndpointSlice> slices =
                    existing.stream()
                            .filter(slice -> slice.family().equals(Optional.of(family)))
                            .toList();
            Map<List<JsonObject>, Map<String, JsonObject>> desired =
                    wanted ? desired(endpoints.get(), family) : Map.of();
            if (desired.isEmpty()) {
                slices.forEach(slice -> writes.add(deletion(slice)));
            } else {
                SliceTemplate template = template(endpoints.orElseThrow(), family);
                writes.addAll(
                        SlicePacking.of(desired, slices, ADDRESSES_MAX).writes(template::fill));
            }
        }
        if (wanted && !writes.isEmpty()) {
            writes.addAll(complaints(endpoints.get()));
        }
        return Plan.of(writes);
    }

    private static boolean isOurs(EndpointSlice slice) {
        return !slice.serviceName().isEmpty()
                && NAME.equals(slice.labels().get(EndpointSlice.MANAGED_BY_LABEL));
    }

    /// Endpoints that another controller makes have slices already, and some hold a leader's name instead of addresses.
    private static boolean isMirrored(GenericObject endpoints) {
        return !endpoints.isBeingDeleted()
                && !"true".equals(endpoints.labels().get(SKIP_LABEL))
                && !EndpointsController.NAME.equals(
                        endpoints.labels().get(EndpointsController.MANAGED_BY))
                && !endpoints.annotations().containsKey(LEADER);
    }

    private static Write deletion(EndpointSlice slice) {
        return Write.delete(ResourceType.ENDPOINT_SLICE, slice.objectName(), slice.uid());
    }

    private static SliceTemplate template(GenericObject endpoints, IpFamily family) {
        Map<String, String> labels = new TreeMap<>(endpoints.labels());
        labels.put(EndpointSlice.SERVICE_LABEL, endpoints.name());
        labels.put(EndpointSlice.MANAGED_BY_LABEL, NAME);
        Map<String, String> annotations = new TreeMap<>(endpoints.annotations());
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
        annotations.remove(TriggerTimes.ANNOTATION);
        return new SliceTemplate(
                endpoints.objectName(),
                family,
                JsonObject.ofStrings(labels),
                annotations,
                Ownership.reference(ResourceType.ENDPOINTS, endpoints),
                Optional.empty());
    }

    private static Map<List<JsonObject>, Map<String, JsonObject>> desired(
            GenericObject endpoints, IpFamily family) {
        Map<List<JsonObject>, Map<String, JsonObject>> desired = new LinkedHashMap<>();
        for (Json subset : endpoints.tree().list("subsets")) {
            Map<String, JsonObject> there = new LinkedHashMap<>();
            addresses(subset).stream()
                    .filter(address -> address.ip().isPresent())
                    .limit(ADDRESSES_MAX)
                    .filter(address -> address.ip().get().family() == family)
                    .map(EndpointsMirrorController::endpoint)
                    .forEach(made -> there.putIfAbsent(SlicePacking.identity(made), made));
            if (!there.isEmpty()) {
                desired.computeIfAbsent(ports(subset), _ -> new LinkedHashMap<>()).putAll(there);
            }
        }
        return desired;
    }

    /// Tells of addresses that cannot be read, and of those beyond what a slice holds.
    private static List<Write> complaints(GenericObject endpoints) {
        int invalid = 0;
        int skipped = 0;
        for (Json subset : endpoints.tree().list("subsets")) {
            List<Address> all = addresses(subset);
            int valid = (int) all.stream().filter(address -> address.ip().isPresent()).count();
            invalid += all.size() - valid;
            skipped += all.size() - Math.min(valid, ADDRESSES_MAX);
        }
        EventSubject subject = EventSubject.of(ResourceType.ENDPOINTS, endpoints);
        List<Write> complaints = new ArrayList<>();
        if (invalid > 0) {
            complaints.add(
                    Write.warn(
                            subject,
                            "InvalidIPAddress",
                            "Skipped %d invalid IP addresses when mirroring to EndpointSlices"
                                    .formatted(invalid)));
        }
        if (skipped > invalid) {
            complaints.add(
                    Write.warn(
                            subject,
                            "TooManyAddressesToMirror",
                            "A max of %d addresses can be mirrored to EndpointSlices per Endpoints subset. %d addresses were skipped"
                                    .formatted(ADDRESSES_MAX, skipped)));
        }
        return complaints;
    }

    /// An address of a subset; without an ip where it cannot be read.
    private record Address(Json tree, Optional<IpAddress> ip, boolean isReady) {}

    private static List<Address> addresses(Json subset) {
        List<Address> addresses = new ArrayList<>();
        for (Json address : subset.list("addresses")) {
            addresses.add(new Address(address, IpAddress.find(address.text("ip")), true));
        }
        for (Json address : subset.list("notReadyAddresses")) {
            addresses.add(new Address(address, IpAddress.find(address.text("ip")), false));
        }
        return addresses;
    }

    private static List<JsonObject> ports(Json subset) {
        List<JsonObject> ports = new ArrayList<>();
        for (Json port : subset.list("ports")) {
            String protocol = port.text("protocol");
            ports.add(
                    JsonObject.builder()
                            .put("name", port.text("name"))
                            .put("port", port.number(0, "port"))
                            .put("protocol", protocol.isEmpty() ? "TCP" : protocol)
                            .putUnlessEmpty("appProtocol", port.text("appProtocol"))
                            .build());
        }
        return ports;
    }

    private static JsonObject endpoint(Address address) {
        Json tree = address.tree();
        return JsonObject.builder()
                .put("addresses", JsonArray.of(Json.of(tree.text("ip"))))
                .put("conditions", JsonObject.of("ready", Json.of(address.isReady())))
                .putUnlessEmpty("hostname", tree.text("hostname"))
                .putUnlessEmpty("targetRef", tree.object("targetRef"))
                .putUnlessEmpty("nodeName", tree.text("nodeName"))
                .build();
    }
}
