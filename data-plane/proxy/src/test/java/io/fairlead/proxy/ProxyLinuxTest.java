package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ResourceType;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Real packets through real rules, in both families: what every Service does.
@ParameterizedClass
@EnumSource(Family.class)
class ProxyLinuxTest {
    private final Family family;
    private ProxiedNode node;
    private NodeNetwork network;
    private TestCluster cluster;

    ProxyLinuxTest(Family family) {
        this.family = family;
    }

    @BeforeEach
    void start() {
        node = new ProxiedNode(family);
        network = node.network;
        cluster = node.cluster;
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void reachesEveryEndpointWithTheClientsAddress() {
        cluster.service("web", "10.96.0.41")
                .endpoints(
                        "web",
                        NodeNetwork.FIRST_POD,
                        NodeNetwork.SECOND_POD,
                        NodeNetwork.REMOTE_POD);
        node.program();

        // A pod that reaches itself sees the node, anybody else sees the pod.
        assertThat(answers(60, network.firstPod, "10.96.0.41"))
                .containsExactly(
                        "10.244.1.3 10.244.1.1", "10.244.1.4 10.244.1.3", "10.244.2.7 10.244.1.3");
        assertThat(pods(answers(40, network.node, "10.96.0.41"))).hasSize(3);
        assertThat(network.connect(network.outside, "10.96.0.41", 80)).doesNotStartWith("10.244.");
        Set<String> udp =
                ProxiedNode.answers(60, () -> network.askOnce(network.firstPod, "10.96.0.41", 53));
        assertThat(udp)
                .containsExactly(
                        "10.244.1.3 10.244.1.1", "10.244.1.4 10.244.1.3", "10.244.2.7 10.244.1.3");
    }

    @Test
    void leavesTrafficBetweenPodsAlone() {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        node.program();

        assertThat(network.connect(network.firstPod, NodeNetwork.SECOND_POD, 8080))
                .isEqualTo("10.244.1.4 10.244.1.3");
        assertThat(network.connect(network.firstPod, NodeNetwork.REMOTE_POD, 8080))
                .isEqualTo("10.244.2.7 10.244.1.3");
    }

    @Test
    void refusesAtOnceWithoutEndpoints() {
        cluster.service("web", "10.96.0.41");
        node.program();

        for (NetworkNamespace inside : List.of(network.firstPod, network.node)) {
            assertThat(refusal(inside, "10.96.0.41", 80)).isLessThan(Duration.ofSeconds(1));
        }
        assertThat(network.askOnce(network.firstPod, "10.96.0.41", 53)).isEqualTo("refused");
    }

    @Test
    void refusesAtOnceWhatADeletedServiceServed() throws IOException {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        for (NetworkNamespace inside : List.of(network.firstPod, network.node)) {
            assertThat(network.connect(inside, "10.96.0.41", 80)).startsWith("10.244.1.4");
            assertThat(refusal(inside, "10.96.0.41", 81)).isLessThan(Duration.ofSeconds(1));
        }
        try (DatagramChannel pod = network.udp(network.firstPod, "10.96.0.41", 53);
                DatagramChannel own = network.udp(network.node, "10.96.0.41", 53)) {
            assertThat(NodeNetwork.ask(pod)).startsWith("10.244.1.4");
            assertThat(NodeNetwork.ask(own)).startsWith("10.244.1.4");

            cluster.deleteService("web");
            node.program();

            for (NetworkNamespace inside : List.of(network.firstPod, network.node)) {
                assertThat(refusal(inside, "10.96.0.41", 80)).isLessThan(Duration.ofSeconds(1));
                assertThat(refusal(inside, "10.96.77.1", 443)).isLessThan(Duration.ofSeconds(1));
            }
            assertThat(NodeNetwork.ask(pod)).isEqualTo("refused");
            // The kernel tells its own processes that the datagram did not leave.
            assertThat(NodeNetwork.ask(own)).isIn("Operation not permitted", "refused");
        }
    }

    private Duration refusal(NetworkNamespace from, String address, int port) {
        long begin = System.nanoTime();
        assertThat(network.connect(from, address, port)).isEqualTo("refused");
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    void staysOnTheNodeUnderInternalPolicyLocal() {
        cluster.service("web", "10.96.0.41", it -> it.put("internalTrafficPolicy", "Local"))
                .endpoints("web", NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(pods(answers(20, network.firstPod, "10.96.0.41")))
                .containsExactly(NodeNetwork.SECOND_POD);

        cluster.endpoints("web", NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).isEqualTo("no answer");
    }

    @Test
    void labelsSwitchItOffAndOnWhileItRuns() {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");

        for (String label :
                List.of(
                        "service.kubernetes.io/service-proxy-name: other",
                        "service.kubernetes.io/headless: ''")) {
            cluster.apply(labelled(label));
            node.program();
            assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).isEqualTo("refused");

            cluster.apply(labelled(""));
            node.program();
            assertThat(network.connect(network.firstPod, "10.96.0.41", 80))
                    .startsWith("10.244.1.4");
        }
    }

    private static String labelled(String label) {
        return """
        kind: Service
        metadata: {name: web, labels: {%s}}
        spec: {clusterIP: 10.96.0.41, clusterIPs: ["10.96.0.41"], ports: [{name: http, port: 80, protocol: TCP}]}
        """
                .formatted(label);
    }

    @Test
    void mergesSlicesByPortNameWithTheirOwnNumbers() {
        cluster.apply(
                """
                kind: Service
                metadata: {name: web}
                spec:
                  clusterIP: 10.96.0.41
                  clusterIPs: ["10.96.0.41"]
                  ports: [{name: http, port: 80, protocol: TCP}, {name: other, port: 81, protocol: TCP}]
                """);
        for (String[] slice :
                new String[][] {
                    {"a", NodeNetwork.FIRST_POD, "http", "8080"},
                    {"b", NodeNetwork.FIRST_POD, "http", "8080"},
                    {"c", NodeNetwork.SECOND_POD, "http", "8080"},
                    {"d", NodeNetwork.SECOND_POD, "http", "9"},
                    {"e", NodeNetwork.REMOTE_POD, "other", "8080"}
                }) {
            cluster.apply(
                    """
                    kind: EndpointSlice
                    metadata: {name: web-%s, labels: {kubernetes.io/service-name: web}}
                    addressType: %s
                    ports: [{name: %s, protocol: TCP, port: %s}]
                    endpoints: [{addresses: ["%s"]}]
                    """
                            .formatted(slice[0], family.ip(), slice[2], slice[3], slice[1]));
        }
        node.program();

        assertThat(pods(answers(60, network.node, "10.96.0.41")))
                .containsExactly(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD, "refused");
        assertThat(network.connect(network.node, "10.96.0.41", 81))
                .startsWith(NodeNetwork.REMOTE_POD);
        cluster.delete(ResourceType.ENDPOINT_SLICE, "web-d");
        node.program();
        assertThat(pods(answers(40, network.node, "10.96.0.41")))
                .containsExactly(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
    }

    @Test
    void servesAddressesOfAnAddedRangeAtOnce() {
        cluster.apply(
                        """
                        kind: ServiceCIDR
                        metadata: {name: more}
                        spec: {cidrs: ["10.200.0.0/24"]}
                        """)
                .service("web", "10.200.0.5")
                .endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        assertThat(network.connect(network.firstPod, "10.200.0.5", 80)).startsWith("10.244.1.4");
        assertThat(refusal(network.firstPod, "10.200.0.6", 80)).isLessThan(Duration.ofSeconds(1));

        cluster.delete(ResourceType.SERVICE_CIDR, "more");
        node.program();
        assertThat(network.connect(network.firstPod, "10.200.0.5", 80)).startsWith("10.244.1.4");
    }

    @Test
    void keepsToTheHintedNodeOrZoneWhileItHasSomebody() {
        cluster.apply(
                """
                kind: Node
                metadata: {name: node-1, labels: {topology.kubernetes.io/zone: east}}
                spec: {podCIDRs: ["10.244.1.0/24"]}
                """);
        cluster.service("web", "10.96.0.41");
        cluster.apply(hinted("forZones: [{name: east}]", "forZones: [{name: west}]"));
        node.program();
        assertThat(pods(answers(20, network.firstPod, "10.96.0.41")))
                .containsExactly(NodeNetwork.SECOND_POD);

        cluster.apply(hinted("forNodes: [{name: node-2}]", "forNodes: [{name: node-1}]"));
        node.program();
        assertThat(pods(answers(20, network.firstPod, "10.96.0.41")))
                .containsExactly(NodeNetwork.REMOTE_POD);

        cluster.apply(hinted("forZones: [{name: north}]", "forZones: [{name: west}]"));
        node.program();
        assertThat(pods(answers(40, network.firstPod, "10.96.0.41"))).hasSize(2);
    }

    private String hinted(String second, String remote) {
        return """
        kind: EndpointSlice
        metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
        addressType: %s
        ports: [{name: http, protocol: TCP, port: 8080}]
        endpoints:
        - {addresses: ["10.244.1.4"], nodeName: node-1, hints: {%s}}
        - {addresses: ["10.244.2.7"], nodeName: node-2, hints: {%s}}
        """
                .formatted(family.ip(), second, remote);
    }

    @Test
    void choosesAsTheAnnotationSays() {
        for (String how : List.of("round-robin", "source-hash", "least-connections", "nonsense")) {
            cluster.apply(
                    """
                    kind: Service
                    metadata: {name: web, annotations: {fairlead.io/load-balancing: %s}}
                    spec: {clusterIP: 10.96.0.41, clusterIPs: ["10.96.0.41"], ports: [{name: http, port: 80, protocol: TCP}]}
                    """
                            .formatted(how));
            cluster.endpoints(
                    "web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
            node.program();
            int all = how.equals("source-hash") ? 1 : 3;
            int tries = how.equals("round-robin") ? 3 : 40;
            assertThat(pods(answers(tries, network.node, "10.96.0.41"))).as(how).hasSize(all);
            assertThat(node.proxy.approximated()).hasSize(how.startsWith("least") ? 1 : 0);
        }
    }

    private Set<String> answers(int tries, NetworkNamespace from, String address) {
        return ProxiedNode.answers(tries, () -> network.connect(from, address, 80));
    }

    private static Set<String> pods(Set<String> answers) {
        Set<String> pods = new TreeSet<>();
        answers.forEach(it -> pods.add(it.split(" ")[0]));
        return pods;
    }
}
