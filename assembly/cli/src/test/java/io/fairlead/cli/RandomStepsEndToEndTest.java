package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// Endpoints follow whatever happens to the pods: after each of 200 random steps every ready pod is an endpoint, nothing else is, and no answer ever comes from a
/// pod that is not.
class RandomStepsEndToEndTest {
    private static final int STEPS = 200;

    /// What curl ends with when it cannot connect.
    private static final int REFUSED = 7;

    /// Longer than a container is kept waiting that was killed five times.
    private static final Duration SOON = Duration.ofMinutes(2);

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
    void endpointsFollowEveryStep() {
        long seed = Long.getLong("fairlead.seed", System.nanoTime());
        System.out.println("replay with -Dfairlead.seed=" + seed);
        Random random = new Random(seed);
        cluster.kubectl(
                        "create",
                        "deployment",
                        "web",
                        "--image=fairlead.io/busybox:1",
                        "--replicas=2",
                        "--",
                        "sh",
                        "-c",
                        "mkdir -p /www; echo $HOSTNAME > /www/index.html; trap 'exit 0' TERM; httpd"
                                + " -p 8080 -h /www; while :; do sleep 3600 & wait $!; done")
                .succeeded();
        cluster.kubectl(
                        "expose",
                        "deployment",
                        "web",
                        "--type=NodePort",
                        "--port=80",
                        "--target-port=8080")
                .succeeded();
        String port =
                cluster.kubectl("get", "svc", "web", "-o", "jsonpath={.spec.ports[0].nodePort}")
                        .succeeded()
                        .output();

        int replicas = 2;
        for (int step = 0; step < STEPS; step++) {
            switch (random.nextInt(4)) {
                case 0 -> {
                    replicas = random.nextInt(5);
                    cluster.kubectl("scale", "deployment", "web", "--replicas=" + replicas)
                            .succeeded();
                }
                case 1 ->
                        anyPod(random)
                                .ifPresent(pod ->
                                        cluster.kubectl(
                                                        "delete",
                                                        "pod",
                                                        pod,
                                                        "--wait=false",
                                                        "--ignore-not-found")
                                                .succeeded());
                case 2 ->
                        anyPod(random)
                                .ifPresent(pod ->
                                        cluster.kubectl(
                                                        "delete",
                                                        "pod",
                                                        pod,
                                                        "--grace-period=0",
                                                        "--force",
                                                        "--ignore-not-found")
                                                .succeeded());
                default ->
                        anyPod(random)
                                .ifPresent(pod -> cluster.kubectl("exec", pod, "--", "kill", "1"));
            }
            if (step % 10 == 9 || step == STEPS - 1) {
                settle(replicas, port, "after step " + step + " of seed " + seed);
            }
        }
    }

    private static void settle(int replicas, String port, String where) {
        Await.untilAsserted(
                SOON,
                () -> {
                    Set<String> ready = readyAddresses();
                    assertThat(ready).as(where).hasSize(replicas);
                    assertThat(endpoints()).as(where).isEqualTo(ready);
                });
        if (replicas == 0) {
            // Where nothing is ready, pods on their way out serve until they are gone.
            Await.untilAsserted(
                    SOON, () -> assertThat(ask(port).exitStatus()).as(where).isEqualTo(REFUSED));
            return;
        }
        Set<String> pods = pods();
        for (int i = 0; i < 5; i++) {
            assertThat(pods).as(where).contains(ask(port).succeeded().output().strip());
        }
    }

    private static Command ask(String port) {
        return host.run("curl", "-s", "-m", "3", "http://172.30.0.11:" + port);
    }

    private static Optional<String> anyPod(Random random) {
        List<String> pods = List.copyOf(pods());
        return pods.isEmpty()
                ? Optional.empty()
                : Optional.of(pods.get(random.nextInt(pods.size())));
    }

    private static Set<String> pods() {
        return words("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].metadata.name}");
    }

    private static Set<String> readyAddresses() {
        Set<String> all = new TreeSet<>();
        String lines =
                cluster.kubectl(
                                "get",
                                "pods",
                                "-l",
                                "app=web",
                                "-o",
                                "jsonpath={range .items[*]}{.status.podIP}"
                                        + " {.status.conditions[?(@.type=='Ready')].status}"
                                        + " {.metadata.deletionTimestamp}{'\\n'}{end}")
                        .succeeded()
                        .output();
        lines.lines()
                .map(line -> line.strip().split(" "))
                .filter(words -> words.length == 2 && words[1].equals("True"))
                .forEach(words -> all.add(words[0]));
        return all;
    }

    private static Set<String> endpoints() {
        return words(
                "get",
                "endpointslices",
                "-l",
                "kubernetes.io/service-name=web",
                "-o",
                "go-template={{range .items}}{{range .endpoints}}{{if .conditions.ready}}"
                        + "{{index .addresses 0}} {{end}}{{end}}{{end}}");
    }

    private static Set<String> words(String... command) {
        String text = cluster.kubectl(command).succeeded().output().strip();
        return text.isEmpty() ? Set.of() : new TreeSet<>(List.of(text.split("\\s+")));
    }
}
