package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.testkit.Await;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real packets between three nodes and a client on one bridge, each node's announcer a process of its own.
class AddressAnnouncerLinuxTest {
    private static final String V4 = "192.0.2.200";
    private static final String V6 = "2001:db8::c080";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir private Path logs = Path.of("");
    private AnnouncedLan lan;

    @BeforeEach
    void begin() throws IOException {
        lan = new AnnouncedLan(logs, List.of(V4, V6));
        lan.service("web", V4, "Cluster");
        lan.service("web6", V6, "Cluster");
        for (String node : AnnouncedLan.NODES) {
            lan.start(node);
        }
        lan.awaitHere(AnnouncedLan.NODES.size());
    }

    @AfterEach
    void end() throws Exception {
        lan.close();
    }

    private void awaitAnswerFrom(String address, String node) {
        Await.untilAsserted(PATIENCE, () -> assertThat(lan.whoAnswers(address)).contains(node));
    }

    private static List<String> ranked(String address) {
        return Ranking.of(IpAddress.parse(address), AnnouncedLan.NODES);
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void anotherNodeAnswersSoonAfterTheFirstWasKilledAndGivesItBack(String address)
            throws Exception {
        List<String> order = ranked(address);
        awaitAnswerFrom(address, order.getFirst());
        long killed = System.nanoTime();
        lan.kill(order.getFirst());
        awaitAnswerFrom(address, order.get(1));
        System.out.printf(
                "%s was answered by another node %d ms after kill -9%n",
                address, (System.nanoTime() - killed) / 1_000_000);
        lan.start(order.getFirst());
        lan.awaitHere(AnnouncedLan.NODES.size());
        awaitAnswerFrom(address, order.getFirst());
        long ended = System.nanoTime();
        lan.end(order.getFirst());
        awaitAnswerFrom(address, order.get(1));
        System.out.printf(
                "and %d ms after its end was asked for%n", (System.nanoTime() - ended) / 1_000_000);
        String told = lan.events(order.get(1));
        assertThat(told)
                .contains("nodeAssigned")
                .contains("announcing " + address + " from node \\\"" + order.get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {V4, V6})
    void followsTheEndpointsWhereThePolicyIsLocal(String address) {
        String type = address.contains(":") ? "IPv6" : "IPv4";
        String service = address.contains(":") ? "web6" : "web";
        awaitAnswerFrom(address, ranked(address).getFirst());
        lan.endpoints(service, type, ranked(address).get(2));
        lan.service(service, address, "Local");
        awaitAnswerFrom(address, ranked(address).get(2));
        lan.endpoints(service, type, ranked(address).get(1));
        awaitAnswerFrom(address, ranked(address).get(1));
    }

    @Test
    void leavesNodesOutThatAreNotReadyOrSaySo() {
        List<String> order = ranked(V4);
        awaitAnswerFrom(V4, order.getFirst());
        int number = 10 + order.getFirst().charAt(5) - '0';
        lan.node(order.getFirst(), number, false);
        awaitAnswerFrom(V4, order.get(1));
        lan.put(
                """
                {kind: Node, metadata: {name: %1$s, uid: uid-of-%1$s,
                   labels: {node.kubernetes.io/exclude-from-external-load-balancers: ""}},
                 status: {addresses: [{type: InternalIP, address: 192.0.2.%2$s}],
                          conditions: [{type: Ready, status: "True"}]}}
                """
                        .formatted(order.get(1), 10 + order.get(1).charAt(5) - '0'));
        awaitAnswerFrom(V4, order.get(2));
    }

    @Test
    void answersForNothingOutsideThePool() {
        awaitAnswerFrom(V4, ranked(V4).getFirst());
        lan.put(
                """
                {kind: ConfigMap, data: {pools: "192.0.2.224/28"},
                 metadata: {name: fairlead-load-balancer, namespace: kube-system}}
                """);
        Await.untilAsserted(
                PATIENCE,
                () -> {
                    lan.in("client", "ip", "neigh", "flush", "dev", "eth0");
                    assertThat(lan.whoAnswers(V4)).isEqualTo(Optional.empty());
                });
    }

    @Test
    void saysItsOwnAgainWhenSomebodyElseClaimsIt() throws Exception {
        String owner = ranked(V4).getFirst();
        awaitAnswerFrom(V4, owner);
        // Whoever has an address by mistake says so again and again.
        Await.untilAsserted(
                PATIENCE,
                () -> {
                    lan.claim(V4);
                    assertThat(lan.events(owner)).contains("AddressConflict");
                });
        awaitAnswerFrom(V4, owner);
    }
}
