package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The first example on machines without kubectl: through the fabric8 client, and by the program's own demo.
class Fabric8EndToEndTest {
    private static final Path ROOT =
            Path.of(System.getProperty("fairlead.root", "../..")).toAbsolutePath().normalize();

    @Test
    void theExampleHoldsThroughFabric8AndTheDemoPlaysIt() throws Exception {
        try (HostNamespace host = HostNamespace.create();
                TestCluster cluster = TestCluster.started(host)) {
            Command scenario =
                    host.run(
                            System.getProperty("java.home") + "/bin/java",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "io.fairlead.cli.Fabric8Scenario",
                            cluster.kubeconfig().toString(),
                            ROOT.resolve("examples/web/web.yaml").toString());
            assertThat(scenario.succeeded().output()).contains("the scenario holds");

            assertThat(cluster.run("demo").succeeded().output()).contains("That was all");
        }
    }
}
