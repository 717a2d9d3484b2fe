package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.api.Cidr;
import io.fairlead.client.ApiAccess;
import io.fairlead.client.Kubeconfig;
import io.fairlead.linux.BpfFeatures;
import io.fairlead.linux.BpfFileSystem;
import io.fairlead.linux.ControlGroups;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The proxy alone, in a network namespace of its own, beside an API server that this test plays.
class StandaloneProxyLinuxTest {
    private static final Path OWN_FILES = Path.of("/run/fairlead/bpf");
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final String name = "fla-" + UUID.randomUUID().toString().substring(0, 8);
    private final boolean hadFiles = Files.exists(OWN_FILES);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Set<String> asked = ConcurrentHashMap.newKeySet();
    private Optional<HttpServer> server = Optional.empty();
    private int port;

    @BeforeEach
    void begin() throws IOException {
        Requirement.rootAnd("ip", "nft", "nsenter");
        Command.run("ip", "netns", "add", name);
        Command.run("ip", "-n", name, "link", "set", "lo", "up");
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
    }

    @AfterEach
    void end() {
        server.ifPresent(it -> it.stop(0));
        threads.shutdownNow();
        Command.run("ip", "netns", "delete", name);
        if (!hadFiles) {
            BpfFileSystem.remove(OWN_FILES);
        }
    }

    @Test
    void waitsForItsServerAndServesBothFamiliesWithoutServiceCidrs() throws IOException {
        try (StandaloneProxy _ = start(new SocketGroup.None())) {
            assertThat(rules("ip")).doesNotContain("10.96.0.41");
            serve();
            Await.untilAsserted(
                    PATIENCE,
                    () -> assertThat(rules("ip")).contains("10.96.0.41").contains("10.244.1.3"));
            Await.untilAsserted(
                    PATIENCE,
                    () ->
                            assertThat(rules("ip6"))
                                    .contains("fd00:10:96::41")
                                    .contains("fd00:10:244::3"));
        }
        assertThat(rules("ip")).as("rules stay").contains("10.96.0.41");
        assertThat(rules("ip")).as("the pods' range as it was given").contains("10.244.0.0");
        assertThat(rules("ip6")).contains("fd00:10:244::");
        assertThat(asked)
                .containsExactlyInAnyOrder(
                        "/api/v1/services",
                        "/api/v1/nodes",
                        "/apis/discovery.k8s.io/v1/endpointslices",
                        "/apis/networking.k8s.io/v1/servicecidrs");
    }

    @Test
    void leadsSocketsBelowAControlGroupUntilItIsToldNotTo() throws IOException {
        ControlGroups groups = ControlGroups.detect();
        Optional<String> obstacle = BpfFeatures.obstacle(groups);
        Requirement.require(obstacle.isEmpty(), obstacle.orElse(""));
        Path group = BpfFeatures.controlGroupRoot(groups).orElseThrow().resolve(name);
        Files.createDirectory(group);
        serve();
        try {
            try (StandaloneProxy _ = start(new SocketGroup.Given(Path.of(name)))) {
                Await.untilAsserted(
                        PATIENCE,
                        () ->
                                assertThat(metrics())
                                        .contains("fairlead_proxy_socket_writer_active 1"));
                assertThat(PodSockets.attached()).contains(name + "_example");
            }
            assertThat(PodSockets.attached()).as("programs stay").contains(name + "_example");
            try (StandaloneProxy _ = start(new SocketGroup.None())) {
                Await.untilAsserted(
                        PATIENCE,
                        () ->
                                assertThat(metrics())
                                        .contains("fairlead_proxy_socket_writer_active 0"));
                assertThat(PodSockets.attached()).doesNotContain(name + "_example");
            }
        } finally {
            Files.delete(group);
        }
    }

    private StandaloneProxy start(SocketGroup sockets) {
        return StandaloneProxy.start(
                new StandaloneProxy.Settings(
                        name + ".example",
                        List.of(Cidr.parse("10.244.0.0/16"), Cidr.parse("fd00:10:244::/56")),
                        Optional.empty(),
                        Optional.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 10249)),
                        TrackingLimits.USUAL,
                        sockets),
                ApiAccess.of(
                        Kubeconfig.of(
                                "test",
                                new Kubeconfig.Access(
                                        URI.create("http://127.0.0.1:" + port), "", "", "", ""))),
                NetworkNamespace.open(Path.of("/run/netns", name)));
    }

    private String rules(String family) {
        return Command.run(
                        "nsenter",
                        "--net=/run/netns/" + name,
                        "sh",
                        "-c",
                        "nft list table " + family + " fairlead 2> /dev/null || true")
                .output();
    }

    private String metrics() {
        return Command.run(
                        "nsenter",
                        "--net=/run/netns/" + name,
                        "python3",
                        "-c",
                        "import urllib.request as u;"
                                + "print(u.urlopen('http://127.0.0.1:10249/metrics').read().decode())")
                .output();
    }

    /// An older server: it has no ServiceCIDRs.
    private void serve() throws IOException {
        HttpServer started =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        started.setExecutor(threads);
        started.createContext("/", this::answer);
        started.start();
        server = Optional.of(started);
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        asked.add(path);
        List<String> objects =
                Map.of(
                                "/api/v1/services",
                                List.of(
                                        service("web", "IPv4", "10.96.0.41"),
                                        service("web6", "IPv6", "fd00:10:96::41")),
                                "/apis/discovery.k8s.io/v1/endpointslices",
                                List.of(
                                        slice("web", "IPv4", "10.244.1.3"),
                                        slice("web6", "IPv6", "fd00:10:244::3")),
                                "/api/v1/nodes",
                                List.of(node()))
                        .getOrDefault(path, List.of());
        exchange.sendResponseHeaders(objects.isEmpty() ? 404 : 200, 0);
        OutputStream body = exchange.getResponseBody();
        if (objects.isEmpty()) {
            body.write(bytes("404 page not found"));
            body.close();
            return;
        }
        for (String object : objects) {
            body.write(bytes("{\"type\":\"ADDED\",\"object\":" + object + "}\n"));
        }
        body.write(
                bytes(
                        """
                        {"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"9",\
                        "annotations":{"k8s.io/initial-events-end":"true"}}}}
                        """));
        body.flush();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String service(String name, String family, String address) {
        return """
        {"kind":"Service","metadata":{"name":"%s","namespace":"default","uid":"uid-%s","resourceVersion":"3"},\
        "spec":{"type":"ClusterIP","clusterIP":"%s","clusterIPs":["%s"],"ipFamilies":["%s"],\
        "ports":[{"port":80,"protocol":"TCP","targetPort":8080}]}}\
        """
                .formatted(name, name, address, address, family);
    }

    private static String slice(String service, String family, String address) {
        return """
        {"kind":"EndpointSlice","metadata":{"name":"%s-a","namespace":"default","uid":"uid-%s-a",\
        "resourceVersion":"4","labels":{"kubernetes.io/service-name":"%s"}},"addressType":"%s",\
        "ports":[{"port":8080,"protocol":"TCP"}],\
        "endpoints":[{"addresses":["%s"],"conditions":{"ready":true}}]}\
        """
                .formatted(service, service, service, family, address);
    }

    private String node() {
        return """
        {"kind":"Node","metadata":{"name":"%s.example","uid":"uid-node","resourceVersion":"5"}}\
        """
                .formatted(name);
    }
}
