package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// The program that makes containers, crun or runc: its command lines and its error messages.
public final class OciProgram {
    /// Below a cluster's run directory.
    public static final String STATE_FOLDER = "oci";

    private static final String SOCKETS_FOLDER = "tty";
    private static final String TRIAL_FOLDER = "oci-trial";

    /// All that it may leave below a cluster's run directory.
    static final List<String> FOLDERS = List.of(STATE_FOLDER, SOCKETS_FOLDER, TRIAL_FOLDER);

    /// How long a terminal may take to arrive after its process was started.
    static final Duration TERMINAL_LIMIT = Duration.ofSeconds(10);

    private static final File NOTHING = new File("/dev/null");

    private final Path program;
    private final Path stateDirectory;
    private final ProcessStarter processes;
    private final AtomicLong sockets = new AtomicLong();

    /// @param stateDirectory where the program keeps its notes; one for each cluster
    public OciProgram(Path program, Path stateDirectory, ProcessStarter processes) {
        this.program = program;
        this.stateDirectory = stateDirectory;
        this.processes = processes;
    }

    /// The first of the programs that can really make a container here. Some versions of crun refuse some layouts of cgroups, and
    /// say so only when asked to start one.
    ///
    /// @param candidates in order of preference
    /// @param runDirectory as in [NodeSettings#runDirectory]
    /// @param cgroup of the trial, such as `/fairlead/dev/trial`
    /// @throws NodeException when none works; the message says why for each
    public static OciProgram choose(
            List<Path> candidates, Path runDirectory, String cgroup, ProcessStarter processes) {
        Path stateDirectory = runDirectory.resolve(STATE_FOLDER);
        Path scratchDirectory = runDirectory.resolve(TRIAL_FOLDER);
        List<String> failures = new ArrayList<>();
        for (Path candidate : candidates) {
            if (!Files.isExecutable(candidate)) {
                failures.add(candidate + " is not there");
                continue;
            }
            OciProgram program = new OciProgram(candidate, stateDirectory, processes);
            String failure = program.trial(scratchDirectory, cgroup);
            if (failure.isEmpty()) {
                return program;
            }
            failures.add(candidate + ": " + failure);
        }
        throw new NodeException(
                "no OCI runtime works on this machine ("
                        + String.join("; ", failures)
                        + "); install runc");
    }

    Path program() {
        return program;
    }

    /// Starts the container of a bundle and returns when its process runs. Its standard streams are FIFOs that it holds open for
    /// reading and writing, so that it outlives their other ends.
    ///
    /// @throws ContainerStartException with the program's own words
    void run(String id, Path bundle, Streams streams) throws ContainerStartException {
        Path log = bundle.resolve("runtime.log");
        List<String> line = new ArrayList<>();
        line.add("/bin/sh");
        line.add("-c");
        line.add("exec <\"$1\" 1<>\"$2\" 2<>\"$3\"; shift 3; exec \"$@\"");
        line.add("sh");
        line.add(streams.input().toString());
        line.add(streams.output().toString());
        line.add(streams.error().toString());
        line.addAll(globals(log));
        line.addAll(runWords(bundle));
        line.add(id);
        runToStart(line, log);
    }

    /// Like [#run], but the container sees a terminal, whose other end is sent to a console socket.
    void runWithTerminal(String id, Path bundle, Path consoleSocket)
            throws ContainerStartException {
        Path log = bundle.resolve("runtime.log");
        List<String> line = new ArrayList<>(globals(log));
        line.addAll(runWords(bundle));
        line.addAll(List.of("--console-socket", consoleSocket.toString(), id));
        runToStart(line, log);
    }

    private static List<String> runWords(Path bundle) {
        return List.of(
                "run",
                "--detach",
                "--bundle",
                bundle.toString(),
                "--pid-file",
                bundle.resolve("pid").toString());
    }

    private void runToStart(List<String> line, Path log) throws ContainerStartException {
        try {
            int status = processes.run(quiet(line));
            if (status != 0) {
                throw new ContainerStartException(lastError(log, status));
            }
        } catch (IOException e) {
            throw new ContainerStartException("cannot run " + program, e);
        }
    }

