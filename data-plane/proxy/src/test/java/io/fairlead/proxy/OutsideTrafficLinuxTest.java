package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.linux.NetworkNamespace;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Node ports, load balancers and external addresses, by real packets in both families.
@ParameterizedClass
@EnumSource(Family.class)
class OutsideTrafficLinuxTest {
    private final Family family;
    private ProxiedNode node;
    private NodeNetwork network;
    private TestCluster cluster;

    OutsideTrafficLinuxTest(Family family) {
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

    private static final List<String> NODE_ADDRESSES =
            List.of(NodeNetwork.NODE, NodeNetwork.OTHER_NODE_ADDRESS, "10.244.1.1");

    @Test
    void opensNodePortsOnEveryAddressOfTheNode() {
        cluster.service("web", "10.96.0.41", exposed("NodePort", "Cluster"))
                .endpoints("web", NodeNetwork.SECOND_POD);
        node.program();

        for (String address : NODE_ADDRESSES) {
            if (!address.startsWith("10.")) {
                assertThat(network.connect(network.outside, address, 30080))
                        .as(address)
                        .isEqualTo("10.244.1.4 10.244.1.1");
                assertThat(network.askOnce(network.outside, address, 30053))
                        .isEqualTo("10.244.1.4 10.244.1.1");
            }
            assertThat(network.connect(network.firstPod, address, 30080))
                    .as(address)
                    .isEqualTo("10.244.1.4 10.244.1.3");
            assertThat(network.connect(network.node, address, 30080)).startsWith("10.244.1.4");
        }
        String loopback = family == Family.IPV4 ? "127.0.0.1" : "::1";
        assertThat(network.connect(network.node, loopback, 30080)).isEqualTo("refused");
        // No socket listens there: 30080 is 7580.
        network.onNode(
                "sh", "-c", "! grep -Eq ':7580 [0-9A-F]*:0000 0A' /proc/net/tcp /proc/net/tcp6");
    }

    @Test
    void sendsOutsidersAnywhereInTheNodesName() {
        cluster.service("web", "10.96.0.41", exposed("NodePort", "Cluster"))
                .endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(answers(30, network.outside, NodeNetwork.NODE, 30080))
                .containsExactly("10.244.1.3 10.244.1.1", "10.244.2.7 10.244.1.1");
    }

    @Test
    void refusesAtNodePortsWithoutEndpoints() {
        cluster.service("web", "10.96.0.41", exposed("NodePort", "Cluster"));
        node.program();
        assertThat(network.connect(network.outside, NodeNetwork.NODE, 30080)).isEqualTo("refused");
        assertThat(network.askOnce(network.outside, NodeNetwork.NODE, 30053)).isEqualTo("refused");
    }

    @Test
    void keepsClientsAndDropsWhereNobodyServesUnderPolicyLocal() {
        cluster.service("web", "10.96.0.41", exposed("LoadBalancer", "Local"))
                .endpoints("web", NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD)
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(answers(20, network.outside, NodeNetwork.NODE, 30080))
                .containsExactly("10.244.1.4 172.30.0.1");
        assertThat(answers(20, network.outside, "172.30.200.7", 80))
                .containsExactly("10.244.1.4 172.30.0.1");
        // Who is inside goes anywhere.
        assertThat(pods(answers(40, network.firstPod, "172.30.200.7", 80))).hasSize(2);
        assertThat(pods(answers(40, network.node, NodeNetwork.NODE, 30080))).hasSize(2);

        cluster.endpoints("web", NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(network.connect(network.outside, NodeNetwork.NODE, 30080))
                .isEqualTo("no answer");
        assertThat(network.connect(network.outside, "172.30.200.7", 80)).isEqualTo("no answer");
        assertThat(network.connect(network.firstPod, "172.30.200.7", 80))
                .isEqualTo("10.244.2.7 10.244.1.3");
        assertThat(network.connect(network.firstPod, NodeNetwork.NODE, 30080))
                .isEqualTo("10.244.2.7 10.244.1.3");
        assertThat(network.connect(network.node, "172.30.200.7", 80)).startsWith("10.244.2.7");
    }

    @Test
    void routesExternalAddressesThatNobodyHas() {
        cluster.service(
                        "web",
                        "10.96.0.41",
                        it -> it.put("externalIPs", JsonArray.ofStrings(List.of("192.0.2.99"))))
                .endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        assertThat(network.connect(network.outside, "192.0.2.99", 80))
                .isEqualTo("10.244.1.4 10.244.1.1");
        assertThat(network.connect(network.firstPod, "192.0.2.99", 80))
                .isEqualTo("10.244.1.4 10.244.1.3");
        assertThat(network.connect(network.node, "192.0.2.99", 80)).startsWith("10.244.1.4");
    }

    @Test
    void admitsOnlyTheSourcesOfALoadBalancer() {
        cluster.service("web", "10.96.0.41", limited("172.30.0.0/24"))
                .endpoints("web", NodeNetwork.SECOND_POD)
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(network.connect(network.outside, "172.30.200.7", 80)).startsWith("10.244.1.4");
        assertThat(network.connect(network.firstPod, "172.30.200.7", 80)).isEqualTo("no answer");
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");

        cluster.service("web", "10.96.0.41", limited("192.0.2.0/24"))
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(network.connect(network.outside, "172.30.200.7", 80)).isEqualTo("no answer");
        // The ranges concern the load balancer's address alone.
        assertThat(network.connect(network.outside, NodeNetwork.NODE, 30080))
                .startsWith("10.244.1.4");

        cluster.service("web", "10.96.0.41", exposed("LoadBalancer", "Cluster"))
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(network.connect(network.outside, "172.30.200.7", 80)).startsWith("10.244.1.4");
    }

    @Test
    void servesALoadBalancerWithoutNodePorts() {
        cluster.service(
                        "web",
                        "10.96.0.41",
                        it ->
                                it.put("type", "LoadBalancer")
                                        .put("allocateLoadBalancerNodePorts", false))
                .endpoints("web", NodeNetwork.SECOND_POD)
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(network.connect(network.outside, "172.30.200.7", 80)).startsWith("10.244.1.4");
        assertThat(network.connect(network.outside, NodeNetwork.NODE, 30080)).isEqualTo("refused");
    }

    @Test
    void letsEndpointsOnTheirWayOutServeInAllFourCases() {
        String serving = "ready: false, serving: true, terminating: true";
        for (String policy : List.of("Cluster", "Local")) {
            cluster.service(
                            "web",
                            "10.96.0.41",
                            it ->
                                    exposed("NodePort", policy)
                                            .apply(it)
                                            .put("internalTrafficPolicy", policy))
                    .endpointsAs(
                            "web",
                            NodeNetwork.FIRST_POD + " " + serving,
                            NodeNetwork.SECOND_POD
                                    + " ready: false, serving: false, terminating: true");
            node.program();
            assertThat(pods(answers(12, network.secondPod, "10.96.0.41", 80)))
                    .as(policy)
                    .containsExactly(NodeNetwork.FIRST_POD);
            assertThat(pods(answers(12, network.outside, NodeNetwork.NODE, 30080)))
                    .as(policy)
                    .containsExactly(NodeNetwork.FIRST_POD);

            cluster.endpointsAs(
                    "web",
                    NodeNetwork.FIRST_POD + " " + serving,
                    NodeNetwork.SECOND_POD + " ready: true");
            node.program();
            assertThat(pods(answers(12, network.secondPod, "10.96.0.41", 80)))
                    .as(policy)
                    .containsExactly(NodeNetwork.SECOND_POD);
            assertThat(pods(answers(12, network.outside, NodeNetwork.NODE, 30080)))
                    .as(policy)
                    .containsExactly(NodeNetwork.SECOND_POD);
        }
        // Ready ones elsewhere are no help to traffic that must stay: a terminating one here is.
        cluster.endpointsAs(
                "web",
                NodeNetwork.FIRST_POD + " " + serving,
                NodeNetwork.REMOTE_POD + " ready: true");
        node.program();
        assertThat(pods(answers(12, network.secondPod, "10.96.0.41", 80)))
                .containsExactly(NodeNetwork.FIRST_POD);
        assertThat(pods(answers(12, network.outside, NodeNetwork.NODE, 30080)))
                .containsExactly(NodeNetwork.FIRST_POD);
    }

    private static UnaryOperator<JsonObject.Builder> exposed(String type, String policy) {
        Json http = TestCluster.port("http", "TCP", 80, 30080);
        Json dns = TestCluster.port("dns", "UDP", 53, 30053);
        return it ->
                it.put("type", type)
                        .put("externalTrafficPolicy", policy)
                        .put("ports", new JsonArray(List.of(http, dns)));
    }

    private static UnaryOperator<JsonObject.Builder> limited(String range) {
        return it ->
                exposed("LoadBalancer", "Cluster")
                        .apply(it)
                        .put("loadBalancerSourceRanges", JsonArray.ofStrings(List.of(range)));
    }

    private Set<String> answers(int tries, NetworkNamespace from, String address, int port) {
        return ProxiedNode.answers(tries, () -> network.connect(from, address, port));
    }

    private static Set<String> pods(Set<String> answers) {
        Set<String> pods = new TreeSet<>();
        answers.forEach(it -> pods.add(it.split(" ")[0]));
        return pods;
    }
}
