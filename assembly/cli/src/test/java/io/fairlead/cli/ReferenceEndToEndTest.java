package io.fairlead.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Recorded answers of a Kubernetes API server, against a cluster of the same shape: no scheduler, no kubelets, two nodes that are objects only.
/// The recordings are not part of the project; `-Dfairlead.reference` says where they are.
class ReferenceEndToEndTest {
    private static final int API_PORT = 16443;

    @Test
    void aClusterAnswersAsRecorded() throws Exception {
        String folder = System.getProperty("fairlead.reference", "");
        Requirement.require(!folder.isEmpty(), "fairlead.reference names no recordings");
        Requirement.rootAnd("python3", "kubectl");
        Path reference = Path.of(folder);
        try (HostNamespace host = HostNamespace.create();
                TestCluster cluster =
                        TestCluster.started(
                                host,
                                "--nodes",
                                "0",
                                "--api-port",
                                String.valueOf(API_PORT),
                                "--load-balancer-pool",
                                "none",
                                "--without",
                                "scheduler,node-lifecycle,dns")) {
            String nodes = reference.resolve("start/nodes.json").toString();
            cluster.kubectl("create", "-f", nodes).succeeded();
            cluster.kubectl("replace", "--subresource=status", "-f", nodes).succeeded();
            cluster.kubectl("taint", "nodes", "--all", "node.kubernetes.io/not-ready-");

            assertThat(conversations(reference, host, cluster)).isEmpty();

            Command replay =
                    host.run(
                            reference.resolve("replay").toString(),
                            "--kubeconfig",
                            cluster.kubeconfig().toString(),
                            reference.resolve("cases").toString());
            assertThat(replay.output()).contains(" 0 failed");
        }
    }

    private static List<String> conversations(
            Path reference, HostNamespace host, TestCluster cluster) throws Exception {
        Conversation.Stage stage =
                new Conversation.Stage(
                        host.inside(),
                        kubectl(),
                        cluster.kubeconfig(),
                        "https://127.0.0.1:" + API_PORT);
        List<String> differences = new ArrayList<>();
        try (Stream<Path> files = Files.list(reference.resolve("conversations/commands"))) {
            for (Path file : files.sorted().toList()) {
                Conversation conversation = Conversation.read(file);
                String namespace = "talk-" + conversation.name();
                Conversation.create(stage, namespace);
                conversation.play(stage, namespace).stream()
                        .map(difference -> conversation.name() + ": " + difference)
                        .forEach(differences::add);
            }
        }
        return differences;
    }

    // The recordings were made with this version, and call it so.
    private static Path kubectl() {
        return Requirement.find("kubectl.1.33").or(() -> Requirement.find("kubectl")).orElseThrow();
    }
}
