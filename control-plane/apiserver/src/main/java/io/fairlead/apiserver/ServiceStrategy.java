package io.fairlead.apiserver;

import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Services own addresses ([ServiceAddresses]) and ports ([ServicePorts]); what a client leaves out of a change is kept as it was.
final class ServiceStrategy implements Strategy {
    private static final String NONE = "None";

    private final ServicePorts ports;

    ServiceStrategy(NodePorts nodePorts) {
        this.ports = new ServicePorts(nodePorts);
    }

    @Override
    public JsonObject onCreate(JsonObject service, Write write) {
        return withFamilies(service)
                .with("status", JsonObject.of("loadBalancer", JsonObject.EMPTY));
    }

    @Override
    public void onNameless(JsonObject service, Claims claims) {
        // Addresses are sought before anybody looks at the name, and an address needs an owner.
        String wanted = service.text("spec", "clusterIP");
        JsonObject claimed =
                ServiceAddresses.claim(
                        Optional.empty(), service.withAt(Json.of("x"), "metadata", "name"), claims);
        if (ServiceAddresses.needsAddress(service)) {
            throw Invalid.object(
                    ResourceType.SERVICE,
                    "",
                    List.of(
                            Invalid.value(
                                    "spec.clusterIPs",
                                    "[\"" + wanted + "\"]",
                                    "failed to allocate IP: IPAddress.networking.k8s.io \"%s\" is invalid: spec.parentRef.name: Required value"
                                            .formatted(claimed.text("spec", "clusterIP")))));
        }
    }

    @Override
    public void warn(Optional<JsonObject> before, JsonObject after, Write write) {
        if (!after.list("spec", "externalIPs").isEmpty()) {
            write.warn(
                    "spec.externalIPs is deprecated and may no longer be implemented in some"
                            + " clusters");
        }
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        if (write.part() == Write.Part.STATUS) {
            return after;
        }
        JsonObject service = keepAllocated(before, withOneAddress(before, after));
        if (ServiceAddresses.needsAddress(service) || ServiceAddresses.isHeadless(service)) {
            service = withFamilies(service);
        } else {
            JsonObject spec =
                    service.object("spec").without("ipFamilies").without("ipFamilyPolicy");
            service = service.with("spec", spec);
        }
        boolean wasBalanced = before.text("spec", "type").equals("LoadBalancer");
        if (wasBalanced && !service.text("spec", "type").equals("LoadBalancer")) {
            service = service.with("status", JsonObject.of("loadBalancer", JsonObject.EMPTY));
        }
        return service;
    }

    @Override
    public JsonObject claim(Optional<JsonObject> before, JsonObject after, Claims claims) {
        boolean isDual =
                ServiceAddresses.ranges(claims).stream().map(Cidr::isIpv6).distinct().count() > 1;
        ServiceRefusals.check(before, after, isDual);
        before.ifPresent(old -> {
            ServiceAddresses.giveBackUnused(old, after, claims);
            ServicePorts.giveBackUnused(old, after, claims);
        });
        return ports.claim(before, ServiceAddresses.claim(before, after, claims), claims);
    }

    @Override
    public void release(JsonObject service, Claims claims) {
        ServiceAddresses.giveBackAll(service, claims);
        ServicePorts.giveBackAll(service, claims);
    }

    // The address is told twice; where only one of the two changes, it is the one that is meant.
    private static JsonObject withOneAddress(JsonObject before, JsonObject after) {
        JsonObject old = before.object("spec");
        JsonObject spec = after.object("spec");
        String address = spec.text("clusterIP");
        boolean isSame = address.equals(old.text("clusterIP"));
        boolean areSame = spec.list("clusterIPs").equals(old.list("clusterIPs"));
        if (!isSame && areSame) {
            spec =
                    address.isEmpty()
                            ? spec.without("clusterIPs")
                            : spec.with("clusterIPs", JsonArray.of(Json.of(address)));
        } else if (isSame && spec.list("clusterIPs").isEmpty()) {
            spec = spec.without("clusterIP").without("clusterIPs");
        }
        return after.with("spec", spec);
    }

