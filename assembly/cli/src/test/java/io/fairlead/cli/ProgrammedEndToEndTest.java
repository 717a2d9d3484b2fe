package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Await;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Condition `fairlead.io/Programmed` of Services that ask for it, as `kubectl wait` sees it.
class ProgrammedEndToEndTest {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final String CONDITION = "fairlead.io/Programmed";

    private static final String SLICE =
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: web-mine, labels: {kubernetes.io/service-name: web}}
            addressType: IPv4
            ports: [{name: 80-8080, port: 8080}]
            endpoints: [{addresses: [10.244.1.77]}]
            """;

    @TempDir static Path folder;
    private static HostNamespace host;
    private static TestCluster cluster;

    @BeforeAll
    static void up() throws IOException {
        Requirement.rootAnd("kubectl");
        host = HostNamespace.create();
        cluster = TestCluster.started(host, "--nodes", "2");
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
    void becomesTrueAgainAfterEachChangeOfTheService() throws IOException {
        create("web");
        cluster.kubectl("annotate", "svc/web", "fairlead.io/report-programmed=true").succeeded();
        await("web");
        String since = version("web");

        // Endpoints come and go without anybody writing the Service.
        Path slice = Files.writeString(folder.resolve("slice.yaml"), SLICE);
        cluster.kubectl("apply", "-f", slice.toString()).succeeded();
        cluster.run("wait", "svc/web").succeeded();
        assertThat(version("web")).isEqualTo(since);

        String changed =
                cluster.kubectl(
                                "patch",
                                "svc/web",
                                "--patch={\"spec\":{\"externalIPs\":[\"192.0.2.7\"]}}",
                                "--output=jsonpath={.status.conditions[0].status}")
                        .succeeded()
                        .output();
        assertThat(changed).contains("False");
        await("web");
    }

    @Test
    void namesTheNodeThatDoesNotAnswer() {
        onNode("node-2", "nft", "add", "table", "inet", "deaf");
        onNode(
                "node-2",
                "nft",
                "add chain inet deaf in { type filter hook input priority 0; }; add rule inet deaf in"
                        + " tcp dport 10256 reject with tcp reset");
        create("slow");
        cluster.kubectl("annotate", "svc/slow", "fairlead.io/report-programmed=true").succeeded();
        Await.untilAsserted(
                SOON,
                () ->
                        assertThat(field("slow", "{.status.conditions[0].message}"))
                                .isEqualTo("the proxy of node-2 does not answer"));
        assertThat(field("slow", "{.status.conditions[0].status}")).isEqualTo("False");
        onNode("node-2", "nft", "delete", "table", "inet", "deaf");
        await("slow");
    }

    @Test
    void leavesServicesAloneThatDoNotAsk() {
        create("plain");
        String since = version("plain");
        create("asking");
        cluster.kubectl("annotate", "svc/asking", "fairlead.io/report-programmed=true").succeeded();
        await("asking");
        assertThat(version("plain")).isEqualTo(since);
        assertThat(field("plain", "{.status}")).isEqualTo("{\"loadBalancer\":{}}");
    }

    private static void create(String service) {
        cluster.kubectl("create", "service", "clusterip", service, "--tcp=80:8080").succeeded();
    }

    private static void await(String service) {
        cluster.kubectl(
                        "wait",
                        "--for=condition=" + CONDITION,
                        "svc/" + service,
                        "--timeout=" + SOON.toSeconds() + "s")
                .succeeded();
        assertThat(field(service, "{.status.conditions[0].type}")).isEqualTo(CONDITION);
    }

    private static String version(String service) {
        return field(service, "{.metadata.resourceVersion}");
    }

    private static String field(String service, String path) {
        return cluster.kubectl("get", "svc", service, "-o", "jsonpath=" + path)
                .succeeded()
                .output();
    }

    private static void onNode(String node, String... words) {
        String[] line = new String[words.length + 4];
        line[0] = "node";
        line[1] = "exec";
        line[2] = node;
        line[3] = "--";
        System.arraycopy(words, 0, line, 4, words.length);
        cluster.run(line).succeeded();
    }
}
