package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonArray;
import io.fairlead.linux.ConnectionTracking;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.nftables.NetlinkKernel;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Transaction;
import io.fairlead.tables.EndpointSet.Selection;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Real packets through real rules.
class ProxyLinuxTest {
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final TestCluster cluster = new TestCluster();
    private NodeNetwork network;
    private NetlinkKernel kernel;
    private ConnectionTracking tracking;
    private ServiceProxy proxy;

    @BeforeEach
    void start() {
        network = new NodeNetwork();
        kernel = NetlinkKernel.of(network.node);
        tracking = ConnectionTracking.open(network.node);
        proxy =
                new ServiceProxy(
                        "node-1",
                        TestCluster.SETTINGS,
                        Selection.RANDOM,
                        kernel,
                        tracking::delete,
                        InstantSource.system(),
                        timer);
    }

    @AfterEach
    void stop() throws Exception {
        timer.shutdownNow();
        if (network != null) {
            kernel.close();
            tracking.close();
            network.close();
        }
    }

    @Test
    void reachesEveryEndpointWithTheClientsAddress() {
        cluster.service("web", "10.96.0.41")
                .endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program();
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            answers.add(NodeNetwork.connect(network.firstPod, "10.96.0.41", 80));
        }
        // A pod that reaches itself sees the node, anybody else sees the pod.
        assertThat(answers).containsExactly("10.244.1.3 10.244.1.1", "10.244.1.4 10.244.1.3");
        assertThat(NodeNetwork.connect(network.node, "10.96.0.41", 80)).startsWith("10.244.1.");
        assertThat(NodeNetwork.connect(network.outside, "10.96.0.41", 80))
                .doesNotStartWith("10.244.1.");
    }

    @Test
    void refusesAtOnceWithoutEndpoints() throws IOException {
        cluster.service("web", "10.96.0.41");
        program();

        assertThat(NodeNetwork.connect(network.firstPod, "10.96.0.41", 80)).isEqualTo("refused");
        assertThat(NodeNetwork.connect(network.node, "10.96.0.41", 80)).isEqualTo("refused");
        try (DatagramChannel socket = NodeNetwork.udp(network.firstPod, "10.96.0.41", 53)) {
            assertThat(NodeNetwork.ask(socket)).isEqualTo("refused");
        }
    }

    @Test
    void refusesAtOnceWhatADeletedServiceServed() throws IOException {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        program();
        for (NetworkNamespace inside : List.of(network.firstPod, network.node)) {
            assertThat(NodeNetwork.connect(inside, "10.96.0.41", 80)).startsWith("10.244.1.4");
            assertThat(refusal(inside, "10.96.0.41", 81)).isLessThan(Duration.ofSeconds(1));
        }
        try (DatagramChannel pod = NodeNetwork.udp(network.firstPod, "10.96.0.41", 53);
                DatagramChannel node = NodeNetwork.udp(network.node, "10.96.0.41", 53)) {
            assertThat(NodeNetwork.ask(pod)).startsWith("10.244.1.4");
            assertThat(NodeNetwork.ask(node)).startsWith("10.244.1.4");

            cluster.deleteService("web");
            program();

            for (NetworkNamespace inside : List.of(network.firstPod, network.node)) {
                assertThat(refusal(inside, "10.96.0.41", 80)).isLessThan(Duration.ofSeconds(1));
                assertThat(refusal(inside, "10.96.77.1", 443)).isLessThan(Duration.ofSeconds(1));
            }
            long begin = System.nanoTime();
            assertThat(NodeNetwork.ask(pod)).isEqualTo("refused");
            // The kernel tells its own processes that the datagram did not leave.
            assertThat(NodeNetwork.ask(node)).isEqualTo("Operation not permitted");
            assertThat(Duration.ofNanos(System.nanoTime() - begin))
                    .isLessThan(Duration.ofSeconds(1));
        }
    }

    private static Duration refusal(NetworkNamespace from, String address, int port) {
        long begin = System.nanoTime();
        assertThat(NodeNetwork.connect(from, address, port)).isEqualTo("refused");
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    @Test
    void opensNodePortsForTheWorld() {
        cluster.service(
                        "web",
                        "10.96.0.41",
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

        assertThat(NodeNetwork.connect(network.outside, NodeNetwork.NODE, 30080))
                .isEqualTo("10.244.1.4 10.244.1.1");
        assertThat(NodeNetwork.connect(network.firstPod, NodeNetwork.NODE, 30080))
                .isEqualTo("10.244.1.4 10.244.1.3");
        assertThat(NodeNetwork.connect(network.node, NodeNetwork.NODE, 30080))
                .startsWith("10.244.1.4");
    }

    @Test
    void keepsTheWorldsAddressUnderPolicyLocal() {
        cluster.service(
                        "web",
                        "10.96.0.41",
                        it ->
                                it.put("type", "LoadBalancer")
                                        .put("externalTrafficPolicy", "Local")
                                        .put(
                                                "loadBalancerSourceRanges",
                                                JsonArray.ofStrings(List.of("172.30.0.0/30")))
                                        .put(
                                                "ports",
                                                new JsonArray(
                                                        List.of(
                                                                TestCluster.port(
                                                                        "http", "TCP", 80,
                                                                        30080)))))
                .endpoints("web", NodeNetwork.SECOND_POD)
                .loadBalancer("web", "10.96.7.7");
        program();

        assertThat(NodeNetwork.connect(network.outside, NodeNetwork.NODE, 30080))
                .isEqualTo("10.244.1.4 172.30.0.1");
        assertThat(NodeNetwork.connect(network.outside, "10.96.7.7", 80))
                .isEqualTo("10.244.1.4 172.30.0.1");
        cluster.service(
                "web",
                "10.96.0.41",
                it ->
                        it.put("type", "LoadBalancer")
                                .put(
                                        "loadBalancerSourceRanges",
                                        JsonArray.ofStrings(List.of("192.0.2.0/24"))));
        cluster.loadBalancer("web", "10.96.7.7");
        program();
        assertThat(NodeNetwork.connect(network.outside, "10.96.7.7", 80)).isEqualTo("no answer");
    }

    @Test
    void cutsUdpFlowsOfAVanishedEndpointOnly() throws IOException {
        cluster.service("dns", "10.96.0.53").endpoints("dns", NodeNetwork.SECOND_POD);
        program();
        try (DatagramChannel socket = NodeNetwork.udp(network.firstPod, "10.96.0.53", 53)) {
            assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.SECOND_POD);

            cluster.endpoints("dns", NodeNetwork.SECOND_POD, NodeNetwork.FIRST_POD);
            program();
            assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.SECOND_POD);

            cluster.endpoints("dns", NodeNetwork.FIRST_POD);
            program();
            assertThat(NodeNetwork.ask(socket)).startsWith(NodeNetwork.FIRST_POD);
        }
    }

    @Test
    void remembersClientsAndForgetsDeadEndpoints() {
        cluster.service("web", "10.96.0.41", it -> it.put("sessionAffinity", "ClientIP"))
                .endpoints("web", NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD);
        program();
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < 12; i++) {
            answers.add(NodeNetwork.connect(network.node, "10.96.0.41", 80).split(" ")[0]);
        }
        assertThat(answers).hasSize(1);
        String dead = answers.iterator().next();
        String alive =
                dead.equals(NodeNetwork.FIRST_POD) ? NodeNetwork.SECOND_POD : NodeNetwork.FIRST_POD;
        cluster.endpoints("web", alive);
        program();
        for (int i = 0; i < 6; i++) {
            assertThat(NodeNetwork.connect(network.node, "10.96.0.41", 80)).startsWith(alive);
        }
    }

    @Test
    void comesBackAfterSomebodyDeletedTheTable() {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        program();
        var table = proxy.programmed().orElseThrow().rules().ruleset().table();
        kernel.commit(Transaction.deleteTable(table));

        cluster.endpoints("web", NodeNetwork.FIRST_POD);
        program();
        assertThat(NodeNetwork.connect(network.secondPod, "10.96.0.41", 80))
                .startsWith(NodeNetwork.FIRST_POD);
        assertThat(kernel.read(table)).contains(proxy.programmed().orElseThrow().rules().ruleset());
    }

    @Test
    void comesBackAfterSomebodyFlushedTheTable() {
        cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
        program();
        Ruleset known = proxy.programmed().orElseThrow().rules().ruleset();
        network.onNode("nft", "flush", "table", "ip", "fairlead");

        cluster.endpoints("web", NodeNetwork.FIRST_POD);
        program();
        assertThat(NodeNetwork.connect(network.secondPod, "10.96.0.41", 80))
                .startsWith(NodeNetwork.FIRST_POD);
        assertThat(kernel.read(known.table()))
                .contains(proxy.programmed().orElseThrow().rules().ruleset());
    }

    @Test
    void tellsWhatHasArrived() throws Exception {
        var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try (ProxyServer server = new ProxyServer(proxy, InstantSource.system())) {
            server.start(network.node, new InetSocketAddress(NodeNetwork.NODE, 10256), loops);
            assertThat(get("/healthz")).startsWith("HTTP/1.1 503");
            cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
            program();
            assertThat(get("/healthz")).startsWith("HTTP/1.1 200").contains("lastUpdated");
            assertThat(get("/arrived/endpoints/10.244.1.4?newTraffic=yes"))
                    .contains("\"arrived\":true");
            assertThat(get("/arrived/services/default/web?uid=uid-web&resourceVersion=1"))
                    .contains("\"arrived\":true");
            assertThat(get("/arrived/services/default/web?resourceVersion=99"))
                    .contains("\"arrived\":false");
            assertThat(get("/arrived/endpoints/nonsense")).startsWith("HTTP/1.1 400");

            CompletableFuture<String> poll =
                    CompletableFuture.supplyAsync(
                            () -> get("/arrived/endpoints/10.244.1.4?newTraffic=no&timeout=20"));
            cluster.endpoints("web", NodeNetwork.FIRST_POD);
            program();
            assertThat(poll.get(10, TimeUnit.SECONDS)).contains("\"arrived\":true");
        } finally {
            loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        }
    }

    private void program() {
        proxy.accept(cluster.snapshot(), cluster.delta());
    }

    private String get(String path) {
        try (SocketChannel channel = network.outside.openSocketChannel()) {
            channel.socket().connect(new InetSocketAddress(NodeNetwork.NODE, 10256), 2000);
            channel.socket()
                    .getOutputStream()
                    .write(
                            ("GET " + path + " HTTP/1.1\r\nHost: node\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(
                    channel.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
