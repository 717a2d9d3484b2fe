package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Whatever keeps a cluster from starting is told in one sentence, with exit status 1, and nothing half-made stays behind.
class RefusalEndToEndTest {
    private HostNamespace host;
    private TestCluster cluster;
    private List<String> before;

    @BeforeEach
    void prepare() throws IOException {
        host = HostNamespace.create();
        cluster = TestCluster.on(host);
        before = HostState.of(host);
    }

    @AfterEach
    void nothingStaysBehind() throws IOException {
        List<String> after = HostState.of(host);
        cluster.close();
        host.close();

        assertThat(after).isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    --nodes=-1                                    | --nodes -1
                    --service-cidr=10.96.0.0                      | --service-cidr "10.96.0.0"
                    --pod-cidr=10.96.0.0/16                       | overlaps
                    --service-node-port-range=32000-31000         | --service-node-port-range
                    --api-port=0                                  | --api-port 0
                    --without=kettle                              | kettle
                    --node-cidr=198.51.100.0/24                   | 198.51.100.0/24
                    --colour=blue                                 | --colour
                    """)
    void badOptionsAreNamed(String option, String words) {
        Command up = cluster.tryUp(option);

        assertThat(up.exitStatus()).isEqualTo(1);
        assertThat(sentences(up)).hasSize(1);
        assertThat(sentences(up).getFirst()).contains(words);
    }

    @Test
    void aNameThatCannotBeIsNamed() {
        Command up = host.run(TestCluster.program("up", "--name", "UPPER").toArray(String[]::new));

        assertThat(up.exitStatus()).isEqualTo(1);
        assertThat(sentences(up)).hasSize(1);
        assertThat(sentences(up).getFirst()).contains("--name UPPER");
    }

    @Test
    void aTakenPortIsNamed() throws IOException {
        Process taker =
                new ProcessBuilder(host.inside("busybox", "httpd", "-f", "-p", "127.0.0.1:6443"))
                        .start();
        try {
            Await.until(
                    Duration.ofSeconds(5), () -> host.run("ss", "-ltn").output().contains(":6443"));
            Command up = cluster.tryUp();

            assertThat(up.exitStatus()).isEqualTo(1);
            assertThat(sentences(up).getLast()).contains("6443").contains("--api-port");
        } finally {
            taker.destroyForcibly();
        }
    }

    @Test
    void aBrokenKubeconfigIsNamedAndKept() throws IOException {
        Files.writeString(cluster.kubeconfig(), "clusters: [unclosed");
        Command up = cluster.tryUp();

        assertThat(up.exitStatus()).isEqualTo(1);
        assertThat(sentences(up).getLast()).contains(cluster.kubeconfig().toString());
        assertThat(Files.readString(cluster.kubeconfig())).isEqualTo("clusters: [unclosed");
    }

    @Test
    void stateOfANewerVersionIsLeftAlone() throws IOException {
        Files.createDirectories(cluster.dataFolder());
        Files.writeString(
                cluster.dataFolder().resolve("cluster.json"), "{\"layout\": 99, \"settings\": {}}");
        Command up = cluster.tryUp();

        assertThat(up.exitStatus()).isEqualTo(1);
        assertThat(sentences(up).getLast()).contains("newer version").contains("--data-dir");
        assertThat(Files.readString(cluster.dataFolder().resolve("cluster.json"))).contains("99");
    }

    private static List<String> sentences(Command command) {
        return command.output().lines().filter(line -> line.startsWith("fairlead: ")).toList();
    }
}
