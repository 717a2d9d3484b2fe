package io.fairlead.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Real kubectl against the server. Which ones: the paths in the environment variable `KUBECTLS` (separated by colons), else what is found on the `PATH`.
class KubectlEndToEndTest {
    private static final int VERSIONS_MAX = 3;
    private static final String NONE = "";

    @TempDir Path folder;
    private TestServer server;

    @BeforeEach
    void start() throws IOException {
        server = TestServer.start(folder);
        server.furnishNamespaces();
        Files.writeString(folder.resolve("kubeconfig"), server.kubeconfig("admin", User.MASTERS));
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @ParameterizedTest
    @MethodSource("kubectls")
    void createsShowsChangesAndDeletes(String kubectl) throws Exception {
        Assumptions.assumeFalse(
                kubectl.equals(NONE), "no kubectl on the PATH and none in KUBECTLS");
        Path manifest = folder.resolve("web.yaml");
        Files.writeString(
                manifest,
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, labels: {app: web}}
                spec:
                  replicas: 2
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: main, image: example.com/web:1}]}
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
                """);

        assertThat(run(kubectl, "get", "ns"))
                .contains("default", "kube-system", "kube-public", "kube-node-lease");
        assertThat(run(kubectl, "apply", "-f", manifest.toString()))
                .contains("deployment.apps/web created", "service/web created");
        assertThat(run(kubectl, "apply", "-f", manifest.toString()))
                .contains("deployment.apps/web unchanged", "service/web unchanged");
        assertThat(run(kubectl, "get", "deploy,svc", "web")).contains("deployment.apps/web   0/2");
        assertThat(run(kubectl, "scale", "deploy", "web", "--replicas=3")).contains("scaled");
        assertThat(run(kubectl, "get", "deploy", "web", "-o", "jsonpath={.spec.replicas}"))
                .isEqualTo("3");
        assertThat(run(kubectl, "label", "svc", "web", "tier=front")).contains("labeled");
        assertThat(run(kubectl, "create", "configmap", "c", "--from-literal=k=v"))
                .contains("configmap/c created");
        assertThat(run(kubectl, "get", "cm", "c", "-o", "jsonpath={.data.k}")).isEqualTo("v");
        assertThat(run(kubectl, "create", "token", "default")).contains(".");
        assertThat(run(kubectl, "auth", "can-i", "list", "pods", "--as=jane", "--quiet=false"))
                .startsWith("no");
        assertThat(run(kubectl, "explain", "service.spec.clusterIP")).contains("clusterIP");
        assertThat(run(kubectl, "delete", "-f", manifest.toString()))
                .contains("deployment.apps \"web\" deleted", "service \"web\" deleted");
    }

    static Stream<String> kubectls() throws IOException {
        String named = System.getenv().getOrDefault("KUBECTLS", "");
        List<String> found = new ArrayList<>();
        if (!named.isEmpty()) {
            found.addAll(List.of(named.split(File.pathSeparator)));
        } else {
            for (String part : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
                Path folder = Path.of(part);
                if (Files.isDirectory(folder)) {
                    try (Stream<Path> files = Files.list(folder)) {
                        files.filter(file ->
                                        file.getFileName()
                                                .toString()
                                                .matches("kubectl(\\.1\\.\\d+)?"))
                                .map(Path::toString)
                                .sorted()
                                .forEach(found::add);
                    }
                }
            }
        }
        if (found.isEmpty()) {
            return Stream.of(NONE);
        }
        // The oldest, one in between and the newest say most.
        return found.size() <= VERSIONS_MAX
                ? found.stream()
                : Stream.of(found.getFirst(), found.get(found.size() / 2), found.getLast());
    }

    private String run(String kubectl, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(kubectl));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("KUBECONFIG", folder.resolve("kubeconfig").toString());
        builder.environment().put("HOME", folder.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return output;
    }
}
