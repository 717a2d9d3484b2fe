package io.fairlead.cli;

import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.Machine;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A cluster in a process of its own, inside a namespace that plays the host, from the classes of this build.
final class TestCluster implements AutoCloseable {
    private static final Duration UP_WITHIN = Duration.ofMinutes(2);

    private final HostNamespace host;
    private final String name;
    private final Path folder;
    private @Nullable Process process;
    private @Nullable Path output;

    private TestCluster(HostNamespace host, String name, Path folder) {
        this.host = host;
        this.name = name;
        this.folder = folder;
    }

    /// A cluster of a name nobody else has, not yet started.
    static TestCluster on(HostNamespace host) throws IOException {
        Requirement.rootAnd("ip", "nft", "nsenter", "busybox");
        Requirement.require(
                Stream.of("runc", "crun")
                        .anyMatch(program -> Requirement.find(program).isPresent()),
                "neither runc nor crun is on the path");
        String name = "t" + UUID.randomUUID().toString().substring(0, 6);
        return new TestCluster(host, name, Files.createTempDirectory("fairlead-test"));
    }

    static TestCluster started(HostNamespace host, String... options) throws IOException {
        TestCluster cluster = on(host);
        cluster.up(options);
        return cluster;
    }

    String name() {
        return name;
    }

    Path kubeconfig() {
        return folder.resolve("kubeconfig");
    }

    /// Starts it and waits until it says that it is ready.
    ///
    /// @return what it printed
    String up(String... options) throws IOException {
        Path printed = Files.createTempFile(folder, "up", ".out");
        output = printed;
        List<String> words =
                new ArrayList<>(fairlead("up", "--kubeconfig", kubeconfig().toString()));
        words.addAll(Arrays.asList(options));
        Process started =
                new ProcessBuilder(host.inside(words.toArray(String[]::new)))
                        .redirectErrorStream(true)
                        .redirectOutput(printed.toFile())
                        .start();
        process = started;
        Await.until(
                UP_WITHIN,
                () -> {
                    String text = Files.readString(printed);
                    if (!started.isAlive() && !text.contains("Stop it with")) {
                        throw new IllegalStateException(
                                "up ended with " + started.exitValue() + ": " + text);
                    }
                    return text.contains("Stop it with");
                });
        return Files.readString(printed);
    }

    /// `up` that is expected to end by itself.
    Command tryUp(String... options) {
        List<String> words =
                new ArrayList<>(fairlead("up", "--kubeconfig", kubeconfig().toString()));
        words.addAll(Arrays.asList(options));
        return host.run(words.toArray(String[]::new));
    }

    /// Ends the process as a crash does.
    void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly().onExit().orTimeout(20, TimeUnit.SECONDS).join();
        }
    }

    long processId() {
        Process running = process;
        return running == null ? -1 : running.pid();
    }

    Command down(String... options) {
        List<String> words =
                new ArrayList<>(fairlead("down", "--kubeconfig", kubeconfig().toString()));
        words.addAll(Arrays.asList(options));
        return host.run(words.toArray(String[]::new));
    }

    /// Runs a command of the program about this cluster.
    Command run(String... words) {
        return host.run(fairlead(words).toArray(String[]::new));
    }

    Command kubectl(String... words) {
        return kubectlAs("kubectl", words);
    }

    Command kubectlAs(String program, String... words) {
        List<String> line = new ArrayList<>(List.of(program));
        line.addAll(Arrays.asList(words));
        return host.run(
                Map.of("KUBECONFIG", kubeconfig().toString(), "HOME", folder.toString()),
                line.toArray(String[]::new));
    }

    private List<String> fairlead(String... words) {
        List<String> line = program(words);
        // After the sub-command of a command group, before a "--".
        int at = line.size();
        for (int i = 0; i < line.size(); i++) {
            if ("--".equals(line.get(i))) {
                at = i;
            }
        }
        line.addAll(at, List.of("--name", name, "--data-dir", folder.resolve("data").toString()));
        return line;
    }

    /// The command line of the program from this build's classes.
    static List<String> program(String... words) {
        Path root =
                Path.of(System.getProperty("fairlead.root", "../..")).toAbsolutePath().normalize();
        List<String> line =
                new ArrayList<>(
                        List.of(
                                System.getProperty("java.home") + "/bin/java",
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xmx512m",
                                "-Dfairlead.home=" + root,
                                "--enable-native-access=ALL-UNNAMED",
                                "--sun-misc-unsafe-memory-access=allow",
                                "-cp",
                                System.getProperty("java.class.path"),
                                "io.fairlead.cli.Fairlead"));
        line.addAll(Arrays.asList(words));
        return line;
    }

    /// The file that a node's namespace is mounted on.
    Path nodeNamespace(String node) {
        return new Machine(ClusterFolders.of(name, Optional.of(dataFolder()))).nodeNamespace(node);
    }

    Path dataFolder() {
        return folder.resolve("data");
    }

    @Override
    public void close() throws IOException {
        Path printed = output;
        down("--delete");
        kill();
        if (printed != null && Boolean.getBoolean("fairlead.show")) {
            System.out.println(Files.readString(printed));
        }
        Command.run("rm", "-rf", folder.toString());
    }
}
