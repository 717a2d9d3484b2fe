package io.fairlead.proxy;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.nftables.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Changes a [TestCluster] at random; all comes from small pools, so that everything happens to the same few things.
final class RandomServices {
    private static final List<String> NAMES = List.of("a", "b", "c");

    private final Random random;
    private final TestCluster cluster = new TestCluster();

    RandomServices(Random random) {
        this.random = random;
    }

    TestCluster cluster() {
        return cluster;
    }

    void change() {
        for (int i = random.nextInt(3); i >= 0; i--) {
            String name = NAMES.get(random.nextInt(NAMES.size()));
            switch (random.nextInt(8)) {
                case 0 -> cluster.deleteService(name);
                case 1, 2 -> service(name);
                case 3 ->
                        cluster.node(
                                "node-2", random.nextBoolean() ? "10.244.2.0/24" : "10.244.2.0/25");
                default -> cluster.endpoints(name, endpoints());
            }
        }
    }

    private void service(String name) {
        String ip = "10.96.0." + (1 + NAMES.indexOf(name));
        cluster.service(
                name,
                ip,
                spec -> {
                    List<Json> ports = new ArrayList<>();
                    ports.add(
                            random.nextBoolean()
                                    ? TestCluster.port("http", "TCP", 80)
                                    : TestCluster.port("http", "TCP", 80, 30080));
                    if (random.nextBoolean()) {
                        ports.add(TestCluster.port("dns", "UDP", 53));
                    }
                    spec.put("ports", new JsonArray(ports));
                    if (random.nextInt(3) == 0) {
                        spec.put(
                                "loadBalancerSourceRanges",
                                JsonArray.ofStrings(
                                        random.nextBoolean()
                                                ? List.of("172.30.0.0/24")
                                                : List.of("10.0.0.0/8", "10.1.0.0/16")));
                    }
                    return spec.put("type", "LoadBalancer")
                            .put("sessionAffinity", random.nextBoolean() ? "ClientIP" : "None")
                            .put(
                                    "sessionAffinityConfig",
                                    JsonObject.EMPTY.withAt(
                                            Json.of(10L + random.nextInt(2)),
                                            "clientIP",
                                            "timeoutSeconds"))
                            .put("externalTrafficPolicy", policy())
                            .put("internalTrafficPolicy", policy());
                });
        if (random.nextBoolean()) {
            cluster.loadBalancer(name, "172.30.200." + (1 + NAMES.indexOf(name)));
        }
    }

    private String policy() {
        return random.nextInt(3) == 0 ? "Local" : "Cluster";
    }

    private String[] endpoints() {
        List<String> all = new ArrayList<>();
        for (String address :
                List.of("10.244.1.3", "10.244.1.4", "10.244.2.7", "10.244.2.8", "10.244.2.200")) {
            if (random.nextBoolean()) {
                all.add(address);
            }
        }
        return all.toArray(new String[0]);
    }

    /// A packet that has to do with one of the Services, more or less.
    Packet packet() {
        String source =
                List.of("node", "10.244.1.3", "10.244.1.9", "10.244.2.7", "172.30.0.1", "10.9.9.9")
                        .get(random.nextInt(6));
        int service = 1 + random.nextInt(NAMES.size());
        String destination =
                List.of(
                                "10.96.0." + service + ":80/tcp",
                                "10.96.0." + service + ":53/udp",
                                "172.30.200." + service + ":80/tcp",
                                "172.30.0.11:30080/tcp",
                                "10.244.2.7:8080/tcp")
                        .get(random.nextInt(5));
        return ProxyFlowTest.packet(source, destination);
    }
}
