package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// Clients that stay with their endpoint, by real packets in both families.
@ParameterizedClass
@EnumSource(Family.class)
class AffinityLinuxTest {
    private final Family family;
    private ProxiedNode node;
    private NodeNetwork network;
    private TestCluster cluster;

    AffinityLinuxTest(Family family) {
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

    private void service(String affinity, int seconds) {
        Json http = TestCluster.port("http", "TCP", 80, 30080);
        Json dns = TestCluster.port("dns", "UDP", 53, 30053);
        cluster.service(
                        "web",
                        "10.96.0.41",
                        it ->
                                it.put("type", "LoadBalancer")
                                        .put("sessionAffinity", affinity)
                                        .put(
                                                "sessionAffinityConfig",
                                                JsonObject.EMPTY.withAt(
                                                        Json.of((long) seconds),
                                                        "clientIP",
                                                        "timeoutSeconds"))
                                        .put("ports", new JsonArray(List.of(http, dns))))
                .loadBalancer("web", "172.30.200.7");
        cluster.endpoints(
                "web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
    }

    @Test
    void staysByEveryAddressOverTcpAndUdp() {
        service("ClientIP", 100);
        node.program();
        for (Supplier<String> way :
                List.<Supplier<String>>of(
                        () -> network.connect(network.firstPod, "10.96.0.41", 80),
                        () -> network.askOnce(network.firstPod, "10.96.0.41", 53),
                        () -> network.connect(network.outside, NodeNetwork.NODE, 30080),
                        () -> network.askOnce(network.outside, NodeNetwork.NODE, 30053),
                        () -> network.connect(network.outside, "172.30.200.7", 80))) {
            assertThat(ProxiedNode.answers(15, way)).hasSize(1);
        }
    }

    @Test
    void aClientWithManyConnectionsASecondStaysToo() {
        service("ClientIP", 100);
        node.program();
        assertThat(pods(300)).hasSize(1);
    }

    @Test
    void isSwitchedOnAndOffWhileItRuns() {
        service("None", 100);
        node.program();
        assertThat(pods(40)).hasSize(3);
        service("ClientIP", 100);
        node.program();
        assertThat(pods(20)).hasSize(1);
        service("None", 100);
        node.program();
        assertThat(pods(40)).hasSize(3);
        service("ClientIP", 50);
        node.program();
        assertThat(pods(20)).hasSize(1);
    }

    @Test
    void forgetsADeadEndpointAndThenStaysWithAnother() {
        service("ClientIP", 100);
        node.program();
        String dead = pods(10).iterator().next();
        cluster.endpoints(
                "web",
                List.of(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD)
                        .stream()
                        .filter(it -> !it.equals(dead))
                        .toArray(String[]::new));
        node.program();
        assertThat(pods(20)).hasSize(1).doesNotContain(dead);
    }

    @Test
    void everyConnectionRestartsTheTimeout() {
        service("ClientIP", 3);
        node.program();
        String first = pods(1).iterator().next();
        for (int i = 0; i < 4; i++) {
            // Not yet over, each time.
            LockSupport.parkNanos(1_500_000_000L);
            assertThat(pods(1)).containsExactly(first);
        }
        assertThat(
                        ProxiedNode.eventually(
                                () -> {
                                    LockSupport.parkNanos(3_500_000_000L);
                                    return !pods(1).contains(first);
                                },
                                60))
                .isTrue();
    }

    private Set<String> pods(int tries) {
        Set<String> pods = new TreeSet<>();
        ProxiedNode.answers(tries, () -> network.connect(network.node, "10.96.0.41", 80))
                .forEach(it -> pods.add(it.split(" ")[0]));
        return pods;
    }
}
