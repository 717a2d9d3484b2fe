package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A cluster's life as a whole: down leaves nothing, the next up has everything, a crash loses nothing, and clusters live side by side.
class LifeEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize()
                    .toString();

    private HostNamespace host;

    @BeforeEach
    void makeHost() {
        Requirement.rootAnd("kubectl", "curl");
        host = HostNamespace.create();
    }

    @AfterEach
    void removeHost() {
        if (host != null) {
            host.close();
        }
    }

    @Test
    void downLeavesTheMachineAsItWasAndTheNextUpHasEveryObject() throws Exception {
        List<String> before = HostState.of(host);
        try (TestCluster cluster = TestCluster.started(host)) {
            applyExample(cluster);
            cluster.kubectl("create", "configmap", "kept", "--from-literal=a=b").succeeded();

            cluster.down().succeeded();
            assertThat(HostState.of(host)).isEqualTo(before);
            assertThat(HostState.traces(cluster.name())).isEmpty();

            cluster.up();
            assertThat(
                            cluster.kubectl("get", "configmap", "kept", "-o", "jsonpath={.data.a}")
                                    .succeeded()
                                    .output())
                    .isEqualTo("b");
            answersByName(cluster);
            assertThat(restarts(cluster)).isNotEmpty().allMatch("1"::equals);
            cluster.down("--delete").succeeded();
            assertThat(cluster.dataFolder()).doesNotExist();
            assertThat(HostState.of(host)).isEqualTo(before);
            assertThat(HostState.traces(cluster.name())).isEmpty();
        }
    }

    @Test
    void containersOutliveACrashAndNothingAcknowledgedIsLost() throws Exception {
        try (TestCluster cluster = TestCluster.started(host)) {
            applyExample(cluster);
            String started = startTimes(cluster);
            for (int round = 0; round < 10; round++) {
                List<String> acknowledged = new ArrayList<>();
                Process writer = writer(cluster, round);
                Await.until(SOON, () -> lines(writer, acknowledged) >= 3);
                cluster.kill();
                writer.waitFor();
                lines(writer, acknowledged);
                assertThat(host.run("curl", "-sk", "https://127.0.0.1:6443/livez").exitStatus())
                        .isNotZero();

                cluster.up();
                String present =
                        cluster.kubectl("get", "configmaps", "-o", "name").succeeded().output();
                assertThat(present.lines()).containsAll(acknowledged);
                assertThat(startTimes(cluster)).as("containers were adopted").isEqualTo(started);
            }
            answersByName(cluster);
        }
    }

    @Test
    void twoClustersLiveSideBySide() throws Exception {
        try (TestCluster one = TestCluster.started(host);
                TestCluster other =
                        TestCluster.started(
                                host,
                                "--nodes=2",
                                "--api-port=7443",
                                "--node-cidr=172.31.0.0/24",
                                "--pod-cidr=10.200.0.0/16",
                                "--service-cidr=10.100.0.0/16")) {
            applyExample(one);
            applyExample(other);
            answersByName(one);
            answersByName(other);

            one.down().succeeded();
            answersByName(other);
        }
    }

    @Test
    void aHostThatForwardsNothingKeepsPodsFromTheWorldOnlyAndSaysSo() throws Exception {
        host.run(
                        "nft",
                        "add table ip guard; add chain ip guard forward { type filter hook forward"
                                + " priority 0; policy drop; }")
                .succeeded();
        try (TestCluster cluster = TestCluster.started(host)) {
            applyExample(cluster);
            answersByName(cluster);
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
                    cluster.kubectl(
                                    "get",
                                    "svc",
                                    "web-np",
                                    "-o",
                                    "jsonpath={.spec.ports[0].nodePort}")
                            .succeeded()
                            .output();
            Await.untilAsserted(
                    SOON,
                    () ->
                            assertThat(
                                            host.run(
                                                            "curl",
                                                            "-s",
                                                            "-m",
                                                            "3",
                                                            "http://172.30.0.12:" + port)
                                                    .succeeded()
                                                    .output())
                                    .startsWith("web-"));

            assertThat(cluster.run("status").succeeded().output())
                    .contains("guard")
                    .contains("forward")
                    .contains("accept");
        }
    }

    private static void applyExample(TestCluster cluster) {
        cluster.kubectl("apply", "-f", EXAMPLE).succeeded();
        cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
        cluster.kubectl("rollout", "status", "deployment/client", "--timeout=60s").succeeded();
    }

    private static void answersByName(TestCluster cluster) {
        Await.untilAsserted(
                SOON,
                () -> {
                    Command asked =
                            cluster.kubectl(
                                    "exec", "deploy/client", "--", "wget", "-qO-", "http://web");
                    assertThat(asked.succeeded().output()).startsWith("web-");
                });
    }

    private static String startTimes(TestCluster cluster) {
        return cluster.kubectl(
                        "get",
                        "pods",
                        "-l",
                        "app in (web,client)",
                        "-o",
                        "jsonpath={range .items[*]}{.metadata.name}"
                                + " {.status.containerStatuses[0].state.running.startedAt}{'\\n'}{end}")
                .succeeded()
                .output();
    }

    private static List<String> restarts(TestCluster cluster) {
        return List.of(
                cluster.kubectl(
                                "get",
                                "pods",
                                "-l",
                                "app in (web,client)",
                                "-o",
                                "jsonpath={.items[*].status.containerStatuses[0].restartCount}")
                        .succeeded()
                        .output()
                        .split(" "));
    }

    /// Creates config maps one after the other until the API is gone; a name is printed once it was acknowledged.
    private Process writer(TestCluster cluster, int round) throws IOException {
        String loop =
                "i=0; while kubectl create configmap w%d-$i --from-literal=n=$i -o name 2>/dev/null; do i=$((i+1)); done"
                        .formatted(round);
        ProcessBuilder builder = new ProcessBuilder(host.inside("sh", "-c", loop));
        builder.environment().put("KUBECONFIG", cluster.kubeconfig().toString());
        return builder.start();
    }

    private static int lines(Process writer, List<String> into) throws IOException {
        var reader = writer.inputReader();
        while (reader.ready()) {
            into.add(reader.readLine());
        }
        return into.size();
    }
}
