package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.JsonArray;
import io.fairlead.linux.NetworkNamespace;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a node's proxy tells over HTTP.
class NodePagesLinuxTest {
    private final EventLoopGroup loops =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private ProxiedNode node;

    @BeforeEach
    void start() {
        node = new ProxiedNode(Family.IPV4);
    }

    @AfterEach
    void stop() throws Exception {
        loops.shutdownGracefully(0, 0, TimeUnit.SECONDS).sync();
        if (node != null) {
            node.close();
        }
    }

    @Test
    void tellsWhatHasArrived() throws Exception {
        try (ProxyServer server =
                new ProxyServer(node.proxy, InstantSource.system(), Runnable::run)) {
            server.start(node.network.node, new InetSocketAddress(NodeNetwork.NODE, 10256), loops);
            assertThat(get(10256, "/healthz")).startsWith("HTTP/1.1 503");
            node.cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
            node.program();
            assertThat(get(10256, "/healthz")).startsWith("HTTP/1.1 200").contains("lastUpdated");
            assertThat(get(10256, "/arrived/endpoints/10.244.1.4?newTraffic=yes"))
                    .contains("\"arrived\":true");
            assertThat(get(10256, "/arrived/services/default/web?uid=uid-web&resourceVersion=1"))
                    .contains("\"arrived\":true");
            assertThat(get(10256, "/arrived/services/default/web?resourceVersion=99"))
                    .contains("\"arrived\":false");
            assertThat(get(10256, "/arrived/endpoints/nonsense")).startsWith("HTTP/1.1 400");

            CompletableFuture<String> poll =
                    CompletableFuture.supplyAsync(() ->
                            get(10256, "/arrived/endpoints/10.244.1.4?newTraffic=no&timeout=20"));
            node.cluster.endpoints("web", NodeNetwork.FIRST_POD);
            node.program();
            assertThat(poll.get(10, TimeUnit.SECONDS)).contains("\"arrived\":true");
        }
    }

    @Test
    void tellsLoadBalancersWhetherItHasReadyEndpoints() {
        try (HealthCheckPorts checks = new HealthCheckPorts(node.proxy, node.network.node, loops)) {
            checks.start();
            node.cluster
                    .service(
                            "web",
                            "10.96.0.41",
                            it ->
                                    it.put("type", "LoadBalancer")
                                            .put("externalTrafficPolicy", "Local")
                                            .put("healthCheckNodePort", 31234L)
                                            .put(
                                                    "ports",
                                                    new JsonArray(
                                                            List.of(
                                                                    TestCluster.port(
                                                                            "http", "TCP", 80)))))
                    .endpoints("web", NodeNetwork.SECOND_POD);
            node.program();
            for (String path : List.of("/", "/healthz", "/any/path")) {
                assertThat(get(31234, path))
                        .startsWith("HTTP/1.1 200")
                        .contains("\"localEndpoints\":1")
                        .contains("\"name\":\"web\"");
            }
            node.cluster.endpoints("web", NodeNetwork.REMOTE_POD);
            node.program();
            assertThat(get(31234, "/")).startsWith("HTTP/1.1 503");

            node.cluster.endpointsAs(
                    "web",
                    NodeNetwork.SECOND_POD + " ready: false, serving: true, terminating: true");
            node.program();
            assertThat(get(31234, "/")).startsWith("HTTP/1.1 503").contains(":0");

            node.cluster.service("web", "10.96.0.41");
            node.program();
            assertThat(get(31234, "/")).isEqualTo("refused");
        }
    }

    @Test
    void showsCountsAndModeAsKubeProxyDoes() {
        try (MetricsServer server =
                new MetricsServer(
                        node.proxy,
                        () -> new SocketWriter.State.Inactive("nobody began it"),
                        InstantSource.system(),
                        Runnable::run)) {
            server.start(node.network.node, new InetSocketAddress(NodeNetwork.NODE, 10249), loops);
            node.cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
            node.program();
            node.network.connect(node.network.firstPod, "10.96.0.41", 80);

            assertThat(get(10249, "/proxyMode")).endsWith("nftables");
            assertThat(get(10249, "/metrics"))
                    .contains(
                            "fairlead_service_connections_total{namespace=\"default\",service=\"web\",endpoint=\"10.244.1.4:8080\",path=\"nftables\"}"
                                    + " 1\n")
                    .contains("kubeproxy_sync_proxy_rules_last_timestamp_seconds 1");
            assertThat(get(10249, "/healthz")).endsWith("ok");
        }
    }

    private String get(int port, String path) {
        NetworkNamespace outside = node.network.outside;
        try (SocketChannel channel = outside.openSocketChannel()) {
            channel.socket().connect(new InetSocketAddress(NodeNetwork.NODE, port), 2000);
            channel.socket()
                    .getOutputStream()
                    .write(
                            ("GET " + path + " HTTP/1.1\r\nHost: node\r\n\r\n")
                                    .getBytes(StandardCharsets.US_ASCII));
            return new String(
                    channel.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (ConnectException e) {
            return "refused";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
