package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.nftables.Change;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.TableName;
import io.fairlead.nftables.Transaction;
import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// What the proxy does when somebody else changes its rules, and when it starts anew; by real packets in both families.
@ParameterizedClass
@EnumSource(Family.class)
class RecoveryLinuxTest {
    private final Family family;
    @TempDir Path directory;
    private ProxiedNode node;
    private NodeNetwork network;
    private TestCluster cluster;

    RecoveryLinuxTest(Family family) {
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
    void mendsAFlushedRulesetAtOnce() throws IOException {
        web();
        try (NodeNetwork.Connection open = network.open(network.firstPod, "10.96.0.41", 80)) {
            network.onNode("nft", "flush", "ruleset");
            assertMended();
            assertThat(open.echo("still there")).isEqualTo("still there");
        }
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    @Test
    void mendsADeletedTable() throws IOException {
        web();
        try (NodeNetwork.Connection open = network.open(network.firstPod, "10.96.0.41", 80)) {
            network.onNode("nft", "delete", "table", table(), "fairlead");
            assertMended();
            assertThat(open.echo("still there")).isEqualTo("still there");
        }
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    @Test
    void mendsEmptiedChains() {
        web();
        network.onNode("nft", "flush", "table", table(), "fairlead");
        assertMended();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    @Test
    void mendsADeletedElement() throws IOException {
        web();
        NodeNetwork.Connection open = network.open(network.firstPod, "10.96.0.41", 80);
        Ruleset whole = node.rules().ruleset();
        List<Element> all = whole.set("inside").sorted();
        commit(
                new Transaction(
                        whole.table(),
                        List.of(
                                new Change.DeleteElements(
                                        "inside", whole.set("inside").shape(), all))));
        assertMended();
        assertThat(open.echo("still there")).isEqualTo("still there");
        open.close();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    @Test
    void mendsAForeignRule() {
        web();
        network.onNode("nft", "insert", "rule", table(), "fairlead", "pick", "drop");
        assertMended();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    @Test
    void mendsWhatItMissedWhenTheKernelHadMoreToTellThanFits() throws Exception {
        try (ProxiedNode deaf = new ProxiedNode(family, 2048)) {
            deaf.cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
            deaf.program();
            try (NodeNetwork.Connection open =
                    deaf.network.open(deaf.network.firstPod, "10.96.0.41", 80)) {
                StringBuilder flood = new StringBuilder("add table inet noise\n");
                for (int i = 0; i < 500; i++) {
                    flood.append("add set inet noise s%d { type ipv4_addr; }\n".formatted(i));
                }
                Path file = Files.writeString(directory.resolve("flood.nft"), flood);
                // One commit, so that all is told at once, with the own table in the middle.
                Files.writeString(
                        file,
                        "delete table %s fairlead\n".formatted(table()),
                        StandardOpenOption.APPEND);
                deaf.network.onNode("nft", "-f", file.toString());
                assertThat(
                                ProxiedNode.eventually(
                                        () -> deaf.rules().ruleset().equals(deaf.inKernel()), 10))
                        .isTrue();
                assertThat(deaf.watch.losses()).isPositive();
                assertThat(open.echo("still there")).isEqualTo("still there");
            }
            assertThat(deaf.network.connect(deaf.network.firstPod, "10.96.0.41", 80))
                    .startsWith(NodeNetwork.SECOND_POD);
        }
    }

    @Test
    void aMapThatWouldOverflowIsMadeLarger() {
        web();
        int size = node.rules().ruleset().set("hairpin").shape().size();
        StringBuilder endpoints = new StringBuilder();
        for (int i = 0; i <= size; i++) {
            endpoints.append(
                    "- {addresses: [10.77.%d.%d], nodeName: node-1, conditions: {ready: true}}\n"
                            .formatted(i / 250, i % 250 + 1));
        }
        cluster.service("many", "10.96.0.42")
                .apply(
                        """
                        kind: EndpointSlice
                        metadata: {name: many-1, labels: {kubernetes.io/service-name: many}}
                        addressType: %s
                        ports: [{name: http, protocol: TCP, port: 8080}]
                        endpoints:
                        %s\
                        """
                                .formatted(family.ip(), endpoints));
        try (NodeNetwork.Connection open = network.open(network.firstPod, "10.96.0.41", 80)) {
            node.program();
            assertThat(node.rules().ruleset().set("hairpin").shape().size()).isGreaterThan(size);
            assertThat(node.inKernel()).isEqualTo(node.rules().ruleset());
            assertThat(open.echo("still there")).isEqualTo("still there");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
        cluster.endpoints("many", NodeNetwork.REMOTE_POD);
        node.program();
        assertThat(network.connect(network.firstPod, "10.96.0.42", 80)).startsWith("10.244.2.7");
        assertThat(node.inKernel()).isEqualTo(node.rules().ruleset());
    }

    @Test
    void leavesForeignTablesAlone() {
        web();
        network.onNode("nft", "add", "table", table(), "foreign");
        network.onNode("nft", "add", "chain", table(), "foreign", "mine");
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
        network.onNode("nft", "list", "chain", table(), "foreign", "mine");
    }

    @Test
    void letsThoseInWhoCameWhileRulesWereMissing() throws IOException {
        web();
        TableName name = node.rules().ruleset().table();
        node.stopProxy();
        commit(Transaction.deleteTable(name));
        try (DatagramChannel socket = network.udp(network.firstPod, "10.96.0.41", 53)) {
            assertThat(NodeNetwork.ask(socket)).doesNotStartWith("10.244.");
            node.startProxy();
            assertThat(NodeNetwork.ask(socket)).startsWith("10.244.1.4");
        }
    }

    @Test
    void aSuccessorGoesOnWithTheSameNumbers() throws IOException {
        cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints(
                        "web",
                        NodeNetwork.FIRST_POD,
                        NodeNetwork.SECOND_POD,
                        NodeNetwork.REMOTE_POD);
        node.program();
        String mine = network.connect(network.node, "10.96.0.41", 80);
        try (NodeNetwork.Connection open = network.open(network.node, "10.96.0.41", 80);
                DatagramChannel udp = network.udp(network.node, "10.96.0.41", 53)) {
            String answering = NodeNetwork.ask(udp);
            Ruleset before = node.inKernel();
            for (int i = 0; i < 3; i++) {
                node.stopProxy();
                node.startProxy();
                assertThat(Objects.equals(node.inKernel(), before)).isTrue();
                assertThat(open.echo("go on")).isEqualTo("go on");
                assertThat(NodeNetwork.ask(udp)).isEqualTo(answering);
                assertThat(network.connect(network.node, "10.96.0.41", 80)).isEqualTo(mine);
            }
        }
    }

    @Test
    void aSuccessorCutsFlowsToEndpointsThatVanishedMeanwhile() throws IOException {
        web();
        try (DatagramChannel udp = network.udp(network.firstPod, "10.96.0.41", 53)) {
            assertThat(NodeNetwork.ask(udp)).startsWith("10.244.1.4");
            node.stopProxy();
            cluster.endpoints("web", NodeNetwork.REMOTE_POD);
            node.startProxy();
            assertThat(NodeNetwork.ask(udp)).startsWith(NodeNetwork.REMOTE_POD);
        }
    }

    private void web() {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        assertThat(network.connect(network.firstPod, "10.96.0.41", 80)).startsWith("10.244.1.4");
    }

    private String table() {
        return family == Family.IPV4 ? "ip" : "ip6";
    }

    private void commit(Transaction transaction) {
        try (NetlinkKernel another = NetlinkKernel.of(network.node)) {
            another.commit(transaction);
        }
    }

    private void assertMended() {
        assertThat(ProxiedNode.eventually(() -> node.rules().ruleset().equals(node.inKernel()), 10))
                .isTrue();
    }
}
