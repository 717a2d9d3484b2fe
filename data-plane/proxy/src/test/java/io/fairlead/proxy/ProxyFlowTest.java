package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.nftables.Packet;
import io.fairlead.nftables.PacketTracer;
import io.fairlead.nftables.Protocol;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.ServiceTable;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Where first packets go on node-1, whose address is 172.30.0.11.
class ProxyFlowTest {
    private static final Set<String> OWN = Set.of("172.30.0.11", "10.244.1.1");

    private final TestCluster cluster = new TestCluster();

    @Test
    void spreadsOverAllEndpoints() {
        cluster.service("web", "10.96.0.41").endpoints("web", "10.244.1.3", "10.244.2.7");

        assertFlows(
                "10.244.1.5 → 10.96.0.41:80/tcp ⇒ 10.244.1.3:8080 | 10.244.2.7:8080",
                "10.244.1.5 → 10.96.0.41:53/udp ⇒ 10.244.1.3:5353 | 10.244.2.7:5353",
                "node → 10.96.0.41:80/tcp ⇒ 10.244.1.3:8080 | 10.244.2.7:8080");
    }

    @Test
    void leavesOtherPacketsAlone() {
        cluster.service("web", "10.96.0.41").endpoints("web", "10.244.1.3");

        assertFlows(
                "10.244.1.5 → 10.244.2.7:80/tcp ⇒ untouched",
                "10.244.1.5 → 198.51.100.2:443/tcp ⇒ untouched, masqueraded",
                "172.30.0.1 → 10.96.0.41:80/tcp ⇒ untouched",
                "172.30.0.1 → 172.30.0.11:22/tcp ⇒ untouched");
    }

    @Test
    void refusesInsidersWhereNoServiceIs() {
        cluster.service("web", "10.96.0.41").endpoints("web", "10.244.1.3");

        assertFlows(
                "10.244.1.5 → 10.96.0.41:81/tcp ⇒ reset",
                "10.244.1.5 → 10.96.0.41:80/udp ⇒ unreachable",
                "10.244.1.5 → 10.96.0.42:80/tcp ⇒ reset",
                "10.244.1.5 → 10.96.255.255:53/udp ⇒ unreachable",
                "10.244.1.5 → 10.97.0.0:80/tcp ⇒ untouched, masqueraded",
                "node → 10.96.0.42:80/tcp ⇒ reset",
                "node → 10.96.0.41:54/udp ⇒ unreachable",
                "node → 10.95.255.255:80/tcp ⇒ untouched",
                "172.30.0.1 → 10.96.0.42:80/tcp ⇒ untouched");
    }

    @Test
    void masqueradesAPodThatReachesItself() {
        cluster.service("web", "10.96.0.41").endpoints("web", "10.244.1.3");

        assertFlows(
                "10.244.1.3 → 10.96.0.41:80/tcp ⇒ 10.244.1.3:8080, masqueraded",
                "10.244.1.4 → 10.96.0.41:80/tcp ⇒ 10.244.1.3:8080");
    }

    @Test
    void refusesWithoutEndpoints() {
        cluster.service("web", "10.96.0.41");

        assertFlows(
                "10.244.1.5 → 10.96.0.41:80/tcp ⇒ reset",
                "10.244.1.5 → 10.96.0.41:53/udp ⇒ unreachable",
                "node → 10.96.0.41:80/tcp ⇒ reset");
    }

    @Test
    void dropsWhereTrafficMustStayAndNobodyServesHere() {
        cluster.service("web", "10.96.0.41", it -> it.put("internalTrafficPolicy", "Local"))
                .endpoints("web", "10.244.2.7");

        assertFlows("10.244.1.5 → 10.96.0.41:80/tcp ⇒ dropped");
    }

    @Test
    void masqueradesWhatComesFromOutside() {
        cluster.service("web", "10.96.0.41", nodePort("Cluster"))
                .endpoints("web", "10.244.1.3", "10.244.2.7");

        assertFlows(
                "172.30.0.1 → 172.30.0.11:30080/tcp ⇒ 10.244.1.3:8080, masqueraded |"
                        + " 10.244.2.7:8080, masqueraded",
                "10.244.1.5 → 172.30.0.11:30080/tcp ⇒ 10.244.1.3:8080 | 10.244.2.7:8080",
                "node → 172.30.0.11:30080/tcp ⇒ 10.244.1.3:8080 | 10.244.2.7:8080");
    }

