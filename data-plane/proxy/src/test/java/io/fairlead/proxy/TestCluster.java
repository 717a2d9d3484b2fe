package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.tables.ServiceTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A cluster that tests change object by object. `node-1` has pods 10.244.1.0/24, `node-2` 10.244.2.0/24; endpoints' nodes follow from their
/// addresses.
final class TestCluster {
    /// What tests make tables for.
    static final ProxySettings SETTINGS =
            new ProxySettings(IpFamily.IPV4, "fairlead", List.of(Cidr.parse("10.96.0.0/16")));

    private final Family family;
    private final Map<ObjectName, ObjectChange> pending = new LinkedHashMap<>();
    private ClusterSnapshot told = ClusterSnapshot.EMPTY;
    private ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;
    private long revision;

    TestCluster() {
        this(Family.IPV4);
    }

    /// @param family what addresses are turned into
    TestCluster(Family family) {
        this.family = family;
        node("node-1", "10.244.1.0/24");
        node("node-2", "10.244.2.0/24");
    }

    /// What changed since the last call.
    ClusterDelta delta() {
        ClusterDelta delta = new ClusterDelta(List.copyOf(pending.values()));
        pending.clear();
        told = snapshot;
        return delta;
    }

    /// Everything there is, for whoever knows nothing; the next [#delta] goes on from there.
    ClusterDelta whole() {
        delta();
        List<ObjectChange> all = new ArrayList<>();
        snapshot.objects()
                .forEach((type, objects) ->
                        objects.forEach((name, object) ->
                                all.add(
                                        new ObjectChange(
                                                type,
                                                name,
                                                Optional.empty(),
                                                Optional.of(object)))));
        return new ClusterDelta(all);
    }

    ClusterSnapshot snapshot() {
        return snapshot;
    }

    TestCluster node(String name, String podRange) {
        JsonObject spec =
                JsonObject.of("podCIDRs", JsonArray.ofStrings(List.of(family.of(podRange))));
        return put(
                ResourceType.NODE,
                ObjectName.clusterWide(name),
                JsonObject.of("spec", spec, "metadata", JsonObject.of("name", Json.of(name))));
    }

    /// A Service with ports `80` (TCP, to 8080) and `53` (UDP, to 5353).
    TestCluster service(String name, String clusterIp) {
        return service(name, clusterIp, UnaryOperator.identity());
    }

    TestCluster service(String name, String clusterIp, UnaryOperator<JsonObject.Builder> more) {
        JsonArray ports = new JsonArray(List.of(port("http", "TCP", 80), port("dns", "UDP", 53)));
        JsonObject spec =
                more.apply(
                                JsonObject.builder()
                                        .put("type", "ClusterIP")
                                        .put("clusterIP", clusterIp)
                                        .put("clusterIPs", JsonArray.ofStrings(List.of(clusterIp)))
                                        .put("ports", ports))
                        .build();
        return object(ResourceType.SERVICE, name, JsonObject.of("spec", spec));
    }

    TestCluster loadBalancer(String service, String address) {
        ObjectName name = new ObjectName("default", service);
        JsonObject ingress = JsonObject.of("ip", Json.of(family.of(address)));
        return put(
                ResourceType.SERVICE,
                name,
                snapshot.find(ResourceType.SERVICE, name)
                        .orElseThrow()
                        .withAt(JsonArray.of(ingress), "status", "loadBalancer", "ingress"));
    }

    /// Any objects, several documents.
    TestCluster apply(String yaml) {
        for (Json document : YamlReader.readAll(yaml)) {
            JsonObject object = (JsonObject) document;
            ResourceType type =
                    ServiceTable.WATCHED.stream()
                            .filter(it -> it.kind().equals(object.text("kind")))
                            .findFirst()
                            .orElseThrow();
            ObjectName name =
                    type.isNamespaced()
                            ? new ObjectName("default", object.text("metadata", "name"))
                            : ObjectName.clusterWide(object.text("metadata", "name"));
            put(
                    type,
                    name,
                    translated(object)
                            .withAt(Json.of(name.namespace()), "metadata", "namespace")
                            .withAt(
                                    Json.of(Long.toString(++revision)),
                                    "metadata",
                                    "resourceVersion"));
        }
        return this;
    }

