package io.fairlead.apiserver;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ProgrammedCondition;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Services own addresses ([ServiceAddresses]) and ports ([ServicePorts]); what a client leaves out of a change is kept as it was.
final class ServiceStrategy implements Strategy {
    private final FamilyCidrs ranges;
    private final ServicePorts ports;

    /// @param ranges the cluster's own, of the families that it has
    ServiceStrategy(FamilyCidrs ranges, NodePorts nodePorts) {
        this.ranges = ranges;
        this.ports = new ServicePorts(nodePorts);
    }

    @Override
    public JsonObject onCreate(JsonObject service, Write write) {
        return withBothAddressFields(service)
                .with("status", JsonObject.of("loadBalancer", JsonObject.EMPTY));
    }

    @Override
    public void onNameless(JsonObject service, Claims claims) {
        // Addresses are sought before anybody looks at the name, and an address needs an owner.
        String wanted = service.text("spec", "clusterIP");
        JsonObject named = service.withAt(Json.of("x"), "metadata", "name");
        JsonObject claimed =
                ServiceAddresses.claim(
                        Optional.empty(),
                        ServiceFamilies.settle(ranges, Optional.empty(), named),
                        claims);
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
        JsonObject service = keepAllocated(before, withMeantAddresses(before, after));
        if (service.text("spec", "type").equals("ExternalName")) {
            service = withoutSame(before, service, "ipFamilies", "ipFamilyPolicy");
        }
        boolean wasBalanced = before.text("spec", "type").equals("LoadBalancer");
        if (wasBalanced && !service.text("spec", "type").equals("LoadBalancer")) {
            service = service.with("status", JsonObject.of("loadBalancer", JsonObject.EMPTY));
        }
        return service;
    }

    @Override
    public JsonObject claim(Optional<JsonObject> before, JsonObject after, Claims claims) {
        JsonObject settled = ServiceFamilies.settle(ranges, before, after);
        before.ifPresent(old -> ServiceRefusals.check(old, settled));
        before.ifPresent(old -> {
            ServiceAddresses.giveBackUnused(old, settled, claims);
            ServicePorts.giveBackUnused(old, settled, claims);
        });
        return ports.claim(before, ServiceAddresses.claim(before, settled, claims), claims);
    }

    @Override
    public JsonObject settle(Optional<JsonObject> before, JsonObject after, Write write) {
        if (!ProgrammedCondition.isWanted(after)) {
            return before.filter(ProgrammedCondition::isWanted).isPresent()
                    ? ProgrammedCondition.without(after)
                    : after;
        }
        boolean isSame = before.filter(old -> ProgrammedCondition.isSame(old, after)).isPresent();
        return isSame && ProgrammedCondition.find(after).isPresent()
                ? after
                : ProgrammedCondition.pending(after, write.now());
    }

    @Override
    public void release(JsonObject service, Claims claims) {
        ServiceAddresses.giveBackAll(service, claims);
        ServicePorts.giveBackAll(service, claims);
    }

    // An older client knows one address only.
    private static JsonObject withBothAddressFields(JsonObject service) {
        JsonObject spec = service.object("spec");
        String address = spec.text("clusterIP");
        return address.isEmpty() || !spec.list("clusterIPs").isEmpty()
                ? service
                : service.withAt(JsonArray.of(Json.of(address)), "spec", "clusterIPs");
    }

    // The first address is told twice; where only one of the two fields changes, it is the one that
    // is meant.
    private static JsonObject withMeantAddresses(JsonObject before, JsonObject after) {
        JsonObject old = before.object("spec");
        JsonObject spec = after.object("spec");
        String address = spec.text("clusterIP");
        boolean isSame = address.equals(old.text("clusterIP"));
        boolean areSame = spec.list("clusterIPs").equals(old.list("clusterIPs"));
        if (isSame && spec.list("clusterIPs").isEmpty() && !old.list("clusterIPs").isEmpty()) {
            spec = spec.with("clusterIPs", new JsonArray(old.list("clusterIPs")));
        } else if (!isSame && areSame) {
            spec =
                    address.isEmpty()
                            ? spec.without("clusterIPs")
                            : spec.with("clusterIPs", JsonArray.of(Json.of(address)));
        }
        return after.with("spec", spec);
    }

    /// Without fields that the change left as they were.
    private static JsonObject withoutSame(JsonObject before, JsonObject after, String... fields) {
        JsonObject spec = after.object("spec");
        for (String field : fields) {
            if (spec.find(field).equals(before.object("spec").find(field))) {
                spec = spec.without(field);
            }
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
        if (keepsAddress && spec.text("clusterIP").isEmpty()) {
            spec = spec.with("clusterIP", old.text("clusterIP"));
        }
        if (keepsAddress
                && spec.list("clusterIPs").isEmpty()
                && spec.text("clusterIP").equals(old.text("clusterIP"))) {
            spec = spec.with("clusterIPs", new JsonArray(old.list("clusterIPs")));
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
}