    @Test
    void keepsTheClientsAddressUnderPolicyLocal() {
        cluster.service("web", "10.96.0.41", nodePort("Local"))
                .endpoints("web", "10.244.1.3", "10.244.2.7");

        assertFlows(
                "172.30.0.1 → 172.30.0.11:30080/tcp ⇒ 10.244.1.3:8080",
                "10.244.1.5 → 172.30.0.11:30080/tcp ⇒ 10.244.1.3:8080 | 10.244.2.7:8080");
    }

    @Test
    void admitsOnlyTheSourcesOfALoadBalancer() {
        cluster.service(
                        "web",
                        "10.96.0.41",
                        it ->
                                it.put("type", "LoadBalancer")
                                        .put(
                                                "loadBalancerSourceRanges",
                                                JsonArray.ofStrings(
                                                        List.of("10.0.0.0/8", "10.1.0.0/16")))
                                        .put(
                                                "externalIPs",
                                                JsonArray.ofStrings(List.of("192.0.2.9"))))
                .endpoints("web", "10.244.1.3");
        cluster.loadBalancer("web", "172.30.200.1");

        assertFlows(
                "10.9.9.9 → 172.30.200.1:80/tcp ⇒ 10.244.1.3:8080, masqueraded",
                "172.30.0.1 → 172.30.200.1:80/tcp ⇒ dropped",
                "172.30.0.1 → 192.0.2.9:80/tcp ⇒ 10.244.1.3:8080, masqueraded");
    }

    @Test
    void remembersClientsWithAffinity() {
        cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", "10.244.1.3", "10.244.2.7", "10.244.2.8");
        NodeRules rules = rules(Selection.RANDOM);
        Set<String> all = new TreeSet<>();
        Random random = new Random(1);
        for (int client = 2; client < 30; client++) {
            PacketTracer tracer = new PacketTracer(rules::ruleset, random);
            Set<String> fates = new TreeSet<>();
            for (int i = 0; i < 20; i++) {
                fates.add(tracer.trace(packet("10.244.1." + client, "10.96.0.41:80/tcp")).print());
            }
            assertThat(fates).hasSize(1);
            all.addAll(fates);
        }
        assertThat(all).hasSize(3);
    }

    @Test
    void takesTurnsWhenAskedTo() {
        cluster.service("web", "10.96.0.41").endpoints("web", "10.244.1.3", "10.244.2.7");
        PacketTracer tracer =
                new PacketTracer(rules(Selection.ROUND_ROBIN)::ruleset, new Random(1));
        List<String> fates = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            fates.add(tracer.trace(packet("10.244.1.9", "10.96.0.41:80/tcp")).print());
        }
        assertThat(fates.get(0)).isEqualTo(fates.get(2)).isNotEqualTo(fates.get(1));
        assertThat(fates.get(1)).isEqualTo(fates.get(3));
    }

    private static UnaryOperator<JsonObject.Builder> nodePort(String policy) {
        Json port = TestCluster.port("http", "TCP", 80, 30080);
        return it ->
                it.put("type", "NodePort")
                        .put("externalTrafficPolicy", policy)
                        .put("ports", new JsonArray(List.of(port)));
    }

    private NodeRules rules(Selection selection) {
        return ProxyCompiler.compile(
                TestCluster.SETTINGS, ServiceTable.of(cluster.snapshot(), "node-1", selection));
    }

    private void assertFlows(String... lines) {
        NodeRules rules = rules(Selection.RANDOM);
        List<String> traced = new ArrayList<>();
        for (String line : lines) {
            String[] flow = line.substring(0, line.indexOf(" ⇒ ")).split(" → ");
            Set<String> fates = new TreeSet<>();
            PacketTracer tracer = new PacketTracer(rules::ruleset, new Random(1));
            for (int i = 0; i < 60; i++) {
                fates.add(tracer.trace(packet(flow[0], flow[1])).print());
            }
            traced.add(flow[0] + " → " + flow[1] + " ⇒ " + String.join(" | ", fates));
        }
        assertThat(traced).containsExactly(lines);
    }

    static Packet packet(String source, String destination) {
        String[] address = destination.split("[:/]");
        boolean isOwnProcess = source.equals("node");
        return new Packet(
                isOwnProcess ? Packet.Origin.OWN_PROCESS : Packet.Origin.LINK,
                InetAddress.ofLiteral(isOwnProcess ? "172.30.0.11" : source),
                40000,
                InetAddress.ofLiteral(address[0]),
                Protocol.valueOf(address[2].toUpperCase(Locale.ROOT)),
                Integer.parseInt(address[1]),
                OWN.contains(address[0]));
    }
}