    // What the client leaves out is kept, so that a PUT of what was once posted changes nothing.
    private static JsonObject keepAllocated(JsonObject before, JsonObject after) {
        JsonObject spec = after.object("spec");
        JsonObject old = before.object("spec");
        boolean hadAddress =
                ServiceAddresses.needsAddress(before) || ServiceAddresses.isHeadless(before);
        boolean keepsAddress = hadAddress && !spec.text("type").equals("ExternalName");
        if (keepsAddress && spec.text("clusterIP").isEmpty() && spec.list("clusterIPs").isEmpty()) {
            spec =
                    spec.with("clusterIP", old.text("clusterIP"))
                            .with("clusterIPs", new JsonArray(old.list("clusterIPs")));
        }
        if (spec.text("type").equals("ExternalName")
                && !old.text("type").equals("ExternalName")
                && spec.text("clusterIP").equals(old.text("clusterIP"))) {
            spec = spec.without("clusterIP").without("clusterIPs");
        }
        if (spec.text("type").equals("ExternalName")
                && !old.text("type").equals("ExternalName")
                && spec.find("internalTrafficPolicy").equals(old.find("internalTrafficPolicy"))) {
            spec = spec.without("internalTrafficPolicy");
        }
        if (ServicePorts.hasNodePorts(before) && ServicePorts.hasNodePorts(after)) {
            spec = spec.with("ports", keptPorts(spec, old));
        }
        if (ServicePorts.hasNodePorts(before) && !ServicePorts.hasNodePorts(after)) {
            spec = spec.with("ports", portsWithout(spec, old));
        }
        boolean hadHealth = old.has("healthCheckNodePort");
        if (hadHealth && !ServicePorts.needsHealthPort(after)) {
            if (spec.number(0, "healthCheckNodePort") == old.number(0, "healthCheckNodePort")) {
                spec = spec.without("healthCheckNodePort");
            }
        } else if (hadHealth && !spec.has("healthCheckNodePort")) {
            spec = spec.with("healthCheckNodePort", Json.of(old.number(0, "healthCheckNodePort")));
        }
        if (!ServicePorts.hasNodePorts(after)
                && ServicePorts.hasNodePorts(before)
                && spec.text("externalTrafficPolicy").equals(old.text("externalTrafficPolicy"))
                && spec.list("externalIPs").isEmpty()) {
            spec = spec.without("externalTrafficPolicy");
        }
        if (old.text("type").equals("LoadBalancer") && !spec.text("type").equals("LoadBalancer")) {
            for (String field :
                    new String[] {"allocateLoadBalancerNodePorts", "loadBalancerClass"}) {
                if (spec.find(field).equals(old.find(field))) {
                    spec = spec.without(field);
                }
            }
        }
        return after.with("spec", spec);
    }

    private static JsonArray keptPorts(JsonObject spec, JsonObject old) {
        Set<Long> named = new HashSet<>();
        spec.list("ports").forEach(port -> named.add(port.number(0, "nodePort")));
        List<Json> ports = new ArrayList<>();
        for (Json port : spec.list("ports")) {
            Json kept = port;
            if (port.number(0, "nodePort") == 0) {
                for (Json known : old.list("ports")) {
                    long number = known.number(0, "nodePort");
                    if (samePort(port, known) && number != 0 && named.add(number)) {
                        kept = ((JsonObject) port).with("nodePort", Json.of(number));
                        break;
                    }
                }
            }
            ports.add(kept);
        }
        return new JsonArray(ports);
    }

    private static boolean samePort(Json one, Json other) {
        return one.number(0, "port") == other.number(0, "port")
                && ServicePorts.protocol(one).equals(ServicePorts.protocol(other));
    }

    private static JsonArray portsWithout(JsonObject spec, JsonObject old) {
        Set<Long> held = new HashSet<>();
        old.list("ports").forEach(port -> held.add(port.number(0, "nodePort")));
        return JsonArray.from(
                spec.list("ports"),
                port ->
                        held.contains(port.number(0, "nodePort"))
                                ? ((JsonObject) port).without("nodePort")
                                : port);
    }

    private static JsonObject withFamilies(JsonObject service) {
        JsonObject spec = service.object("spec");
        if (spec.text("type").equals("ExternalName")) {
            return service;
        }
        String address = spec.text("clusterIP");
        if (address.isEmpty() && !spec.list("clusterIPs").isEmpty()) {
            address = spec.list("clusterIPs").getFirst().text();
            spec = spec.with("clusterIP", address);
        }
        if (!address.isEmpty() && spec.list("clusterIPs").isEmpty()) {
            spec = spec.with("clusterIPs", JsonArray.of(Json.of(address)));
        }
        boolean isSelectorless = spec.object("selector").isEmpty();
        if (address.equals(NONE) && isSelectorless) {
            if (!spec.has("ipFamilyPolicy") && spec.list("ipFamilies").isEmpty()) {
                spec =
                        spec.with("ipFamilyPolicy", "RequireDualStack")
                                .with("ipFamilies", JsonArray.ofStrings(List.of("IPv4", "IPv6")));
            }
            return service.with("spec", spec);
        }
        if (!spec.has("ipFamilyPolicy")) {
            spec = spec.with("ipFamilyPolicy", "SingleStack");
        }
        if (spec.list("ipFamilies").isEmpty()) {
            spec = spec.with("ipFamilies", JsonArray.of(Json.of("IPv4")));
        }
        return service.with("spec", spec);
    }
}
