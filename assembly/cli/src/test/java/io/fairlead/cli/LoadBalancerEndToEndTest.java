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
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// A Service of type LoadBalancer, first without a pool, then with one.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LoadBalancerEndToEndTest {
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
        cluster = TestCluster.started(host, "--load-balancer-pool", "none");
        cluster.kubectl("apply", "-f", EXAMPLE.toString()).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=120s").succeeded();
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
    void staysPendingAndAnswersAsANodePortWithoutAPool() {
        assertThat(cluster.kubectl("get", "svc", "shop").succeeded().output())
                .contains("<pending>");
        assertThat(field("{.status.loadBalancer}")).isEqualTo("{}");
        String port = field("{.spec.ports[0].nodePort}");
        Await.untilAsserted(SOON, () -> assertThat(curl("172.30.0.12:" + port)).startsWith("web-"));
    }

    @Test
    @Order(2)
    void getsAnAddressAsSoonAsThereIsAPoolAndEveryPodAnswersThere() {
        pools("172.30.200.0/28");
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(field("{.status.loadBalancer.ingress[0].ip}"))
                                .isEqualTo("172.30.200.1"));
        Set<String> answers = new TreeSet<>();
        Await.untilAsserted(
                SOON,
                () -> {
                    answers.add(curl("172.30.200.1"));
                    assertThat(answers).hasSize(3).allMatch(it -> it.startsWith("web-"));
                });
        Command inside =
                cluster.kubectl(
                        "exec", "deploy/client", "--", "wget", "-qO-", "http://172.30.200.1");
        assertThat(inside.succeeded().output()).startsWith("web-");
    }

    @Test
    @Order(3)
    void sendsFlowsOnlyToNodesWithEndpointsWhereThePolicyIsLocal() {
        cluster.kubectl("scale", "deployment", "web", "--replicas=1").succeeded();
        cluster.kubectl(
                        "patch",
                        "svc",
                        "shop",
                        "-p",
                        "{\"spec\":{\"externalTrafficPolicy\":\"Local\"}}")
                .succeeded();
        Await.untilAsserted(
                SOON,
                () -> {
                    for (int i = 0; i < 10; i++) {
                        assertThat(curl("172.30.200.1")).startsWith("web-");
                    }
                });
    }

    @Test
    @Order(4)
    void resolvesTheHostNameThatItWasGiven() {
        cluster.kubectl(
                        "annotate",
                        "svc",
                        "shop",
                        "fairlead.io/load-balancer-hostname=shop.example.com")
                .succeeded();
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(
                                        cluster.kubectl(
                                                        "exec",
                                                        "deploy/client",
                                                        "--",
                                                        "wget",
                                                        "-qO-",
                                                        "http://shop.example.com")
                                                .output())
                                .startsWith("web-"));
    }

    @Test
    @Order(5)
    void givesTheWantedAddressToAllServicesThatShareItAndNoneOfAForeignClass() throws IOException {
        Path file = Files.createTempFile("services", ".yaml");
        StringBuilder services = new StringBuilder();
        for (String port : new String[] {"81", "82"}) {
            services.append(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata:
                      name: shared-%1$s
                      annotations:
                        fairlead.io/load-balancer-ip: 172.30.200.7
                        fairlead.io/load-balancer-shared: shop
                    spec:
                      type: LoadBalancer
                      selector: {app: web}
                      ports: [{port: %1$s, targetPort: http}]
                    ---
                    """
                            .formatted(port));
        }
        services.append(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: foreign}
                spec:
                  type: LoadBalancer
                  loadBalancerClass: example.com/other
                  selector: {app: web}
                  ports: [{port: 80, targetPort: http}]
                """);
        Files.writeString(file, services);
        cluster.kubectl("apply", "-f", file.toString()).succeeded();
        for (String port : new String[] {"81", "82"}) {
            Await.untilAsserted(
                    SOON, () -> assertThat(curl("172.30.200.7:" + port)).startsWith("web-"));
        }
        assertThat(cluster.kubectl("describe", "service", "shared-82").output())
                .contains("172.30.200.7 (VIP)")
                .contains("EnsuredLoadBalancer");
        assertThat(cluster.kubectl("get", "service", "foreign").output()).contains("<pending>");
        cluster.kubectl("delete", "-f", file.toString()).succeeded();
        Await.untilAsserted(SOON, () -> assertThat(curl("172.30.200.7:81")).isEmpty());
        Files.delete(file);
    }

    @Test
    @Order(6)
    void losesItsAddressWithThePoolOrWithItsType() {
        pools("none");
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(cluster.kubectl("get", "svc", "shop").output())
                                .contains("<pending>"));
        assertThat(curl("172.30.200.1")).isEmpty();
        pools("172.30.200.0/28");
        Await.untilAsserted(SOON, () -> assertThat(curl("172.30.200.1")).startsWith("web-"));
        cluster.kubectl("patch", "svc", "shop", "-p", "{\"spec\":{\"type\":\"ClusterIP\"}}")
                .succeeded();
        Await.untilAsserted(SOON, () -> assertThat(curl("172.30.200.1")).isEmpty());
        Await.untilAsserted(SOON, () -> assertThat(field("{.metadata.finalizers}")).isEmpty());
    }

    private static void pools(String ranges) {
        Command map =
                cluster.kubectl(
                        "create",
                        "configmap",
                        "fairlead-load-balancer",
                        "--namespace=kube-system",
                        "--from-literal=pools=" + ranges);
        if (map.exitStatus() != 0) {
            cluster.kubectl(
                            "patch",
                            "configmap",
                            "fairlead-load-balancer",
                            "--namespace=kube-system",
                            "-p",
                            "{\"data\":{\"pools\":\"" + ranges + "\"}}")
                    .succeeded();
        }
    }

    private static String field(String path) {
        return cluster.kubectl("get", "svc", "shop", "-o", "jsonpath=" + path).succeeded().output();
    }

    /// The page there; empty when nobody answers within a moment.
    private static String curl(String address) {
        Command curl = host.run("curl", "-s", "-m", "3", "http://" + address + "/");
        return curl.exitStatus() == 0 ? curl.output() : "";
    }
}
