package io.fairlead.tables;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Changes a small cluster at random. Names and addresses come from small pools, so that Services collide, slices move between Services and
/// the same endpoint is told twice.
final class RandomCluster {
    private static final List<String> NAMES = List.of("a", "b", "c", "d");
    private static final List<String> NODES = List.of("node-1", "node-2", "node-3");

    private final RandomGenerator random;
    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
    private long revision;

    RandomCluster(RandomGenerator random) {
        this.random = random;
    }

    ClusterSnapshot snapshot() {
        return snapshot;
    }

    /// Changes up to five objects.
    ClusterDelta next() {
        Map<String, ObjectChange> changes = new LinkedHashMap<>();
        for (int i = random.nextInt(1, 6); i > 0; i--) {
            ResourceType type =
                    pick(
                            List.of(
                                    ResourceType.SERVICE,
                                    ResourceType.ENDPOINT_SLICE,
                                    ResourceType.ENDPOINT_SLICE,
                                    ResourceType.POD,
                                    ResourceType.NODE));
            ObjectName name = name(type);
            if (changes.containsKey(type + "/" + name)) {
                continue;
            }
            Optional<JsonObject> before = snapshot.find(type, name);
            Optional<JsonObject> after =
                    random.nextInt(4) == 0 ? Optional.empty() : Optional.of(object(type, name));
            if (!before.equals(after)) {
                changes.put(type + "/" + name, new ObjectChange(type, name, before, after));
            }
        }
        ClusterDelta delta = new ClusterDelta(List.copyOf(changes.values()));
        snapshot = snapshot.apply(delta);
        return delta;
    }

    private ObjectName name(ResourceType type) {
        if (type.equals(ResourceType.NODE)) {
            return ObjectName.clusterWide(pick(NODES));
        }
        return new ObjectName(
                pick(List.of("default", "other")),
                pick(NAMES) + (type.equals(ResourceType.SERVICE) ? "" : "-" + random.nextInt(2)));
    }

    private JsonObject object(ResourceType type, ObjectName name) {
        JsonObject.Builder metadata = JsonObject.builder();
        metadata.put("name", name.name());
        metadata.putUnlessEmpty("namespace", name.namespace());
        metadata.put("uid", "u" + random.nextInt(3));
        metadata.put("resourceVersion", Long.toString(++revision));
        if (random.nextBoolean()) {
            metadata.put("creationTimestamp", "2026-01-0" + random.nextInt(1, 4) + "T00:00:00Z");
        }
        JsonObject.Builder object = JsonObject.builder().put("kind", type.kind());
        switch (type.kind()) {
            case "Service" -> service(metadata, object);
            case "EndpointSlice" -> slice(metadata, object);
            case "Pod" ->
                    object.put("spec", JsonObject.EMPTY)
                            .put("status", JsonObject.of("podIP", Json.of(podIp())));
            default -> node(metadata, object);
        }
        return object.put("metadata", metadata.build()).build();
    }

