package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The node ports of a Service, each held by a key of its own. Taken and given back in the transaction that writes the Service.
final class ServicePorts {
    private final NodePorts range;

    ServicePorts(NodePorts range) {
        this.range = range;
    }

    /// The Service with its node ports: those it asks for, and free ones where it asks for none.
    ///
    /// @throws ApiException 422 when a port cannot be had
    JsonObject claim(Optional<JsonObject> before, JsonObject service, Claims claims) {
        return claimHealthPort(claimPorts(before, service, claims), claims);
    }

    /// Gives back the ports of `before` that `after` does not have.
    static void giveBackUnused(JsonObject before, JsonObject after, Claims claims) {
        Set<Long> kept = new HashSet<>(ports(after));
        ports(before).stream()
                .filter(port -> !kept.contains(port))
                .forEach(port -> claims.giveBack(StorageKeys.nodePort(port)));
    }

    static void giveBackAll(JsonObject service, Claims claims) {
        ports(service).forEach(port -> claims.giveBack(StorageKeys.nodePort(port)));
    }

    static boolean hasNodePorts(JsonObject service) {
        String type = service.text("spec", "type");
        return type.equals("NodePort") || type.equals("LoadBalancer");
    }

    static boolean needsHealthPort(JsonObject service) {
        return service.text("spec", "type").equals("LoadBalancer")
                && service.text("spec", "externalTrafficPolicy").equals("Local");
    }

    static String protocol(Json port) {
        String protocol = port.text("protocol");
        return protocol.isEmpty() ? "TCP" : protocol;
    }

    /// How a Service is named by what it holds.
    static JsonObject holder(JsonObject service) {
        JsonObject metadata = service.object("metadata");
        return JsonObject.of(
                "resource",
                Json.of("services"),
                "namespace",
                Json.of(metadata.text("namespace")),
                "name",
                Json.of(metadata.text("name")));
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
            if (!range.contains(wanted)) {
                throw portRefused(
                        service,
                        field,
                        wanted,
                        "provided port is not in the valid range. The range of valid ports is "
                                + range);
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
        if (!range.contains(wanted) || !claims.isFree(StorageKeys.nodePort(wanted))) {
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

    private long freePort(JsonObject service, Claims claims) {
        int span = range.count();
        int start = claims.random().nextInt(span);
        for (int i = 0; i < span; i++) {
            int port = range.first() + (start + i) % span;
            if (claims.isFree(StorageKeys.nodePort(port))) {
                return port;
            }
        }
        throw portRefused(service, "spec.ports[0].nodePort", 0, "range is full");
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

    private static List<Long> ports(JsonObject service) {
        List<Long> ports = new ArrayList<>();
        service.list("spec", "ports").forEach(port -> ports.add(port.number(0, "nodePort")));
        ports.add(service.number(0, "spec", "healthCheckNodePort"));
        ports.removeIf(port -> port == 0);
        return ports;
    }

    private static ApiException portRefused(
            JsonObject service, String field, long port, String why) {
        return Invalid.object(
                ResourceType.SERVICE,
                service.text("metadata", "name"),
                List.of(Invalid.value(field, Long.toString(port), why)));
    }
}
