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
                index.list(ResourceType.ENDPOINT_SLICE, key.name().namespace()).stream()
                        .map(EndpointSlice::new)
                        .filter(EndpointsMirrorController::isOurs)
                        .filter(slice -> slice.serviceName().equals(key.name().name()))
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
                                .filter(service -> service.type() != Service.Type.EXTERNAL_NAME)
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
                writes.addAll(SlicePacking.of(desired, slices).writes(template::fill));
            }
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
        return new SliceTemplate(
                endpoints.objectName(),
                family,
                JsonObject.ofStrings(labels),
                Ownership.reference(ResourceType.ENDPOINTS, endpoints),
                Optional.empty());
    }

    private static Map<List<JsonObject>, Map<String, JsonObject>> desired(
            GenericObject endpoints, IpFamily family) {
        Map<List<JsonObject>, Map<String, JsonObject>> desired = new LinkedHashMap<>();
        for (Json subset : endpoints.tree().list("subsets")) {
            Map<String, JsonObject> there = new LinkedHashMap<>();
            collect(subset.list("addresses"), true, family, there);
            collect(subset.list("notReadyAddresses"), false, family, there);
            if (!there.isEmpty()) {
                desired.computeIfAbsent(ports(subset), _ -> new LinkedHashMap<>()).putAll(there);
            }
        }
        return desired;
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

    private static void collect(
            List<Json> addresses, boolean ready, IpFamily family, Map<String, JsonObject> into) {
        for (Json address : addresses) {
            Optional<IpAddress> ip = IpAddress.find(address.text("ip"));
            if (ip.filter(found -> found.family() == family).isEmpty()
                    || into.size() >= ADDRESSES_MAX) {
                continue;
            }
            JsonObject endpoint =
                    JsonObject.builder()
                            .put("addresses", JsonArray.of(Json.of(address.text("ip"))))
                            .put("conditions", JsonObject.of("ready", Json.of(ready)))
                            .putUnlessEmpty("hostname", address.text("hostname"))
                            .putUnlessEmpty("targetRef", address.object("targetRef"))
                            .putUnlessEmpty("nodeName", address.text("nodeName"))
                            .build();
            into.putIfAbsent(SlicePacking.identity(endpoint), endpoint);
        }
    }
}