    private void service(JsonObject.Builder metadata, JsonObject.Builder object) {
        JsonObject.Builder labels = JsonObject.builder();
        if (random.nextInt(8) == 0) {
            labels.put("service.kubernetes.io/service-proxy-name", "other");
        }
        metadata.put("labels", labels.build());
        JsonObject.Builder spec = JsonObject.builder();
        int shape = random.nextInt(6);
        spec.put("type", pick(List.of("ClusterIP", "NodePort", "LoadBalancer")));
        if (shape == 0) {
            spec.put("clusterIP", "None");
        } else if (shape == 1) {
            spec.put("type", "ExternalName");
            spec.put("externalName", pick(List.of("a.default.svc.cluster.local", "example.com")));
        } else {
            String ip = "10.96.0." + random.nextInt(1, 4);
            spec.put("clusterIP", ip);
            spec.put(
                    "clusterIPs",
                    random.nextBoolean()
                            ? JsonArray.ofStrings(List.of(ip))
                            : JsonArray.ofStrings(List.of(ip, "fd00::" + random.nextInt(1, 4))));
        }
        List<Json> ports = new ArrayList<>();
        ports.add(port("http", 80));
        if (random.nextBoolean()) {
            ports.add(port("dns", 53).with("protocol", pick(List.of("UDP", "TCP"))));
        }
        spec.put("ports", new JsonArray(ports));
        spec.put("internalTrafficPolicy", pick(List.of("Cluster", "Local")));
        spec.put("externalTrafficPolicy", pick(List.of("Cluster", "Local")));
        spec.put("sessionAffinity", pick(List.of("None", "ClientIP")));
        spec.put("publishNotReadyAddresses", random.nextInt(4) == 0);
        if (random.nextInt(4) == 0) {
            spec.put("healthCheckNodePort", 31000L + random.nextInt(2));
        }
        if (random.nextInt(3) == 0) {
            spec.put(
                    "externalIPs",
                    JsonArray.ofStrings(List.of("10.96.0." + random.nextInt(1, 4), "192.0.2.1")));
        }
        if (random.nextInt(3) == 0) {
            spec.put("loadBalancerSourceRanges", JsonArray.ofStrings(List.of("192.0.2.0/24")));
        }
        object.put("spec", spec.build());
        if (random.nextBoolean()) {
            JsonObject ingress = JsonObject.of("ip", Json.of("172.30.200." + random.nextInt(1, 3)));
            object.put(
                    "status",
                    JsonObject.of("loadBalancer", JsonObject.of("ingress", JsonArray.of(ingress))));
        }
    }

    private JsonObject port(String name, int port) {
        JsonObject.Builder builder = JsonObject.builder().put("name", name).put("port", port);
        if (random.nextBoolean()) {
            builder.put("nodePort", 30000L + random.nextInt(3));
        }
        return builder.build();
    }

    private void slice(JsonObject.Builder metadata, JsonObject.Builder object) {
        JsonObject.Builder labels = JsonObject.builder();
        if (random.nextInt(8) != 0) {
            labels.put("kubernetes.io/service-name", pick(NAMES));
        }
        if (random.nextInt(8) == 0) {
            labels.put("service.kubernetes.io/headless", "");
        }
        metadata.put("labels", labels.build());
        boolean isIpv6 = random.nextInt(4) == 0;
        object.put("addressType", isIpv6 ? "IPv6" : "IPv4");
        List<Json> endpoints = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            endpoints.add(endpoint(isIpv6 ? "fd01::" + random.nextInt(1, 4) : podIp()));
        }
        object.put("endpoints", new JsonArray(endpoints));
        List<Json> ports = new ArrayList<>();
        ports.add(port("http", 8080 + random.nextInt(2)));
        if (random.nextBoolean()) {
            ports.add(port("dns", 5353).with("protocol", pick(List.of("UDP", "TCP"))));
        }
        object.put("ports", new JsonArray(ports));
    }

    private JsonObject endpoint(String address) {
        JsonObject.Builder conditions = JsonObject.builder();
        for (String condition : List.of("ready", "serving", "terminating")) {
            if (random.nextBoolean()) {
                conditions.put(condition, random.nextInt(3) != 0);
            }
        }
        JsonObject.Builder endpoint =
                JsonObject.builder()
                        .put("addresses", JsonArray.ofStrings(List.of(address)))
                        .put("conditions", conditions.build())
                        .put("nodeName", pick(NODES));
        if (random.nextInt(3) == 0) {
            endpoint.put("hostname", "h" + random.nextInt(2));
        }
        if (random.nextBoolean()) {
            JsonObject zone = JsonObject.of("name", Json.of(pick(List.of("east", "west"))));
            endpoint.put("hints", JsonObject.of("forZones", JsonArray.of(zone)));
        }
        return endpoint.build();
    }

    private void node(JsonObject.Builder metadata, JsonObject.Builder object) {
        if (random.nextBoolean()) {
            metadata.put(
                    "labels",
                    JsonObject.of(
                            "topology.kubernetes.io/zone", Json.of(pick(List.of("east", "west")))));
        }
        object.put(
                "spec",
                JsonObject.of(
                        "podCIDRs",
                        JsonArray.ofStrings(List.of("10.244." + random.nextInt(1, 4) + ".0/24"))));
    }

    private String podIp() {
        return "10.244.1." + random.nextInt(1, 5);
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
