package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `kubectl top`, as anybody sees it.
class TopEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(60);
    private static final String EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize()
                    .toString();

    @Test
    void topTellsWhatPodsAndNodesUse() throws IOException {
        Requirement.rootAnd("kubectl");
        try (HostNamespace host = HostNamespace.create();
                TestCluster cluster = TestCluster.started(host)) {
            cluster.kubectl("apply", "-f", EXAMPLE).succeeded();
            cluster.kubectl(
                            "run",
                            "busy",
                            "--image=fairlead.io/busybox:1",
                            "--",
                            "sh",
                            "-c",
                            "while :; do :; done")
                    .succeeded();
            cluster.kubectl("rollout", "status", "deployment/web", "--timeout=60s").succeeded();
            cluster.kubectl("wait", "--for=condition=Ready", "pod/busy", "--timeout=60s")
                    .succeeded();
            cluster.kubectl(
                            "wait",
                            "--for=condition=Available",
                            "apiservice/v1beta1.metrics.k8s.io",
                            "--timeout=60s")
                    .succeeded();
            Await.untilAsserted(
                    SOON,
                    () -> {
                        List<String> pods = lines(cluster.kubectl("top", "pods", "--no-headers"));
                        assertThat(pods).hasSize(5);
                        String busy =
                                pods.stream()
                                        .filter(line -> line.startsWith("busy "))
                                        .findFirst()
                                        .orElseThrow();
                        assertThat(Integer.parseInt(busy.split("\\s+")[1].replace("m", "")))
                                .isGreaterThan(100);
                    });
            assertThat(lines(cluster.kubectl("top", "nodes", "--no-headers")))
                    .hasSize(3)
                    .allMatch(line ->
                            line.matches("node-\\d\\s+\\d+m\\s+\\d+%\\s+\\d+Mi\\s+\\d+%\\s*"));
            assertThat(
                            cluster.kubectl("top", "pods", "-l", "run=busy", "--no-headers")
                                    .succeeded()
                                    .output()
                                    .lines())
                    .hasSize(1);
            assertThat(cluster.kubectl("top", "pod", "none").output()).contains("not found");
            assertThat(
                            cluster.kubectl(
                                            "auth",
                                            "can-i",
                                            "list",
                                            "pods.metrics.k8s.io",
                                            "--as=nobody")
                                    .output())
                    .contains("no");
        }
    }

    private static List<String> lines(Command command) {
        return command.succeeded().output().lines().toList();
    }
}
