package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonArray;
import io.fairlead.api.ObjectName;
import io.fairlead.proxy.ServiceCounts.Address;
import io.fairlead.proxy.ServiceCounts.EndpointCounts;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What is counted of real packets, in both families.
@ParameterizedClass
@EnumSource(Family.class)
class CountersLinuxTest {
    private static final ObjectName WEB = new ObjectName("default", "web");

    private final Family family;
    private ProxiedNode node;

    CountersLinuxTest(Family family) {
        this.family = family;
    }

    @BeforeEach
    void start() {
        node = new ProxiedNode(family);
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void countsConnectionsOfEachEndpointAlsoAfterItLeft() {
        for (String affinity : List.of("None", "ClientIP")) {
            node.cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", affinity));
            node.cluster.endpoints("web", NodeNetwork.SECOND_POD);
            node.program();
            long before = of(NodeNetwork.SECOND_POD).connections();
            connect(3);
            assertThat(of(NodeNetwork.SECOND_POD).connections() - before).isEqualTo(3);

            node.cluster.endpoints("web", NodeNetwork.REMOTE_POD);
            node.program();
            long remote = of(NodeNetwork.REMOTE_POD).connections();
            connect(2);
            assertThat(of(NodeNetwork.SECOND_POD).connections() - before).isEqualTo(3);
            assertThat(of(NodeNetwork.REMOTE_POD).connections() - remote).isEqualTo(2);
        }
        node.cluster.deleteService("web");
        node.program();
        assertThat(counts().sum().connections()).isEqualTo(10);
    }

    @Test
    void countsRefusalsAndDrops() {
        node.cluster.service("web", "10.96.0.41");
        node.program();
        assertThat(connect(2)).isEqualTo("refused");
        assertThat(counts().refused()).isEqualTo(2);

        node.cluster
                .service("web", "10.96.0.41", it -> it.put("internalTrafficPolicy", "Local"))
                .endpoints("web", NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(connect(1)).isEqualTo("no answer");
        assertThat(counts().refused()).isEqualTo(2);
        long dropped = counts().dropped();
        // The client tried more than once.
        assertThat(dropped).isPositive();

        node.cluster
                .service(
                        "web",
                        "10.96.0.41",
                        it ->
                                it.put("type", "LoadBalancer")
                                        .put(
                                                "loadBalancerSourceRanges",
                                                JsonArray.ofStrings(List.of("192.0.2.0/24"))))
                .loadBalancer("web", "172.30.200.7");
        node.program();
        assertThat(node.network.connect(node.network.outside, "172.30.200.7", 80))
                .isEqualTo("no answer");
        assertThat(counts().dropped()).isGreaterThan(dropped);
    }

    @Test
    void countsBytesWhileAConnectionLivesAndAfterItEnded() throws IOException {
        node.cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        try (NodeNetwork.Connection open =
                node.network.open(node.network.firstPod, "10.96.0.41", 80)) {
            open.echo("x".repeat(900));
            EndpointCounts live = of(NodeNetwork.SECOND_POD);
            assertThat(live.bytesIn()).isGreaterThan(900);
            assertThat(live.bytesOut()).isGreaterThan(900);
        }
        EndpointCounts closed = of(NodeNetwork.SECOND_POD);
        node.flows.delete(_ -> true);
        EndpointCounts ended = of(NodeNetwork.SECOND_POD);
        assertThat(ended.bytesIn()).isGreaterThanOrEqualTo(closed.bytesIn());
        assertThat(of(NodeNetwork.SECOND_POD)).isEqualTo(ended);
    }

    private String connect(int times) {
        String last = "";
        for (int i = 0; i < times; i++) {
            last = node.network.connect(node.network.firstPod, "10.96.0.41", 80);
        }
        return last;
    }

    private ServiceCounts counts() {
        return node.proxy.counters().getOrDefault(WEB, ServiceCounts.NONE);
    }

    private EndpointCounts of(String pod) {
        return counts().endpoints()
                .getOrDefault(new Address(family.address(pod), 8080), new EndpointCounts(0, 0, 0));
    }
}
