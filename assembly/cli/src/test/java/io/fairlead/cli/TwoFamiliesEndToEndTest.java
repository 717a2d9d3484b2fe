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
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/// The first example in a cluster of two families.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TwoFamiliesEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize();

    private static HostNamespace host;
    private static TestCluster cluster;
    private static List<String> before;

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl", "curl");
        host = HostNamespace.create();
        host.addIpv6();
        before = HostState.of(host);
        cluster =
                TestCluster.started(
                        host,
                        "--service-cidr",
                        "10.96.0.0/16,fd00:96::/108",
                        "--pod-cidr",
                        "10.244.0.0/16,fd00:244::/56",
                        "--node-cidr",
                        "172.30.0.0/24,fd00:30::/64");
        cluster.kubectl("apply", "-f", EXAMPLE.toString()).succeeded();
        cluster.kubectl(
                        "patch",
                        "service",
                        "web",
                        "-p",
                        "{\"spec\":{\"type\":\"NodePort\",\"ipFamilyPolicy\":\"RequireDualStack\"}}")
                .succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=60s").succeeded();
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

    private static String of(String what, String path) {
        return cluster.kubectl("get", what, "-o", "jsonpath=" + path).succeeded().output();
    }

    private static Command inPod(String command) {
        return cluster.kubectl("exec", "deploy/client", "--", "sh", "-c", command);
    }

    private static void answers(String url) {
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(inPod("timeout 5 wget -qO- '" + url + "'").output())
                                .startsWith("web-"));
    }

    @Test
    @Order(1)
    void aServiceAnswersAtBothAddresses() {
        String[] addresses = of("service/web", "{.spec.clusterIPs[*]}").split(" ", -1);
        assertThat(addresses).hasSize(2);
        answers("http://" + addresses[0]);
        answers("http://[" + addresses[1] + "]");
    }

    @Test
    @Order(2)
    void nodePortsAnswerOnEveryAddressOfEveryNode() {
        String port = of("service/web", "{.spec.ports[0].nodePort}");
        for (String address :
                of("nodes", "{.items[*].status.addresses[?(@.type==\"InternalIP\")].address}")
                        .split(" ", -1)) {
            String name = address.contains(":") ? "[" + address + "]" : address;
            Await.untilAsserted(
                    SOON,
                    () ->
                            assertThat(
                                            host.run(
                                                            "curl",
                                                            "-s",
                                                            "-m",
                                                            "5",
                                                            "http://" + name + ":" + port)
                                                    .output())
                                    .startsWith("web-"));
        }
    }

    @Test
    @Order(3)
    void namesResolveToBothAddresses() {
        String[] addresses = of("service/web", "{.spec.clusterIPs[*]}").split(" ", -1);
        assertThat(inPod("nslookup web.default.svc.cluster.local").output()).contains(addresses);
        assertThat(inPod("nslookup " + addresses[1]).output())
                .contains("web.default.svc.cluster.local");
        assertThat(inPod("nslookup web.default.svc.cluster.local fd00:96::a").output())
                .contains(addresses);
    }

    @Test
    @Order(4)
    void podsAndNodesTellBothAddresses() {
        assertThat(of("pods", "{.items[0].status.podIPs[*].ip}").split(" ", -1)).hasSize(2);
        assertThat(of("pods", "{.items[0].status.hostIPs[*].ip}").split(" ", -1)).hasSize(2);
        assertThat(of("node/node-2", "{.spec.podCIDRs[*]}"))
                .isEqualTo("10.244.2.0/24 fd00:244:0:2::/64");
        assertThat(of("endpointslices", "{.items[*].addressType}")).contains("IPv4", "IPv6");
        assertThat(of("service/kubernetes", "{.spec.clusterIPs[*]}")).isEqualTo("10.96.0.1");
    }

    @Test
    @Order(5)
    void podsReachTheWorldOutside() {
        for (String address : List.of("198.51.100.2", HostNamespace.WORLD_ADDRESS_IPV6)) {
            assertThat(inPod("ping -c 1 -W 5 " + address).output()).contains("1 packets received");
        }
    }

    @Test
    @Order(6)
    void aRangeThatIsAddedGivesAddressesThatWorkAtOnce() throws IOException {
        Path file = Files.createTempFile("range", ".yaml");
        Files.writeString(
                file,
                """
                apiVersion: networking.k8s.io/v1
                kind: ServiceCIDR
                metadata: {name: more}
                spec: {cidrs: ["fd00:97::/112"]}
                """);
        cluster.kubectl("apply", "-f", file.toString()).succeeded();
        cluster.kubectl("wait", "--for=condition=Ready", "servicecidr/more", "--timeout=20s")
                .succeeded();
        Files.writeString(
                file,
                """
                apiVersion: v1
                kind: Service
                metadata: {name: six}
                spec:
                  clusterIP: "fd00:97::9"
                  selector: {app: web}
                  ports: [{port: 80, targetPort: http}]
                """);
        cluster.kubectl("apply", "-f", file.toString()).succeeded();
        answers("http://[fd00:97::9]");
        cluster.kubectl("delete", "servicecidr", "more", "--wait=false").succeeded();
        cluster.kubectl("wait", "--for=condition=Ready=False", "servicecidr/more", "--timeout=20s")
                .succeeded();
        cluster.kubectl("delete", "service", "six").succeeded();
        cluster.kubectl("wait", "--for=delete", "servicecidr/more", "--timeout=20s").succeeded();
        Files.delete(file);
    }

    @Test
    @Order(7)
    void aLoadBalancerHasAnAddressOfEachFamilyForTheHostAndForPods() {
        cluster.kubectl("patch", "service", "web", "-p", "{\"spec\":{\"type\":\"LoadBalancer\"}}")
                .succeeded();
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(of("service/web", "{.status.loadBalancer.ingress[*].ip}"))
                                .isEqualTo("172.30.200.1 fd00:30:0:c8::1"));
        for (String address : List.of("172.30.200.1", "[fd00:30:0:c8::1]")) {
            Await.untilAsserted(
                    SOON,
                    () ->
                            assertThat(
                                            host.run("curl", "-s", "-m", "5", "http://" + address)
                                                    .output())
                                    .startsWith("web-"));
            answers("http://" + address);
        }
        cluster.kubectl(
                        "patch",
                        "service",
                        "web",
                        "-p",
                        "{\"spec\":{\"externalTrafficPolicy\":\"Local\"}}")
                .succeeded();
        for (String address : List.of("172.30.200.1", "[fd00:30:0:c8::1]")) {
            Await.untilAsserted(
                    SOON,
                    () -> {
                        for (int i = 0; i < 10; i++) {
                            assertThat(
                                            host.run("curl", "-s", "-m", "5", "http://" + address)
                                                    .output())
                                    .startsWith("web-");
                        }
                    });
        }
    }

    @Test
    @Order(8)
    void aClusterOfIpv6AloneTakesItsPlaceAndNothingStaysBehind() throws IOException {
        assertThat(cluster.down("--delete").succeeded().output()).contains("is gone");
        assertThat(HostState.of(host)).isEqualTo(before);
        cluster.up(
                "--service-cidr",
                "fd00:96::/108",
                "--pod-cidr",
                "fd00:244::/56",
                "--node-cidr",
                "fd00:30::/64");
        cluster.kubectl("apply", "-f", EXAMPLE.toString()).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=60s").succeeded();
        answers("http://web");
        assertThat(of("pods", "{.items[*].status.podIPs[*].ip}")).doesNotContain(".");
    }
}
