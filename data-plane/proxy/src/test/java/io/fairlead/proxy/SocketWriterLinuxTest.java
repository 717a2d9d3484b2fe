package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonArray;
import io.fairlead.api.ObjectName;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.linux.BpfLink;
import io.fairlead.linux.BpfMap;
import io.fairlead.proxy.SocketCounters.Counts;
import io.fairlead.tables.Changed;
import io.fairlead.tables.EndpointSet.Selection;
import io.fairlead.tables.Membership;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real processes connect by socket programs alone: the namespaces have no rules that could translate anything.
class SocketWriterLinuxTest {
    private static final String VIP = "10.96.0.41";

    @TempDir Path directory;
    private SocketNode node;
    private NodeNetwork network;
    private SocketWriter writer;
    private PodProcess client;
    private final TestCluster cluster = new TestCluster();
    private ServiceTable table = ServiceTable.of(ClusterSnapshot.EMPTY, "node-1");

    @BeforeEach
    void begin() {
        node = new SocketNode(directory);
        network = new NodeNetwork();
        writer = started();
        client = new PodProcess(node.podGroup(), network.file(network.firstPod));
    }

    @AfterEach
    void end() throws IOException {
        if (client != null) {
            client.close();
        }
        if (writer != null) {
            writer.close();
        }
        if (node != null) {
            node.close();
        }
        if (network != null) {
            network.close();
        }
    }

    private SocketWriter started() {
        SocketWriter made =
                new SocketWriter(
                        new SocketWriter.Settings(
                                node.pins().resolve("node-1"),
                                node.group(),
                                Set.of(
                                        IpAddress.parse(NodeNetwork.NODE),
                                        IpAddress.parse("10.244.1.1"))),
                        new Random(7));
        made.start();
        assertThat(made.state()).isEqualTo(new SocketWriter.State.Active());
        return made;
    }

    private void program() {
        ServiceTable.Step step = table.apply(cluster.snapshot(), cluster.delta());
        table = step.table();
        writer.accept(table, step.delta());
        assertThat(writer.state()).isEqualTo(new SocketWriter.State.Active());
    }

    private void program(Selection selection) {
        ServiceTable before = table;
        table = ServiceTable.of(cluster.snapshot(), "node-1", selection);
        cluster.delta();
        writer.accept(
                table,
                new ServiceTableDelta(
                        changes(before.frontends(), table.frontends()),
                        changes(before.nodePorts(), table.nodePorts()),
                        changes(before.sets(), table.sets()),
                        Map.of(),
                        new Membership<>(Set.of(), Set.of()),
                        new Membership<>(Set.of(), Set.of()),
                        new Membership<>(Set.of(), Set.of()),
                        Set.of()));
    }

    private static <K, V> Map<K, Changed<V>> changes(Map<K, V> before, Map<K, V> after) {
        Map<K, Changed<V>> changes = new HashMap<>();
        after.forEach((key, value) ->
                changes.put(
                        key,
                        new Changed<>(Optional.ofNullable(before.get(key)), Optional.of(value))));
        return changes;
    }

    @Test
    void leadsToEndpointsWithoutAnyRule() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();

