package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNumber;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Service;
import io.fairlead.api.ServicePort;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Which pods stand behind which Service: what the controllers of Endpoints and of EndpointSlices agree on.
final class ServicePods {
    private ServicePods() {}

    /// Whether our controllers make endpoints for a Service. Without a selector its user does.
    static boolean isManaged(Service service) {
        return !service.selector().isEmpty() && service.type() != Service.Type.EXTERNAL_NAME;
    }

    /// The pods that the selector selects, and that have or will have an address.
    static List<Pod> of(Service service, ClusterIndex index) {
        return Terms.pods(index, service.namespace(), service.selector()).stream()
                .filter(pod -> !pod.isFinished())
                .filter(pod -> !pod.ips().isEmpty())
                .toList();
    }

    /// The Services that a pod's change may concern.
    static Collection<Key> servicesOf(ObjectChange podChange, ClusterIndex index) {
        Optional<Part> before = podChange.before().map(Part::of);
        Optional<Part> after = podChange.after().map(Part::of);
        Set<Key> services = new LinkedHashSet<>();
        if (before.equals(after)) {
            return services;
        }
        List.of(before, after)
                .forEach(side ->
                        side.ifPresent(part ->
                                Terms.services(index, podChange.name().namespace(), part.labels())
                                        .stream()
                                        .filter(ServicePods::isManaged)
                                        .map(service -> Key.of(ResourceType.SERVICE, service))
                                        .forEach(services::add)));
        return services;
    }

    static Key service(String namespace, String name) {
        return new Key(ResourceType.SERVICE, new ObjectName(namespace, name));
    }

    /// The Service's ports as they are at a pod: ports with a name that the pod does not have are left out.
    static List<JsonObject> portsAt(Pod pod, Service service) {
        List<JsonObject> ports = new ArrayList<>();
        for (ServicePort port : service.ports()) {
            int number = portNumber(pod, port);
            if (number > 0) {
                String protocol = port.tree().text("protocol");
                ports.add(
                        JsonObject.builder()
                                .put("name", port.name())
                                .put("port", number)
                                .put("protocol", protocol.isEmpty() ? "TCP" : protocol)
                                .putUnlessEmpty("appProtocol", port.appProtocol())
                                .build());
            }
        }
        return ports;
    }

    /// The families in which a Service wants endpoints.
    static List<IpFamily> families(Service service) {
        List<IpFamily> families = new ArrayList<>();
        for (Json family : service.tree().list("spec", "ipFamilies")) {
            families.add(family.equals(Json.of("IPv6")) ? IpFamily.IPV6 : IpFamily.IPV4);
        }
        if (families.isEmpty()) {
            families.add(
                    service.clusterIps().stream()
                            .map(ip -> ip.family())
                            .findFirst()
                            .orElse(IpFamily.IPV4));
        }
        return families;
    }

    /// The host name by which DNS shall find the pod below the Service's name; empty where it has none there.
    static String hostnameIn(Service service, Pod pod) {
        boolean below = pod.tree().text("spec", "subdomain").equals(service.name());
        return below ? pod.tree().text("spec", "hostname") : "";
    }

    static JsonObject reference(Pod pod) {
        return JsonObject.builder()
                .put("kind", "Pod")
                .put("namespace", pod.namespace())
                .put("name", pod.name())
                .put("uid", pod.uid())
                .build();
    }

    private static int portNumber(Pod pod, ServicePort port) {
        Json target = port.targetPort();
        if (target instanceof JsonNumber number) {
            int wanted = number.value().intValue();
            return wanted == 0 ? port.port() : wanted;
        }
        String name = target.text();
        return name.isEmpty()
                ? port.port()
                : pod.portNumber(name, port.tree().text("protocol")).orElse(0);
    }

    /// What of a pod endpoints depend on.
    private record Part(
            Map<String, String> labels,
            String uid,
            String node,
            JsonObject addresses,
            boolean ready,
            boolean finished,
            boolean ending) {
        static Part of(JsonObject tree) {
            Pod pod = new Pod(tree);
            return new Part(
                    new GenericObject(tree).labels(),
                    pod.uid(),
                    pod.nodeName(),
                    JsonObject.builder()
                            .put("ip", tree.text("status", "podIP"))
                            .put("ips", new JsonArray(tree.list("status", "podIPs")))
                            .build(),
                    pod.isReady(),
                    pod.isFinished(),
                    pod.isBeingDeleted());
        }
    }
}
