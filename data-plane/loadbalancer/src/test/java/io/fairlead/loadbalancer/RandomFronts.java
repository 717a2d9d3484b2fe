package io.fairlead.loadbalancer;

import io.fairlead.api.JsonObject;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterConsumer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A history of changes of what a [FrontTable] is made of: nodes that come, go and change, Services that gain and lose addresses, share them, and change their policies,
/// slices that come before or after their Service and move between Services.
final class RandomFronts {
    private final Random random;
    private final Objects objects;
    private final Map<String, JsonObject> there = new HashMap<>();

    RandomFronts(Random random, ClusterConsumer consumer) {
        this.random = random;
        this.objects = new Objects(consumer);
    }

    void change() {
        String yaml =
                switch (random.nextInt(5)) {
                    case 0 -> node();
                    case 1, 2 -> service();
                    default -> slice();
                };
        JsonObject object = (JsonObject) YamlReader.readAll(yaml).getFirst();
        String key = object.text("kind") + "/" + object.text("metadata", "name");
        JsonObject known = there.get(key);
        if (known != null && random.nextInt(4) == 0) {
            there.remove(key);
            objects.remove(known);
        } else {
            there.put(key, object);
            objects.put(object);
        }
    }

    private String node() {
        return """
        {kind: Node, metadata: {name: node-%d, labels: {%s}},
         status: {conditions: [{type: Ready, status: "%s"}]}}
        """
                .formatted(
                        random.nextInt(5),
                        random.nextInt(6) == 0
                                ? "node.kubernetes.io/exclude-from-external-load-balancers: ''"
                                : "",
                        random.nextInt(5) == 0 ? "False" : "True");
    }

    private String service() {
        List<String> ingress = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            ingress.add(
                    "{ip: '%s%d', ipMode: %s}"
                            .formatted(
                                    random.nextBoolean() ? "192.0.2." : "2001:db8::",
                                    1 + random.nextInt(4),
                                    random.nextInt(8) == 0 ? "Proxy" : "VIP"));
        }
        return """
        {kind: Service, metadata: {name: s%d, namespace: shop, labels: {%s}},
         spec: {type: %s, externalTrafficPolicy: %s, sessionAffinity: %s, ports: [%s]},
         status: {loadBalancer: {ingress: [%s]}}}
        """
                .formatted(
                        random.nextInt(5),
                        random.nextInt(10) == 0
                                ? "service.kubernetes.io/service-proxy-name: other"
                                : "",
                        random.nextInt(6) == 0 ? "ClusterIP" : "LoadBalancer",
                        random.nextBoolean() ? "Local" : "Cluster",
                        random.nextInt(4) == 0 ? "ClientIP" : "None",
                        ports("port"),
                        String.join(",", ingress));
    }

    private String ports(String number) {
        List<String> ports = new ArrayList<>();
        for (String name : List.of("a", "b")) {
            if (ports.isEmpty() || random.nextBoolean()) {
                ports.add(
                        "{name: %s, %s: %d, protocol: %s}"
                                .formatted(
                                        name,
                                        number,
                                        name.equals("a") ? 80 : 53,
                                        name.equals("a") ? "TCP" : "UDP"));
            }
        }
        return String.join(",", ports);
    }

    private String slice() {
        List<String> endpoints = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            endpoints.add(
                    "{addresses: ['10.0.0.1'], nodeName: node-%d, conditions: {ready: %b, serving: %b}}"
                            .formatted(
                                    random.nextInt(5),
                                    random.nextInt(3) > 0,
                                    random.nextBoolean()));
        }
        return """
        {kind: EndpointSlice, addressType: %s, ports: [%s], endpoints: [%s],
         metadata: {name: e%d, namespace: shop, labels: {kubernetes.io/service-name: s%d}}}
        """
                .formatted(
                        random.nextBoolean() ? "IPv4" : "IPv6",
                        ports("port"),
                        String.join(",", endpoints),
                        random.nextInt(8),
                        random.nextInt(5));
    }
}
