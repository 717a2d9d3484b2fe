package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The first example, played with kubectl as the README tells it.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class WebExampleEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize();

    private static HostNamespace host;
    private static TestCluster cluster;

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl", "curl");
        host = HostNamespace.create();
        cluster = TestCluster.started(host);
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
    @Order(1)
    void theExampleIsAppliedAndBecomesReady() {
        cluster.kubectl("apply", "-f", EXAMPLE.toString()).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=60s").succeeded();

        String listing =
                cluster.kubectl("get", "pods,svc,endpoints,endpointslices", "-o", "wide")
                        .succeeded()
                        .output();
        assertThat(listing)
                .contains(
                        "pod/web-",
                        "service/web",
                        "endpoints/web",
                        "endpointslice.discovery.k8s.io/web-");
    }

    @Test
    @Order(2)
    void everyPodAnswersByTheServicesName() {
        Set<String> pods = pods("app=web");
        assertThat(pods).hasSize(3);
        Set<String> answers = new TreeSet<>();

        Await.untilAsserted(
                SOON,
                () -> {
                    answers.add(ask("http://web"));
                    assertThat(answers).isEqualTo(pods);
                });
    }

    @Test
    @Order(3)
    void aNodePortAnswersTheHostOnEveryNode() {
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--name",
                        "web-np",
                        "--type",
                        "NodePort",
                        "--port",
                        "80",
                        "--target-port",
                        "8080")
                .succeeded();
        String port =
                cluster.kubectl("get", "svc", "web-np", "-o", "jsonpath={.spec.ports[0].nodePort}")
                        .succeeded()
                        .output();

        for (String address : List.of("172.30.0.11", "172.30.0.12", "172.30.0.13")) {
            Await.untilAsserted(
                    SOON,
                    () ->
                            assertThat(pods("app=web"))
                                    .contains(
                                            host.run(
                                                            "curl",
                                                            "-s",
                                                            "-m",
                                                            "3",
                                                            "http://" + address + ":" + port)
                                                    .succeeded()
                                                    .output()
                                                    .strip()));
        }
    }

    @Test
    @Order(4)
    void podsReachWhatTheHostReaches() throws IOException {
        Process server =
                new ProcessBuilder(
                                "nsenter",
                                "--net=/run/netns/" + host.world(),
                                "busybox",
                                "httpd",
                                "-f",
                                "-p",
                                HostNamespace.WORLD_ADDRESS + ":8088",
                                "-h",
                                EXAMPLE.toString())
                        .start();
        try {
            Await.untilAsserted(
                    SOON,
                    () ->
                            assertThat(
                                            ask(
                                                    "http://"
                                                            + HostNamespace.WORLD_ADDRESS
                                                            + ":8088/web.yaml"))
                                    .contains("kind: Deployment"));
        } finally {
            server.destroyForcibly();
        }
    }

    @Test
    @Order(5)
    void aNodeReachesTheClusterIp() {
        String address =
                cluster.kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
                        .succeeded()
                        .output();

        assertThat(pods("app=web"))
                .contains(
                        cluster.run(
                                        "node",
                                        "exec",
                                        "node-2",
                                        "--",
                                        "curl",
                                        "-s",
                                        "http://" + address)
                                .succeeded()
                                .output()
                                .strip());
        assertThat(cluster.run("rules", "node-2").succeeded().output()).contains(address);
        assertThat(cluster.run("rules", "node-2", "default/web").succeeded().output())
                .contains(address);
    }

    @Test
    @Order(6)
    void endpointsAndAnswersFollowScalingAndDeletion() {
        cluster.kubectl("scale", "deployment", "web", "--replicas", "5").succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        Await.untilAsserted(SOON, () -> assertThat(endpoints("web")).hasSize(5));

        String gone = pods("app=web").iterator().next();
        cluster.kubectl("delete", "pod", gone).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();

        Await.untilAsserted(SOON, () -> assertThat(endpoints("web")).hasSize(5));
        for (int i = 0; i < 30; i++) {
            assertThat(ask("http://web")).isNotEqualTo(gone);
        }
    }

    @Test
    @Order(7)
    void describesEditsLabelsAndLogsWork() {
        assertThat(cluster.kubectl("describe", "svc", "web").succeeded().output())
                .contains("Endpoints:");
        assertThat(cluster.kubectl("describe", "pod", "-l", "app=client").succeeded().output())
                .contains("Started");
        cluster.kubectl("label", "svc", "web", "tier=front").succeeded();
        assertThat(
                        cluster.kubectl("get", "svc", "-l", "tier=front", "-o", "name")
                                .succeeded()
                                .output())
                .contains("service/web");
        cluster.kubectl("rollout", "restart", "deployment/client").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=60s").succeeded();
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", EXAMPLE.toString())
                .succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        cluster.kubectl("logs", "deploy/client").succeeded();
    }

    @ParameterizedTest
    @MethodSource("kubectls")
    @Order(8)
    void everyKubectlGetsAndExecutes(String kubectl) {
        assertThat(cluster.kubectlAs(kubectl, "get", "nodes").succeeded().output())
                .contains("node-3")
                .contains("Ready");
        assertThat(
                        cluster.kubectlAs(kubectl, "exec", "deploy/client", "--", "hostname")
                                .succeeded()
                                .output())
                .contains("client-");
        assertThat(
                        cluster.kubectlAs(
                                        kubectl,
                                        "exec",
                                        "deploy/client",
                                        "--",
                                        "sh",
                                        "-c",
                                        "exit 7")
                                .exitStatus())
                .isEqualTo(7);
        cluster.kubectlAs(kubectl, "apply", "-f", EXAMPLE.toString()).succeeded();
    }

    @ParameterizedTest
    @MethodSource("kubectls")
    @Order(8)
    void everyKubectlSendsInputAndForwardsPorts(String kubectl) {
        String shell =
                """
                set -e
                echo hello | KUBECTL exec -i deploy/client -- cat
                KUBECTL port-forward deploy/web 18080:8080 > /dev/null &
                trap 'kill $!' EXIT
                for i in $(seq 100); do curl -s -m 2 http://127.0.0.1:18080/ && exit 0; sleep 0.1; done
                exit 1
                """
                        .replace("KUBECTL", kubectl);
        assertThat(cluster.kubectlAs("sh", "-c", shell).succeeded().output())
                .startsWith("hello")
                .contains("web-");
    }

    @Test
    @Order(9)
    void aDeletedServiceHasNoNameAndRefuses() {
        String address =
                cluster.kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
                        .succeeded()
                        .output();
        cluster.kubectl("delete", "svc", "web").succeeded();

        Await.untilAsserted(
                SOON,
                () -> {
                    Command byName = exec("wget", "-qO-", "http://web");
                    assertThat(byName.exitStatus()).isNotZero();
                    assertThat(byName.output()).contains("bad address");
                    assertThat(exec("wget", "-qO-", "http://" + address).exitStatus()).isNotZero();
                });
    }

    @Test
    @Order(10)
    void statusTellsOfEveryNode() {
        assertThat(cluster.run("status").succeeded().output())
                .contains("node-1", "node-2", "node-3", "Ready", "2 DNS servers are ready");
        assertThat(cluster.tryUp().output()).contains("is running already");
    }

    static Stream<String> kubectls() {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .map(folder -> Path.of(folder).toFile().list())
                .filter(names -> names != null)
                .flatMap(Arrays::stream)
                .filter(name -> name.matches("kubectl(\\.1\\.(29|31|33))?"))
                .distinct()
                .sorted();
    }

    private static String ask(String url) {
        return exec("wget", "-qO-", url).succeeded().output().strip();
    }

    private static Command exec(String... words) {
        List<String> line =
                Stream.concat(Stream.of("exec", "deploy/client", "--"), Stream.of(words)).toList();
        return cluster.kubectl(line.toArray(String[]::new));
    }

    private static Set<String> pods(String selector) {
        return words(
                cluster.kubectl(
                        "get",
                        "pods",
                        "-l",
                        selector,
                        "--field-selector=status.phase=Running",
                        "-o",
                        "jsonpath={.items[*].metadata.name}"));
    }

    private static Set<String> endpoints(String service) {
        return words(
                cluster.kubectl(
                        "get",
                        "endpoints",
                        service,
                        "-o",
                        "jsonpath={.subsets[*].addresses[*].ip}"));
    }

    private static Set<String> words(Command command) {
        return new TreeSet<>(
                List.of(
                        command.succeeded()
                                .output()
                                .replaceAll("(?m)^Warning:.*$", "")
                                .strip()
                                .split("\\s+")));
    }
}