        assertThat(client.connect(VIP, 80)).isEqualTo("10.244.1.4 10.244.1.3 via 10.96.0.41 80");
        assertThat(client.connectMapped(VIP, 80))
                .isEqualTo("10.244.1.4 10.244.1.3 via ::ffff:10.96.0.41 80");
        assertThat(client.connect(NodeNetwork.SECOND_POD, 8080))
                .isEqualTo("10.244.1.4 10.244.1.3 via 10.244.1.4 8080");
    }

    @Test
    void leavesProcessesOfOtherGroupsAlone() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        try (PodProcess other = new PodProcess(null, network.file(network.firstPod))) {
            assertThat(other.connect(VIP, 80)).isEqualTo("no answer");
        }
    }

    @Test
    void leavesTheAddressAloneWithoutEndpoints() {
        cluster.service("web", VIP).endpoints("web");
        program();
        assertThat(client.connect(VIP, 80)).isEqualTo("no answer");
        cluster.endpoints("web", NodeNetwork.SECOND_POD);
        program();
        assertThat(client.connect(VIP, 80)).startsWith(NodeNetwork.SECOND_POD);
        cluster.deleteService("web");
        program();
        assertThat(client.connect(VIP, 80)).isEqualTo("no answer");
    }

    @Test
    void aPodReachesItselfUnderItsOwnAddress() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.FIRST_POD);
        program();
        assertThat(client.connect(VIP, 80)).isEqualTo("10.244.1.3 10.244.1.3 via 10.96.0.41 80");
    }

    @Test
    void opensNodePortsAtTheNodesOwnAddresses() {
        cluster.service(
                        "web",
                        VIP,
                        it ->
                                it.put("type", "NodePort")
                                        .put(
                                                "ports",
                                                new JsonArray(
                                                        List.of(
                                                                TestCluster.port(
                                                                        "http", "TCP", 80,
                                                                        30080)))))
                .endpoints("web", NodeNetwork.SECOND_POD);
        program();
        assertThat(client.connect(NodeNetwork.NODE, 30080))
                .isEqualTo("10.244.1.4 10.244.1.3 via 172.30.0.11 30080");
        assertThat(client.connect("10.244.1.1", 30080)).startsWith(NodeNetwork.SECOND_POD);
        assertThat(client.connect("127.0.0.1", 30080)).isEqualTo("refused");
    }

    @Test
    void ipv6SocketsAreLedToo() throws IOException {
        Family six = Family.IPV6;
        try (NodeNetwork other = new NodeNetwork(six);
                PodProcess process = new PodProcess(node.podGroup(), other.file(other.firstPod))) {
            TestCluster sixth = new TestCluster(six);
            sixth.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
            ServiceTable.Step step = table.apply(sixth.snapshot(), sixth.delta());
            writer.accept(step.table(), step.delta());
            assertThat(six.back(process.connect(six.of(VIP), 80)))
                    .isEqualTo("10.244.1.4 10.244.1.3 via 10.96.0.41 80");
        }
    }

    @Test
    void everyEndpointIsReachedByEverySelection() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        for (Selection selection : Selection.values()) {
            program(selection);
            Set<String> answers = answers(12);
            assertThat(answers)
                    .as(selection.toString())
                    .hasSize(selection == Selection.SOURCE_HASH ? 1 : 2);
        }
    }

    @Test
    void roundRobinTakesTurns() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program(Selection.ROUND_ROBIN);
        List<String> answers =
                IntStream.range(0, 6).mapToObj(i -> client.connect(VIP, 80).split(" ")[0]).toList();
        for (int i = 1; i < answers.size(); i++) {
            assertThat(answers.get(i)).isNotEqualTo(answers.get(i - 1));
        }
    }

    @Test
    void leastConnectionsEvensOut() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program(Selection.LEAST_CONNECTIONS);
        for (int i = 0; i < 8; i++) {
            client.hold(VIP, 80);
        }
        assertThat(writer.counters().endpoints())
                .extracting(it -> it.counts().open())
                .containsExactly(4L, 4L);
        client.release();
        assertThat(writer.counters().endpoints())
                .extracting(it -> it.counts().open())
                .containsExactly(0L, 0L);
    }

    @Test
    void countsConnectionsAndTheirBytes() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        for (int i = 0; i < 5; i++) {
            client.connect(VIP, 80);
        }
        // The answer is 22 bytes; the kernel counts the end of a stream as one more, and closes in
        // its own time.
        assertThat(ProxiedNode.eventually(() -> counted().receivedBytes() >= 5 * 22L, 10)).isTrue();
        Counts counts = counted();
        assertThat(counts.connections()).isEqualTo(5);
        assertThat(counts.open()).isZero();
        assertThat(counts.receivedBytes()).isLessThanOrEqualTo(5 * 23L);
        assertThat(writer.counters().endpoints().getFirst().counts().receivedBytes())
                .isEqualTo(counts.receivedBytes());
    }

    @Test
    void tellsTheBytesOfOpenConnectionsWhenAsked() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        client.hold(VIP, 80);
        String line = "x".repeat(700);
        assertThat(client.echo(line)).isEqualTo(line);
        assertThat(counted().receivedBytes()).isZero();
        SocketCounters live = writer.counters(List.of(network.file(network.firstPod)));
        Counts all = live.sets().values().iterator().next();
        assertThat(all.receivedBytes()).isBetween(701L + 22, 701L + 23);
        assertThat(all.sentBytes()).isBetween(701L, 703L);
        assertThat(live.endpoints().getFirst().counts()).isEqualTo(all);
        assertThat(live.byService().values().iterator().next().departed())
                .isEqualTo(ServiceCounts.EndpointCounts.NONE);

        client.release();
        assertThat(ProxiedNode.eventually(() -> counted().receivedBytes() > 0, 10)).isTrue();
        assertThat(writer.counters(List.of(network.file(network.firstPod))))
                .isEqualTo(writer.counters());
        assertThat(counted().receivedBytes()).isBetween(701L + 22, 701L + 23);
    }

    private Counts counted() {
        return writer.counters().sets().values().iterator().next();
    }

    @Test
    void remembersClientsAndForgetsDeadEndpoints() {
        cluster.service("web", VIP, it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program();
        Set<String> answers = answers(12);
        assertThat(answers).hasSize(1);
        String dead = answers.iterator().next();
        String alive =
                dead.equals(NodeNetwork.FIRST_POD) ? NodeNetwork.SECOND_POD : NodeNetwork.FIRST_POD;
        cluster.endpoints("web", alive);
        program();
        assertThat(answers(6)).containsExactly(alive);
        cluster.endpoints("web", dead, alive);
        program();
        assertThat(answers(6)).containsExactly(alive);
    }

    @Test
    void affinitySurvivesARestartOfTheProcess() {
        cluster.service("web", VIP, it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program();
        Set<String> before = answers(3);
        SocketContents contents = writer.contents().orElseThrow();
        writer.close();
        assertThat(answers(3)).isEqualTo(before);

        writer = started();
        program(Selection.RANDOM);
        assertThat(writer.contents()).contains(contents);
        assertThat(answers(6)).isEqualTo(before);
    }

    @Test
    void noConnectFailsWhileEndpointsAreReplaced() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program();
        client.storm(VIP, 80);
        for (int i = 0; i < 1500; i++) {
            if (i % 3 == 0) {
                cluster.endpoints("web", NodeNetwork.FIRST_POD);
            } else if (i % 3 == 1) {
                cluster.endpoints("web", NodeNetwork.SECOND_POD);
            } else {
                cluster.endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
            }
            program();
        }
        assertThat(client.calm()).matches("10.244.1.3=\\d+ 10.244.1.4=\\d+");
    }

    @Test
    void deletedElementsAndCutLinksAreSeenAndMended() throws IOException {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        client.hold(VIP, 80);
        assertThat(writer.check()).isFalse();
        Path pins = node.pins().resolve("node-1").resolve("v1");
        try (BpfMap frontends =
                BpfMap.find(pins.resolve("fl_frontends"), SocketLayout.FRONTENDS).orElseThrow()) {
            frontends.entries().forEach(it -> frontends.delete(it.key()));
        }
        assertThat(client.connect(VIP, 80)).isEqualTo("no answer");
        assertThat(writer.check()).isTrue();
        assertThat(client.connect(VIP, 80)).startsWith(NodeNetwork.SECOND_POD);

        try (BpfLink link = BpfLink.find(pins.resolve("fl_connect_ipv4")).orElseThrow()) {
            link.detach();
        }
        assertThat(client.connect(VIP, 80)).isEqualTo("no answer");
        assertThat(writer.check()).isTrue();
        assertThat(client.connect(VIP, 80)).startsWith(NodeNetwork.SECOND_POD);

        assertThat(writer.isInPlace()).isTrue();
        Files.delete(pins.resolve("fl_slots"));
        assertThat(writer.isInPlace()).isFalse();
        assertThat(writer.check()).isTrue();
        assertThat(Files.exists(pins.resolve("fl_slots"))).isTrue();

        Files.delete(pins.resolve("fl_peer_name_ipv4"));
        assertThat(writer.isInPlace()).isFalse();
        assertThat(writer.check()).isTrue();
        assertThat(client.connect(VIP, 80)).endsWith("via 10.96.0.41 80");
        assertThat(writer.check()).isFalse();
        // The connection that was there all along.
        assertThat(client.echo("still there")).isEqualTo("still there");
    }

    @Test
    void theKernelTellsOfDeletedFilesAndOfNothingElse() throws Exception {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        Path pins = writer.files();
        try (WatchService watch = pins.getFileSystem().newWatchService();
                BpfMap frontends =
                        BpfMap.find(pins.resolve("fl_frontends"), SocketLayout.FRONTENDS)
                                .orElseThrow();
                BpfLink link = BpfLink.find(pins.resolve("fl_connect_ipv4")).orElseThrow()) {
            pins.register(
                    watch,
                    StandardWatchEventKinds.ENTRY_CREATE,
                    StandardWatchEventKinds.ENTRY_DELETE,
                    StandardWatchEventKinds.ENTRY_MODIFY);
            frontends.entries().forEach(it -> frontends.delete(it.key()));
            link.detach();
            Files.delete(pins.resolve("fl_slots"));
            WatchKey told = Objects.requireNonNull(watch.poll(10, TimeUnit.SECONDS));
            assertThat(told.pollEvents())
                    .extracting(it -> it.kind() + " " + it.context())
                    .containsExactly("ENTRY_DELETE fl_slots");
        }
    }

    @Test
    void sumsOutliveEndpointsAndServices() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        client.connect(VIP, 80);
        client.connect(VIP, 80);
        cluster.endpoints("web", NodeNetwork.FIRST_POD);
        program();
        client.connect(VIP, 80);
        assertThat(connections()).isEqualTo(3);
        cluster.deleteService("web");
        program();
        assertThat(connections()).isEqualTo(3);
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        client.connect(VIP, 80);
        assertThat(connections()).isEqualTo(4);
    }

    private long connections() {
        return writer.counters()
                .byService()
                .getOrDefault(new ObjectName("default", "web"), ServiceCounts.NONE)
                .sum()
                .connections();
    }

    @Test
    void aFullMapLeavesEverythingToRules() {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        try (SocketMaps maps = new SocketMaps(node.pins().resolve("node-1").resolve("v1"))) {
            maps.totals.putAll(
                    IntStream.range(0, 65535)
                            .mapToObj(i ->
                                    new BpfMap.Entry(
                                            SocketLayout.set(i),
                                            new byte[SocketLayout.COUNTS_BYTES]))
                            .toList());
            cluster.service("more", "10.96.0.42").endpoints("more", NodeNetwork.SECOND_POD);
            ServiceTable.Step step = table.apply(cluster.snapshot(), cluster.delta());
            writer.accept(step.table(), step.delta());
            assertThat(writer.state()).isInstanceOf(SocketWriter.State.Inactive.class);
            assertThat(client.connect(VIP, 80)).isEqualTo("no answer");

            IntStream.range(0, 65535).forEach(i -> maps.totals.delete(SocketLayout.set(i)));
            assertThat(writer.check()).isTrue();
            assertThat(writer.isActive()).isTrue();
            assertThat(client.connect("10.96.0.42", 80)).startsWith(NodeNetwork.SECOND_POD);
        }
    }

    @Test
    void removalLeavesNothing() throws IOException {
        cluster.service("web", VIP).endpoints("web", NodeNetwork.SECOND_POD);
        program();
        writer.remove();
        assertThat(client.connect(VIP, 80)).isEqualTo("no answer");
        assertThat(Files.exists(node.pins().resolve("node-1").resolve("v1"))).isFalse();
    }

    private Set<String> answers(int times) {
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < times; i++) {
            answers.add(client.connect(VIP, 80).split(" ")[0]);
        }
        return answers;
    }
}
