package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// `fairlead loadbalancer` on the nodes of a cluster that has nobody else who gives out load balancer addresses. The host asks for them on the nodes' network, as any machine there would.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LoadBalancerAloneEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(90);
    private static final String POOL = "172.30.0.100-172.30.0.109";
    private static final Pattern NODE_LINK = Pattern.compile("02:fa:1e:ad:01:([0-9a-f]{2})");
    private static final Path EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize();

    private static final Map<String, Process> RUNNING = new HashMap<>();
    private static HostNamespace host;
    private static TestCluster cluster;
    private static Path logs;

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl", "curl");
        logs = Files.createTempDirectory("fairlead-announce");
        host = HostNamespace.create();
        cluster =
                TestCluster.started(
                        host, "--without", "load-balancer", "--load-balancer-pool", "none");
        cluster.kubectl("apply", "-f", EXAMPLE.toString()).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s").succeeded();
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--name=shop",
                        "--type=LoadBalancer",
                        "--port=80",
                        "--target-port=8080")
                .succeeded();
    }

    @AfterAll
    static void down() throws Exception {
        for (Process process : RUNNING.values()) {
            process.destroyForcibly().waitFor();
        }
        if (cluster != null) {
            cluster.close();
        }
        if (host != null) {
            host.close();
        }
        Command.run("rm", "-rf", logs.toString());
    }

    /// The program in a node's namespace, with the API server's address as nodes know it.
    private static List<String> onNode(String node, String... options) throws IOException {
        Path kubeconfig = logs.resolve("kubeconfig");
        Files.writeString(
                kubeconfig,
                Files.readString(cluster.kubeconfig()).replace("127.0.0.1", "172.30.0.1"));
        List<String> line =
                new ArrayList<>(List.of("nsenter", "--net=" + cluster.nodeNamespace(node), "--"));
        line.addAll(TestCluster.program("loadbalancer"));
        line.addAll(List.of("--kubeconfig", kubeconfig.toString(), "--node", node));
        line.addAll(List.of(options));
        return line;
    }

    private static void start(String node) throws IOException {
        RUNNING.put(
                node,
                new ProcessBuilder(onNode(node, "--pool", POOL))
                        .redirectErrorStream(true)
                        .redirectOutput(logs.resolve(node).toFile())
                        .start());
    }

    private static String curl() {
        Command curl = host.run("curl", "-s", "-m", "2", "http://172.30.0.100/");
        return curl.exitStatus() == 0 ? curl.output() : "";
    }

    /// The node whose link the host finds behind the address, asking anew; empty when nobody answers.
    private static String answering() {
        host.run("ip", "neigh", "flush", "to", "172.30.0.100").succeeded();
        curl();
        Matcher found =
                NODE_LINK.matcher(host.run("ip", "neigh", "show", "to", "172.30.0.100").output());
        return found.find() ? "node-" + Integer.parseInt(found.group(1), 16) : "";
    }

    @Test
    @Order(1)
    void refusesAPoolThatNothingWouldAnnounce() throws IOException {
        Command refused = Command.run(Map.of(), onNode("node-1", "--pool", "203.0.113.0/28"));
        assertThat(refused.exitStatus()).isEqualTo(1);
        assertThat(refused.output())
                .contains("nothing announces 203.0.113.0/28")
                .contains("eth0 (172.30.0.0/24)");
    }

    @Test
    @Order(2)
    void givesAnAddressThatOneNodeAnnouncesAndTellsWhich() throws IOException {
        for (String node : List.of("node-1", "node-2", "node-3")) {
            start(node);
        }
        Await.untilAsserted(
                SOON,
                () -> {
                    assertThat(curl()).startsWith("web-");
                    assertThat(answering()).startsWith("node-");
                });
        assertThat(cluster.kubectl("describe", "service", "shop").output())
                .contains("172.30.0.100 (VIP)")
                .contains("nodeAssigned")
                .contains("announcing 172.30.0.100 from node");
    }

    @Test
    @Order(3)
    void anotherNodeAnswersWhenTheOneThatAnnouncesIsKilled() throws Exception {
        String first = answering();
        Process process = RUNNING.remove(first);
        assertThat(process).isNotNull();
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
        Await.untilAsserted(
                SOON,
                () -> {
                    assertThat(answering()).startsWith("node-").isNotEqualTo(first);
                    assertThat(curl()).startsWith("web-");
                });
    }

    @Test
    @Order(4)
    void followsThePoolThatTheConfigMapNames() {
        cluster.kubectl(
                        "create",
                        "configmap",
                        "fairlead-load-balancer",
                        "--namespace=kube-system",
                        "--from-literal=pools=172.30.0.120-172.30.0.129 203.0.113.0/28")
                .succeeded();
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(
                                        cluster.kubectl(
                                                        "get",
                                                        "service",
                                                        "shop",
                                                        "-o",
                                                        "jsonpath={.status.loadBalancer.ingress[*].ip}")
                                                .output())
                                .isEqualTo("172.30.0.120"));
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(
                                        host.run("curl", "-s", "-m", "2", "http://172.30.0.120/")
                                                .output())
                                .startsWith("web-"));
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(cluster.kubectl("get", "events", "-n", "kube-system").output())
                                .contains("nothing announces 203.0.113.0/28"));
    }
}
