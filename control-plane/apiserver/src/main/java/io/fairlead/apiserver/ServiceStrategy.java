package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Cidr;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Services own addresses and ports: a cluster address for each Service that has one, held by an IPAddress object, and node ports, each held by a key of its own.
/// All are taken and given back in the transaction that writes the Service.
final class ServiceStrategy implements Strategy {
    static final ResourceType IP_ADDRESS =
            new ResourceType("networking.k8s.io", "v1", "ipaddresses", "IPAddress", Scope.CLUSTER);
    static final ResourceType SERVICE_CIDR =
            new ResourceType(
                    "networking.k8s.io", "v1", "servicecidrs", "ServiceCIDR", Scope.CLUSTER);

    private static final int TRIES_MAX = 1000;
    private static final String DEFAULT_RANGE = "kubernetes";
    private static final String NONE = "None";

    private final NodePorts nodePorts;

    ServiceStrategy(NodePorts nodePorts) {
        this.nodePorts = nodePorts;
    }

    @Override
    public JsonObject onCreate(JsonObject service, Write write) {
        if (!service.list("spec", "externalIPs").isEmpty()) {
            write.warnings()
                    .add(
                            "spec.externalIPs is deprecated and may no longer be implemented in"
                                    + " some clusters");
        }
        return withFamilies(service)
                .with("status", JsonObject.of("loadBalancer", JsonObject.EMPTY));
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        if (write.part() == Write.Part.STATUS) {
            return after;
        }
        JsonObject service = keepAllocated(before, withOneAddress(before, after));
        if (needsAddress(service) || isHeadless(service)) {
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
        boolean isDual = ranges(claims).stream().map(Cidr::isIpv6).distinct().count() > 1;
        ServiceRefusals.check(before, after, isDual);
        before.ifPresent(old -> releaseUnused(old, after, claims));
        JsonObject service = claimAddress(before, after, claims);
        service = claimPorts(before, service, claims);
        return claimHealthPort(service, claims);
    }

    @Override
    public void release(JsonObject service, Claims claims) {
        addresses(service).forEach(address -> claims.giveBack(addressKey(address)));
        ports(service).forEach(port -> claims.giveBack(StorageKeys.nodePort(port)));
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
        boolean hadAddress = needsAddress(before) || isHeadless(before);
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
        if (hasNodePorts(before) && hasNodePorts(after)) {
            spec = spec.with("ports", keptPorts(spec, old));
        }
        if (hasNodePorts(before) && !hasNodePorts(after)) {
            spec = spec.with("ports", portsWithout(spec, old));
        }
        boolean hadHealth = old.has("healthCheckNodePort");
        if (hadHealth && !needsHealthPort(after)) {
            if (spec.number(0, "healthCheckNodePort") == old.number(0, "healthCheckNodePort")) {
                spec = spec.without("healthCheckNodePort");
            }
        } else if (hadHealth && !spec.has("healthCheckNodePort")) {
            spec = spec.with("healthCheckNodePort", Json.of(old.number(0, "healthCheckNodePort")));
        }
        if (!hasNodePorts(after)
                && hasNodePorts(before)
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
                && protocol(one).equals(protocol(other));
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
            address = text(spec.list("clusterIPs").getFirst());
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

    private void releaseUnused(JsonObject before, JsonObject after, Claims claims) {
        Set<String> kept = new HashSet<>(addresses(after));
        addresses(before).stream()
                .filter(address -> !kept.contains(address))
                .forEach(address -> claims.giveBack(addressKey(address)));
        Set<Long> keptPorts = new HashSet<>(ports(after));
        ports(before).stream()
                .filter(port -> !keptPorts.contains(port))
                .forEach(port -> claims.giveBack(StorageKeys.nodePort(port)));
    }

    private static JsonObject claimAddress(
            Optional<JsonObject> before, JsonObject service, Claims claims) {
        if (!needsAddress(service)) {
            return service;
        }
        List<Cidr> ranges = ranges(claims);
        String wanted = service.text("spec", "clusterIP");
        if (wanted.isEmpty()) {
            String free = freeAddress(ranges, claims, service);
            claims.take(addressKey(free), addressObject(free, service));
            return service.withAt(Json.of(free), "spec", "clusterIP")
                    .withAt(JsonArray.of(Json.of(free)), "spec", "clusterIPs");
        }
        boolean isHeld = before.isPresent() && addresses(before.get()).contains(wanted);
        if (isHeld) {
            return service;
        }
        if (ranges.stream().noneMatch(range -> isUsable(range, wanted))) {
            throw notAllocated(
                    service, wanted, "the provided network does not match the current range");
        }
        if (!claims.isFree(addressKey(wanted))) {
            throw notAllocated(service, wanted, "provided IP is already allocated");
        }
        claims.take(addressKey(wanted), addressObject(wanted, service));
        return service;
    }

    private JsonObject claimPorts(Optional<JsonObject> before, JsonObject service, Claims claims) {
        if (!hasNodePorts(service) || !allocatesPorts(service)) {
            return service;
        }
        Set<Long> held = new HashSet<>();
        before.ifPresent(old -> held.addAll(ports(old)));
        // Number and protocol together are unique within the Service, the number alone beyond it.
        Set<String> used = new HashSet<>();
        Set<Long> own = new HashSet<>();
        List<Json> all = service.list("spec", "ports");
        for (int i = 0; i < all.size(); i++) {
            long wanted = all.get(i).number(0, "nodePort");
            if (wanted == 0) {
                continue;
            }
            String field = "spec.ports[" + i + "].nodePort";
            if (!nodePorts.contains(wanted)) {
                throw portRefused(
                        service,
                        field,
                        wanted,
                        "provided port is not in the valid range. The range of valid ports is "
                                + nodePorts);
            }
            boolean isOurs = held.contains(wanted) || own.contains(wanted);
            boolean isFree = isOurs || claims.isFree(StorageKeys.nodePort(wanted));
            if (!isFree || !used.add(wanted + "/" + protocol(all.get(i)))) {
                throw portRefused(service, field, wanted, "provided port is already allocated");
            }
            own.add(wanted);
            if (!held.contains(wanted)) {
                claims.take(StorageKeys.nodePort(wanted), holder(service));
            }
        }
        List<Json> complete = new ArrayList<>();
        for (Json port : all) {
            if (port.number(0, "nodePort") != 0) {
                complete.add(port);
                continue;
            }
            long free = freePort(service, claims);
            claims.take(StorageKeys.nodePort(free), holder(service));
            complete.add(((JsonObject) port).with("nodePort", Json.of(free)));
        }
        return service.withAt(new JsonArray(complete), "spec", "ports");
    }

    private JsonObject claimHealthPort(JsonObject service, Claims claims) {
        if (!needsHealthPort(service)) {
            return service;
        }
        long wanted = service.number(0, "spec", "healthCheckNodePort");
        if (wanted == 0) {
            long free = freePort(service, claims);
            claims.take(StorageKeys.nodePort(free), holder(service));
            return service.withAt(Json.of(free), "spec", "healthCheckNodePort");
        }
        var held = claims.snapshot().get(StorageKeys.nodePort(wanted));
        boolean isOurs = held.isPresent() && held.get().value().tree().equals(holder(service));
        if (isOurs) {
            return service;
        }
        if (!nodePorts.contains(wanted) || !claims.isFree(StorageKeys.nodePort(wanted))) {
            throw portRefused(
                    service,
                    "spec.healthCheckNodePort",
                    wanted,
                    "failed to allocate requested HealthCheck NodePort "
                            + wanted
                            + ": provided port is already allocated");
        }
        claims.take(StorageKeys.nodePort(wanted), holder(service));
        return service;
    }

    private static String freeAddress(List<Cidr> ranges, Claims claims, JsonObject service) {
        for (Cidr range : ranges) {
            if (range.isIpv6()) {
                continue;
            }
            // Small numbers are left to those who choose addresses themselves.
            long size = range.size() - 2;
            long reserved = Math.min(Math.max(16, size / 16), 256);
            if (size <= reserved) {
                reserved = 0;
            }
            for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
                long offset = 1 + reserved + claims.random().nextLong(Math.max(1, size - reserved));
                String address = range.address(offset).getHostAddress();
                if (claims.isFree(addressKey(address))) {
                    return address;
                }
            }
            for (long offset = 1; offset <= size; offset++) {
                String address = range.address(offset).getHostAddress();
                if (claims.isFree(addressKey(address))) {
                    return address;
                }
            }
        }
        throw notAllocated(service, "", "range is full");
    }

    private long freePort(JsonObject service, Claims claims) {
        int span = nodePorts.count();
        int start = claims.random().nextInt(span);
        for (int i = 0; i < span; i++) {
            int port = nodePorts.first() + (start + i) % span;
            if (claims.isFree(StorageKeys.nodePort(port))) {
                return port;
            }
        }
        throw portRefused(service, "spec.ports[0].nodePort", 0, "range is full");
    }

    private static List<Cidr> ranges(Claims claims) {
        List<Cidr> ranges = new ArrayList<>();
        for (var stored : claims.snapshot().list(StorageKeys.prefix(SERVICE_CIDR))) {
            JsonObject range = stored.value().tree();
            if (range.has("metadata", "deletionTimestamp")) {
                continue;
            }
            List<Cidr> cidrs =
                    range.list("spec", "cidrs").stream()
                            .map(ServiceStrategy::text)
                            .map(Cidr::parse)
                            .toList();
            // Addresses come from the first range as long as it has any.
            boolean isFirst = range.text("metadata", "name").equals(DEFAULT_RANGE);
            ranges.addAll(isFirst ? 0 : ranges.size(), cidrs);
        }
        return ranges;
    }

    private static boolean isUsable(Cidr range, String address) {
        InetAddress parsed = Cidr.literal(address);
        if (!range.contains(parsed) || parsed.equals(range.first())) {
            return false;
        }
        return range.isIpv6() || !parsed.equals(range.address(range.size() - 1));
    }

    private static boolean needsAddress(JsonObject service) {
        return !service.text("spec", "type").equals("ExternalName") && !isHeadless(service);
    }

    private static boolean isHeadless(JsonObject service) {
        return service.text("spec", "clusterIP").equals(NONE);
    }

    private static boolean hasNodePorts(JsonObject service) {
        String type = service.text("spec", "type");
        return type.equals("NodePort") || type.equals("LoadBalancer");
    }

    private static boolean allocatesPorts(JsonObject service) {
        boolean isDeclined =
                service.has("spec", "allocateLoadBalancerNodePorts")
                        && !service.flag("spec", "allocateLoadBalancerNodePorts");
        boolean namesPorts =
                service.list("spec", "ports").stream()
                        .anyMatch(port -> port.number(0, "nodePort") != 0);
        return !service.text("spec", "type").equals("LoadBalancer") || !isDeclined || namesPorts;
    }

    private static boolean needsHealthPort(JsonObject service) {
        return service.text("spec", "type").equals("LoadBalancer")
                && service.text("spec", "externalTrafficPolicy").equals("Local");
    }

    private static List<String> addresses(JsonObject service) {
        return service.list("spec", "clusterIPs").stream()
                .map(ServiceStrategy::text)
                .filter(address -> !address.isEmpty() && !address.equals(NONE))
                .toList();
    }

    private static List<Long> ports(JsonObject service) {
        List<Long> ports = new ArrayList<>();
        service.list("spec", "ports").forEach(port -> ports.add(port.number(0, "nodePort")));
        ports.add(service.number(0, "spec", "healthCheckNodePort"));
        ports.removeIf(port -> port == 0);
        return ports;
    }

    private static String protocol(Json port) {
        String protocol = port.text("protocol");
        return protocol.isEmpty() ? "TCP" : protocol;
    }

    private static String addressKey(String address) {
        return StorageKeys.key(IP_ADDRESS, ObjectName.clusterWide(address));
    }

    private static JsonObject addressObject(String address, JsonObject service) {
        JsonObject metadata = service.object("metadata");
        return JsonObject.builder()
                .put("kind", IP_ADDRESS.kind())
                .put("apiVersion", IP_ADDRESS.apiVersion())
                .put(
                        "metadata",
                        JsonObject.builder()
                                .put("name", address)
                                .put("uid", derivedUid(metadata.text("uid"), address))
                                .put("creationTimestamp", metadata.text("creationTimestamp"))
                                .put(
                                        "labels",
                                        JsonObject.of(
                                                "ipaddress.kubernetes.io/ip-family",
                                                Json.of(address.contains(":") ? "IPv6" : "IPv4"),
                                                "ipaddress.kubernetes.io/managed-by",
                                                Json.of("ipallocator.k8s.io")))
                                .build())
                .put("spec", JsonObject.of("parentRef", parentReference(metadata)))
                .build();
    }

    private static JsonObject parentReference(JsonObject metadata) {
        return JsonObject.of(
                "resource",
                Json.of("services"),
                "namespace",
                Json.of(metadata.text("namespace")),
                "name",
                Json.of(metadata.text("name")));
    }

    // The address object has no client who could name it, so its uid follows from what it stands
    // for.
    private static String derivedUid(String serviceUid, String address) {
        return java.util
                .UUID
                .nameUUIDFromBytes(HttpRequests.utf8(serviceUid + "/" + address))
                .toString();
    }

    private static JsonObject holder(JsonObject service) {
        return parentReference(service.object("metadata"));
    }

    private static ApiException notAllocated(JsonObject service, String address, String why) {
        String value = address.isEmpty() ? "[]" : "[\"" + address + "\"]";
        return Invalid.object(
                ResourceType.SERVICE,
                service.text("metadata", "name"),
                List.of(
                        Invalid.value(
                                "spec.clusterIPs",
                                value,
                                "failed to allocate IP " + address + ": " + why)));
    }

    private static ApiException portRefused(
            JsonObject service, String field, long port, String why) {
        return Invalid.object(
                ResourceType.SERVICE,
                service.text("metadata", "name"),
                List.of(Invalid.value(field, Long.toString(port), why)));
    }

    private static String text(Json json) {
        return json instanceof JsonString text ? text.value() : "";
    }
}
