package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonArray;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Flows without an end, by real packets in both families.
@ParameterizedClass
@EnumSource(Family.class)
class UdpLinuxTest {
    private final Family family;
    private ProxiedNode node;
    private NodeNetwork network;
    private TestCluster cluster;

    UdpLinuxTest(Family family) {
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
    void cutsFlowsOfAVanishedEndpointOnly() throws IOException {
        cluster.service("dns", "10.96.0.53").endpoints("dns", NodeNetwork.SECOND_POD);
        node.program();
        try (DatagramChannel socket = network.udp(network.firstPod, "10.96.0.53", 53)) {
            assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.SECOND_POD);

            cluster.endpoints("dns", NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
            node.program();
            for (int i = 0; i < 5; i++) {
                assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.SECOND_POD);
            }
            cluster.endpoints("dns", NodeNetwork.REMOTE_POD);
            node.program();
            assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.REMOTE_POD);
        }
    }

    @Test
    void theFirstEndpointTakesOverWhoWaits() throws IOException {
        cluster.service(
                "dns",
                "10.96.0.53",
                it ->
                        it.put("type", "NodePort")
                                .put(
                                        "ports",
                                        new JsonArray(
                                                List.of(
                                                        TestCluster.port(
                                                                "dns", "UDP", 53, 30053)))));
        node.program();
        try (DatagramChannel pod = network.udp(network.firstPod, "10.96.0.53", 53);
                DatagramChannel outside = network.udp(network.outside, NodeNetwork.NODE, 30053)) {
            assertThat(NodeNetwork.ask(pod)).isEqualTo("refused");
            assertThat(NodeNetwork.ask(outside)).isEqualTo("refused");

            cluster.endpoints("dns", NodeNetwork.SECOND_POD);
            node.program();
            assertThat(NodeNetwork.ask(pod)).startsWith(NodeNetwork.SECOND_POD);
            assertThat(NodeNetwork.ask(outside)).startsWith(NodeNetwork.SECOND_POD);
        }
    }

    @Test
    void aNewServiceTakesOverWhoSentThereBefore() throws IOException {
        node.program();
        // Nobody has that address: packets leave by the default route, and tracking remembers them.
        try (DatagramChannel pod = network.udp(network.firstPod, "10.97.0.53", 53)) {
            assertThat(NodeNetwork.ask(pod)).isNotEqualTo(NodeNetwork.SECOND_POD);
            cluster.service("dns", "10.97.0.53").endpoints("dns", NodeNetwork.SECOND_POD);
            node.program();
            assertThat(NodeNetwork.ask(pod)).startsWith(NodeNetwork.SECOND_POD);
        }
    }
}
