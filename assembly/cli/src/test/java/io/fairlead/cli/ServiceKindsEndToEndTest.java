package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Services of unusual kinds, from kubectl to real packets between pods of two nodes.
class ServiceKindsEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize()
                    .toString();

    @TempDir static Path folder;
    private static HostNamespace host;
    private static TestCluster cluster;
    private static Set<String> pods = Set.of();
    private static List<String> addresses = List.of();

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl", "curl");
        host = HostNamespace.create();
        cluster = TestCluster.started(host, "--nodes", "2");
        cluster.kubectl("apply", "-f", EXAMPLE).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=120s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=120s").succeeded();
        pods = new TreeSet<>(List.of(ofWeb("{.items[*].metadata.name}").split("\\s+")));
        addresses = List.of(ofWeb("{.items[*].status.podIP}").split("\\s+"));
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
    void handMadeSlicesServeTogetherAlsoWithOneEndpointTwice() throws IOException {
        apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: slices}
                spec: {ports: [{name: http, port: 80}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: one, labels: {kubernetes.io/service-name: slices}}
                addressType: IPv4
                ports: [{name: http, port: 8080}]
                endpoints: [{addresses: ["%s"]}, {addresses: ["%s"]}]
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: two, labels: {kubernetes.io/service-name: slices}}
                addressType: IPv4
                ports: [{name: http, port: 8080}]
                endpoints: [{addresses: ["%s"]}, {addresses: ["%s"]}]
                """
                        .formatted(
                                addresses.get(0),
                                addresses.get(1),
                                addresses.get(1),
                                addresses.get(2)));
        everyPodAnswers("http://slices");
        cluster.kubectl("delete", "endpointslice", "one", "two").succeeded();
        refuses("http://slices");
    }

    @Test
    void handMadeEndpointsAreMirroredAndServe() throws IOException {
        apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: mirrored}
                spec: {ports: [{port: 80}]}
                ---
                apiVersion: v1
                kind: Endpoints
                metadata: {name: mirrored}
                subsets:
                - {addresses: [{ip: "%s"}], ports: [{port: 8080}]}
                - {addresses: [{ip: "%s"}, {ip: "%s"}], ports: [{port: 8080}]}
                """
                        .formatted(addresses.get(0), addresses.get(1), addresses.get(2)));
        everyPodAnswers("http://mirrored");
        cluster.kubectl("delete", "endpoints", "mirrored").succeeded();
        refuses("http://mirrored");
    }

    @Test
    void aRangeComesAndGoesWhileTheClusterRuns() throws IOException {
        apply(
                """
                apiVersion: networking.k8s.io/v1
                kind: ServiceCIDR
                metadata: {name: more}
                spec: {cidrs: ["10.200.0.0/24"]}
                """);
        cluster.kubectl("wait", "--for=condition=Ready", "servicecidr/more", "--timeout=20s")
                .succeeded();
        apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: ranged}
                spec:
                  clusterIP: 10.200.0.9
                  selector: {app: web}
                  ports: [{port: 80, targetPort: http}]
                """);
        everyPodAnswers("http://10.200.0.9");
        // Nobody has this one: who asks hears so at once.
        refuses("http://10.200.0.10");
        cluster.kubectl("delete", "servicecidr", "more", "--wait=false").succeeded();
        cluster.kubectl("wait", "--for=condition=Ready=False", "servicecidr/more", "--timeout=20s")
                .succeeded();
        everyPodAnswers("http://10.200.0.9");
        cluster.kubectl("delete", "service", "ranged").succeeded();
        cluster.kubectl("wait", "--for=delete", "servicecidr/more", "--timeout=20s").succeeded();
    }

    @Test
    void sctpIsServedBesideTcpOfTheSameNumber() throws IOException {
        apply(
                """
                apiVersion: v1
                kind: Service
                metadata: {name: calls}
                spec:
                  type: NodePort
                  selector: {app: web}
                  ports:
                  - {name: sctp, protocol: SCTP, port: 80, targetPort: 8080, nodePort: 30977}
                  - {name: http, protocol: TCP, port: 80, targetPort: 8080, nodePort: 30977}
                """);
        cluster.run("wait", "svc/calls").succeeded();
        assertThat(
                        cluster.kubectl(
                                        "get",
                                        "endpointslices",
                                        "-l",
                                        "kubernetes.io/service-name=calls",
                                        "-o",
                                        "jsonpath={.items[*].ports[*].protocol}")
                                .succeeded()
                                .output()
                                .split("\\s+"))
                .containsExactlyInAnyOrder("SCTP", "TCP");
        assertThat(cluster.run("rules", "node-1", "default/calls").succeeded().output())
                .contains("sctp . 80", "tcp . 80", "sctp . 30977", "tcp . 30977");
        everyPodAnswers("http://calls");
    }

    @Test
    void aLabelTakesAServiceFromTheProxyAndGivesItBack() throws IOException {
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--name=labelled",
                        "--port=80",
                        "--target-port=8080")
                .succeeded();
        everyPodAnswers("http://labelled");
        String label = "service.kubernetes.io/service-proxy-name";
        cluster.kubectl("label", "svc/labelled", label + "=other").succeeded();
        refuses("http://labelled");
        cluster.kubectl("label", "svc/labelled", label + "-").succeeded();
        everyPodAnswers("http://labelled");
    }

    @Test
    void theNodesPagesTellModeAndHealth() {
        assertThat(onNode("http://127.0.0.1:10249/proxyMode")).isEqualTo("nftables");
        assertThat(onNode("http://172.30.0.11:10256/healthz"))
                .contains("\"lastUpdated\":\"20", "\"nodeEligible\":true");
    }

    private static String onNode(String url) {
        return cluster.run("node", "exec", "node-1", "--", "curl", "-s", url).succeeded().output();
    }

    private static void everyPodAnswers(String url) {
        Set<String> answers = new TreeSet<>();
        Await.untilAsserted(
                SOON,
                () -> {
                    for (int i = 0; i < 4; i++) {
                        answers.add(ask(url));
                    }
                    answers.remove("");
                    assertThat(answers).isEqualTo(pods);
                });
    }

    private static void refuses(String url) {
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(
                                        cluster.kubectl(
                                                        "exec",
                                                        "deployment/client",
                                                        "--",
                                                        "wget",
                                                        "-qO-",
                                                        url)
                                                .output())
                                .contains("Connection refused"));
    }

    /// The name of the pod that answers; nothing when none does.
    private static String ask(String url) {
        var asked = cluster.kubectl("exec", "deployment/client", "--", "wget", "-qO-", url);
        return asked.exitStatus() == 0 ? asked.output().strip() : "";
    }

    private static String ofWeb(String path) {
        return cluster.kubectl("get", "pods", "-l", "app=web", "-o", "jsonpath=" + path)
                .succeeded()
                .output();
    }

    private static void apply(String objects) throws IOException {
        Path file = Files.writeString(folder.resolve("objects.yaml"), objects);
        cluster.kubectl("apply", "-f", file.toString()).succeeded();
    }
}