    /// Where a console socket may listen: unused, and short, as the kernel wants it.
    Path newSocketPath() throws IOException {
        Path folder = stateDirectory.resolveSibling(SOCKETS_FOLDER);
        Files.createDirectories(folder);
        Path path = folder.resolve(Long.toString(sockets.incrementAndGet()));
        Files.deleteIfExists(path);
        return path;
    }

    /// Starts a command with a terminal inside a container and returns when it runs.
    ///
    /// @param pidFile where its process number is written
    void execDetached(String id, ExecRequest request, Path consoleSocket, Path pidFile)
            throws IOException {
        Path log = pidFile.resolveSibling(pidFile.getFileName() + ".log");
        List<String> line = new ArrayList<>(globals(log));
        line.addAll(
                List.of(
                        "exec",
                        "--tty",
                        "--detach",
                        "--console-socket",
                        consoleSocket.toString(),
                        "--pid-file",
                        pidFile.toString(),
                        id));
        line.addAll(request.command());
        try {
            int status = processes.run(quiet(line));
            if (status != 0) {
                throw new IOException(lastError(log, status));
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    /// What a container's standard streams are connected to.
    record Streams(Path input, Path output, Path error) {}

    /// The command line that runs a command without a terminal inside a container, in the foreground.
    List<String> execLine(String id, ExecRequest request) {
        List<String> line = new ArrayList<>(globals(NOTHING.toPath()));
        line.add("exec");
        line.add(id);
        line.addAll(request.command());
        return line;
    }

    void signal(String id, String signal) {
        runQuietly(List.of("kill", id, signal));
    }

    /// Gives a container other resources.
    ///
    /// @param resources a file with them
    /// @throws IOException when it keeps those it has
    void update(String id, Path resources) throws IOException {
        Path log = resources.resolveSibling("update.log");
        List<String> line = new ArrayList<>(globals(log));
        line.addAll(List.of("update", "--resources", resources.toString(), id));
        try {
            int status = processes.run(quiet(line));
            if (status != 0) {
                throw new IOException(lastError(log, status));
            }
        } finally {
            Files.deleteIfExists(log);
        }
    }

    /// Ends what is left of a container and forgets it.
    void delete(String id) {
        runQuietly(List.of("delete", "--force", id));
    }

    private void runQuietly(List<String> words) {
        List<String> line = new ArrayList<>(globals(NOTHING.toPath()));
        line.addAll(words);
        try {
            int status = processes.run(quiet(line));
            if (status != 0) {
                System.getLogger("io.fairlead.node")
                        .log(System.Logger.Level.DEBUG, "{0} ended with {1}", line, status);
            }
        } catch (IOException e) {
            throw new NodeException("cannot run " + program, e);
        }
    }

    private List<String> globals(Path log) {
        return List.of(
                program.toString(),
                "--root",
                stateDirectory.toString(),
                "--log",
                log.toString(),
                "--log-format",
                "json");
    }

    private static ProcessBuilder quiet(List<String> line) {
        return new ProcessBuilder(line)
                .redirectInput(NOTHING)
                .redirectOutput(NOTHING)
                .redirectError(NOTHING);
    }

    /// Empty when a container could be made.
    private String trial(Path scratchDirectory, String cgroup) {
        String id = "trial-" + program.getFileName();
        try {
            Path root = scratchDirectory.resolve("rootfs");
            Files.createDirectories(root);
            Files.createDirectories(stateDirectory);
            Files.write(
                    scratchDirectory.resolve("config.json"),
                    JsonWriter.bytes(OciTrial.config(root, cgroup)));
            run(
                    id,
                    scratchDirectory,
                    new Streams(NOTHING.toPath(), NOTHING.toPath(), NOTHING.toPath()));
            return "";
        } catch (ContainerStartException e) {
            return String.valueOf(e.getMessage());
        } catch (IOException e) {
            throw new NodeException("cannot try " + program, e);
        } finally {
            delete(id);
            FileTrees.delete(scratchDirectory);
        }
    }

    private static String lastError(Path log, int status) {
        try {
            for (String line : Files.readAllLines(log).reversed()) {
                Json entry = JsonReader.read(line);
                if (entry.text("level").equals("error") || entry.text("level").equals("fatal")) {
                    return entry.text("msg");
                }
            }
        } catch (IOException | JsonSyntaxException e) {
            return "the container runtime ended with status " + status;
        }
        return "the container runtime ended with status " + status;
    }
}
