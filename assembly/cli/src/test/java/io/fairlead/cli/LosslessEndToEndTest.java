package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// Pods are replaced while clients ask all the time, through a cluster IP from a pod and through a node port from outside.
class LosslessEndToEndTest {
    private static final String EXAMPLE =
            Path.of(System.getProperty("fairlead.root", "../.."), "examples", "web")
                    .toAbsolutePath()
                    .normalize()
                    .toString();

    /// Asks until it is told to stop; prints how often, and how often in vain.
    private static final String ASKING =
            "asked=0; failed=0; while [ ! -e %1$s ]; do %2$s > /dev/null 2>&1 ||"
                    + " failed=$((failed+1)); asked=$((asked+1)); done; echo \"$asked $failed\"";

    @Test
    void aRollingUpdateLosesNoRequest() throws IOException {
        Requirement.rootAnd("kubectl", "curl");
        try (HostNamespace host = HostNamespace.create();
                TestCluster cluster = TestCluster.started(host);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            cluster.kubectl("apply", "-f", EXAMPLE).succeeded();
            cluster.kubectl(
                            "expose",
                            "deployment",
                            "web",
                            "--name=web-np",
                            "--type=NodePort",
                            "--port=80",
                            "--target-port=8080")
                    .succeeded();
            rollOut(cluster, "deployment/web");
            rollOut(cluster, "deployment/client");
            String port =
                    cluster.kubectl(
                                    "get",
                                    "svc",
                                    "web-np",
                                    "-o",
                                    "jsonpath={.spec.ports[0].nodePort}")
                            .succeeded()
                            .output();
            Path stop = cluster.dataFolder().resolve("stop");
            String address =
                    cluster.kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
                            .succeeded()
                            .output();
            CompletableFuture<Command> inside =
                    CompletableFuture.supplyAsync(
                            () ->
                                    cluster.kubectl(
                                            "exec",
                                            "deploy/client",
                                            "--",
                                            "sh",
                                            "-c",
                                            ASKING.formatted(
                                                    "/tmp/stop", "wget -q -O- http://" + address)),
                            clients);
            CompletableFuture<Command> outside =
                    CompletableFuture.supplyAsync(
                            () ->
                                    host.run(
                                            "sh",
                                            "-c",
                                            ASKING.formatted(
                                                    stop,
                                                    "curl -sf -m 5 http://172.30.0.12:" + port)),
                            clients);
            for (int round = 0; round < 3; round++) {
                cluster.kubectl("rollout", "restart", "deployment/web").succeeded();
                rollOut(cluster, "deployment/web");
            }
            cluster.kubectl("exec", "deploy/client", "--", "touch", "/tmp/stop").succeeded();
            Command.run("touch", stop.toString()).succeeded();
            for (CompletableFuture<Command> client : List.of(inside, outside)) {
                List<Integer> counts =
                        List.of(client.join().succeeded().output().strip().split(" ")).stream()
                                .map(Integer::valueOf)
                                .toList();
                assertThat(counts.getFirst()).isGreaterThan(50);
                assertThat(counts.getLast()).isZero();
            }
        }
    }

    private static void rollOut(TestCluster cluster, String what) {
        cluster.kubectl("rollout", "status", what, "--timeout=90s").succeeded();
    }
}