    TestCluster delete(ResourceType type, String name) {
        return put(
                type,
                type.isNamespaced()
                        ? new ObjectName("default", name)
                        : ObjectName.clusterWide(name),
                null);
    }

    /// Endpoints of a Service in any condition, instead of those it has; each an address, and conditions that are false or true by their names.
    TestCluster endpointsAs(String service, String... addressesAndConditions) {
        StringBuilder endpoints = new StringBuilder();
        for (String each : addressesAndConditions) {
            String address = each.split(" ", 2)[0];
            String conditions = each.substring(address.length()).strip();
            endpoints.append(
                    "- {addresses: ['%s'], nodeName: %s, conditions: {%s}}\n"
                            .formatted(address, nodeOf(address), conditions));
        }
        return apply(
                """
                kind: EndpointSlice
                metadata: {name: %s-1, labels: {kubernetes.io/service-name: %s}}
                addressType: %s
                ports: [{name: http, protocol: TCP, port: 8080}, {name: dns, protocol: UDP, port: 5353}]
                endpoints:
                %s\
                """
                        .formatted(service, service, family.ip(), endpoints));
    }

    TestCluster deleteService(String name) {
        return put(ResourceType.SERVICE, new ObjectName("default", name), null);
    }

    static Json port(String name, String protocol, int port) {
        return JsonObject.builder()
                .put("name", name)
                .put("protocol", protocol)
                .put("port", port)
                .build();
    }

    static Json port(String name, String protocol, int port, int nodePort) {
        return JsonObject.builder()
                .put("name", name)
                .put("protocol", protocol)
                .put("port", port)
                .put("nodePort", nodePort)
                .build();
    }

    /// The ready endpoints of a Service, all of them.
    TestCluster endpoints(String service, String... addresses) {
        List<Json> endpoints =
                Stream.of(addresses)
                        .map(address ->
                                (Json)
                                        JsonObject.builder()
                                                .put(
                                                        "addresses",
                                                        JsonArray.ofStrings(List.of(address)))
                                                .put(
                                                        "conditions",
                                                        JsonObject.of("ready", Json.of(true)))
                                                .put("nodeName", nodeOf(address))
                                                .build())
                        .toList();
        List<Json> ports =
                new ArrayList<>(List.of(port("http", "TCP", 8080), port("dns", "UDP", 5353)));
        JsonObject labels = JsonObject.of("kubernetes.io/service-name", Json.of(service));
        return object(
                ResourceType.ENDPOINT_SLICE,
                service + "-1",
                JsonObject.of("metadata", JsonObject.of("labels", labels))
                        .with("addressType", family.ip().toString())
                        .with("endpoints", new JsonArray(endpoints))
                        .with("ports", new JsonArray(ports)));
    }

    private static String nodeOf(String address) {
        return "node-" + address.split("\\.")[2];
    }

    private TestCluster object(ResourceType type, String name, JsonObject tree) {
        JsonObject named =
                translated(tree)
                        .withAt(Json.of(name), "metadata", "name")
                        .withAt(Json.of("default"), "metadata", "namespace")
                        .withAt(Json.of("uid-" + name), "metadata", "uid")
                        .withAt(Json.of(Long.toString(++revision)), "metadata", "resourceVersion");
        return put(type, new ObjectName("default", name), named);
    }

    private JsonObject translated(JsonObject tree) {
        if (family == Family.IPV4) {
            return tree;
        }
        return (JsonObject) JsonReader.read(family.of(JsonWriter.text(tree)));
    }

    private TestCluster put(ResourceType type, ObjectName name, @Nullable JsonObject now) {
        ObjectName key = new ObjectName(type.kind() + "/" + name.namespace(), name.name());
        ObjectChange change =
                new ObjectChange(type, name, told.find(type, name), Optional.ofNullable(now));
        if (change.before().equals(change.after())) {
            pending.remove(key);
        } else {
            pending.put(key, change);
        }
        snapshot = now == null ? snapshot.without(type, name) : snapshot.with(type, name, now);
        return this;
    }
}
