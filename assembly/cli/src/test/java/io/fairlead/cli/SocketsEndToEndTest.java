package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the socket programs do beside the rules, in a cluster of two nodes with real containers.
class SocketsEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final List<String> NODES = List.of("node-1", "node-2");
    private static final String EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize()
                    .toString();

    @TempDir static Path folder;
    private static HostNamespace host;
    private static TestCluster cluster;
    private static Set<String> pods = Set.of();
    private static String address = "";

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl", "curl", "nsenter", "nft");
        host = HostNamespace.create();
        cluster = TestCluster.started(host, "--nodes", "2");
        Requirement.require(
                !status().contains("nftables alone serves"),
                "the socket programs are not available: " + status());
        cluster.kubectl("apply", "-f", EXAMPLE).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=120s").succeeded();
        cluster.run("wait", "svc/web").succeeded();
        address = field("svc/web", "{.spec.clusterIP}");
        pods = new TreeSet<>(List.of(names("app=web").split("\\s+")));
        assertThat(new TreeSet<>(List.of(nodesOf("app=web").split("\\s+"))))
                .containsExactlyElementsOf(NODES);
    }

    @AfterAll
    static void down() throws IOException {
        if (cluster != null) {
            cluster.close();
        }
        if (host != null) {
            host.close();
        }
    }

    @Test
    void serveEveryNodeAndEachPodHasAControlGroup() {
        assertThat(status()).contains("Sockets: led to endpoints by eBPF on node-1, node-2");
        String all = Command.run("sh", "-c", "cat /proc/[0-9]*/cgroup 2>/dev/null").output();
        for (String pod : names("").split("\\s+")) {
            String group =
                    "0::/fairlead/%s/%s/%s/"
                            .formatted(
                                    cluster.name(),
                                    field("pod/" + pod, "{.spec.nodeName}"),
                                    field("pod/" + pod, "{.metadata.uid}"));
            assertThat(all.lines().filter(line -> line.startsWith(group))).as(pod).isNotEmpty();
        }
    }

    @Test
    void connectionsWorkWithoutTheRulesForClusterIps() throws IOException {
        for (String node : NODES) {
            onNode(
                    node,
                    "nft",
                    ("add table inet away; add chain inet away in { type filter hook prerouting priority"
                                    + " -350; }; add rule inet away in ip daddr %s counter drop")
                            .formatted(address));
        }
        try {
            assertThat(answers(24)).isEqualTo(pods);
            // Who passes the programs by needs the rules.
            assertThat(pastTheHooks("http://" + address).exitStatus()).isNotZero();
        } finally {
            NODES.forEach(node -> onNode(node, "nft", "delete", "table", "inet", "away"));
        }
    }

    @Test
    void aMemberThatPassesTheHooksByReachesMembersOfBothNodes() throws IOException {
        String own = field("pod/" + names("app=client"), "{.status.podIP}");
        String node = field("pod/" + names("app=client"), "{.spec.nodeName}");
        assertThat(onNode(node, "nft", "list", "set", "ip", "fairlead", "members").output())
                .contains(own);
        Set<String> answers = new TreeSet<>();
        for (int i = 0; i < 40; i++) {
            Command asked = pastTheHooks("http://" + address);
            assertThat(asked.exitStatus()).as(asked.output()).isZero();
            answers.add(asked.output().strip());
        }
        assertThat(answers).isEqualTo(pods);
    }

    @Test
    void filesThatAreDeletedAreThereAgain() throws IOException {
        Path pins = Path.of("/run/fairlead", cluster.name(), "bpf", "node-1", "v1");
        for (String file : List.of("fl_connect_ipv4", "fl_slots")) {
            Files.delete(pins.resolve(file));
            Await.untilAsserted(SOON, () -> assertThat(pins.resolve(file)).exists());
        }
        assertThat(status()).contains("Sockets: led to endpoints by eBPF on node-1, node-2");
        assertThat(answers(6)).isSubsetOf(pods);
    }

    @Test
    void statusSaysWhereLeastConnectionsAreNotCounted() throws IOException {
        Path file =
                Files.writeString(
                        folder.resolve("least.yaml"),
                        """
                        apiVersion: v1
                        kind: Service
                        metadata: {name: least, annotations: {fairlead.io/load-balancing: least-connections}}
                        spec:
                          selector: {app: web}
                          ports:
                          - {name: http, port: 80, targetPort: 8080}
                          - {name: dns, protocol: UDP, port: 53, targetPort: 5353}
                        """);
        cluster.kubectl("apply", "-f", file.toString()).succeeded();
        cluster.run("wait", "svc/least").succeeded();
        assertThat(status())
                .contains("not counted for default/least:dns on node-1, node-2")
                .doesNotContain("least:http");
        cluster.kubectl("delete", "svc", "least").succeeded();
    }

    @Test
    void podsLeaveThePortsOfTranslatedFlowsAlone() {
        for (String pod : names("").split("\\s+")) {
            String range =
                    cluster.kubectl(
                                    "exec",
                                    pod,
                                    "--",
                                    "cat",
                                    "/proc/sys/net/ipv4/ip_local_port_range")
                            .succeeded()
                            .output();
            assertThat(Integer.parseInt(range.strip().split("\\s+")[1])).isLessThan(61000);
        }
    }

    @Test
    void countersTellOfBothWays() {
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--name=counted",
                        "--type=NodePort",
                        "--port=80",
                        "--target-port=8080")
                .succeeded();
        cluster.kubectl("create", "service", "clusterip", "nobody", "--tcp=80:8080").succeeded();
        cluster.run("wait", "svc/counted", "svc/nobody").succeeded();
        String counted = field("svc/counted", "{.spec.clusterIP}");
        String nobody = field("svc/nobody", "{.spec.clusterIP}");
        String port = field("svc/counted", "{.spec.ports[0].nodePort}");
        inClient(
                "for i in $(seq 20); do wget -q -O - http://%s; done; for i in 1 2 3; do wget -q -O - http://%s; done; true"
                        .formatted(counted, nobody));
        for (int i = 0; i < 7; i++) {
            host.run("curl", "-sf", "-m", "5", "http://172.30.0.12:" + port).succeeded();
        }
        Await.untilAsserted(
                SOON,
                () -> {
                    JsonObject top = top();
                    Json service = named(top, "counted");
                    assertThat(service.number(0, "connections")).isEqualTo(27);
                    assertThat(service.number(0, "refused")).isZero();
                    // An answer is some 300 bytes with its head.
                    assertThat(service.number(0, "bytesOut")).isGreaterThan(27 * 150);
                    assertThat(service.number(0, "bytesIn")).isGreaterThan(27 * 50);
                    assertThat(service.list("endpoints")).hasSize(3);
                    assertThat(named(top, "nobody").number(0, "refused")).isEqualTo(3);
                });
        assertThat(cluster.run("top", "services", "--once", "--endpoints").succeeded().output())
                .containsPattern("default +counted +27 ")
                .contains(":8080");
        String node = field("pod/" + names("app=client"), "{.spec.nodeName}");
        List<String> metrics =
                onNode(node, "curl", "-s", "http://127.0.0.1:10249/metrics")
                        .output()
                        .lines()
                        .filter(line ->
                                line.startsWith("fairlead_service_connections_total")
                                        && line.contains("service=\"counted\""))
                        .toList();
        assertThat(sum(metrics.stream().filter(line -> line.contains("path=\"bpf\""))))
                .isEqualTo(20);
        assertThat(sum(metrics.stream().filter(line -> line.contains("path=\"nftables\""))))
                .isEqualTo(node.equals("node-2") ? 7 : 0);
    }

    @Test
    void countersTellOfOpenConnections() {
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--name=held",
                        "--port=80",
                        "--target-port=8080")
                .succeeded();
        cluster.run("wait", "svc/held").succeeded();
        String held = field("svc/held", "{.spec.clusterIP}");
        CompletableFuture<String> open =
                CompletableFuture.supplyAsync(() ->
                        inClient(
                                "(printf 'GET / HTTP/1.1\\r\\nX: '; head -c 4000 /dev/zero | tr '\\0' x; sleep 300) | nc %s 80; true"
                                        .formatted(held)));
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(named(top(), "held").number(0, "bytesIn"))
                                .isBetween(4000L, 4100L));
        // Its end comes with the cluster's.
        assertThat(open.isDone()).isFalse();
    }

    private static JsonObject top() {
        return JsonReader.readObject(
                cluster.run("top", "services", "-o", "json")
                        .succeeded()
                        .output()
                        .getBytes(StandardCharsets.UTF_8));
    }

    private static long sum(Stream<String> samples) {
        return samples.mapToLong(line -> Long.parseLong(line.substring(line.indexOf("} ") + 2)))
                .sum();
    }

    private static Json named(JsonObject top, String service) {
        return top.list("services").stream()
                .filter(it -> it.text("name").equals(service))
                .findFirst()
                .orElse(JsonObject.EMPTY);
    }

    /// Which pods answer a process in a container.
    private static Set<String> answers(int tries) {
        return new TreeSet<>(
                List.of(
                        inClient(
                                        "for i in $(seq %d); do wget -q -O - http://%s || exit 1; done"
                                                .formatted(tries, address))
                                .strip()
                                .split("\\s+")));
    }

    private static String inClient(String script) {
        return cluster.kubectl("exec", "deployment/client", "--", "sh", "-c", script)
                .succeeded()
                .output();
    }

    /// In the client pod's network, by a process outside the node's control group.
    private static Command pastTheHooks(String url) throws IOException {
        String namespace =
                cluster.kubectl("exec", "deployment/client", "--", "readlink", "/proc/self/ns/net")
                        .succeeded()
                        .output()
                        .strip()
                        .replaceAll("\\D", "");
        try (Stream<Path> files = Files.walk(Path.of("/run/fairlead", cluster.name(), "netns"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                if (Files.getAttribute(file, "unix:ino").toString().equals(namespace)) {
                    return Command.run("nsenter", "--net=" + file, "curl", "-sf", "-m", "4", url);
                }
            }
        }
        throw new IllegalStateException("the client's network has no name");
    }

    private static Command onNode(String node, String... words) {
        return cluster.run(
                        Stream.concat(Stream.of("node", "exec", node, "--"), Arrays.stream(words))
                                .toArray(String[]::new))
                .succeeded();
    }

    private static String status() {
        return cluster.run("status").succeeded().output();
    }

    private static String names(String selector) {
        return list(selector, "{.items[*].metadata.name}");
    }

    private static String nodesOf(String selector) {
        return list(selector, "{.items[*].spec.nodeName}");
    }

    private static String list(String selector, String path) {
        return cluster.kubectl("get", "pods", "-l", selector, "-o", "jsonpath=" + path)
                .succeeded()
                .output()
                .strip();
    }

    private static String field(String object, String path) {
        return cluster.kubectl("get", object, "-o", "jsonpath=" + path).succeeded().output();
    }
}
