package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.linux.Terminal;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// One container that crun or runc made. What must survive this program is in its directory.
final class OciContainer implements RunningContainer {
    /// What it works with; the same for all containers of a runtime.
    record Parts(
            OciProgram program,
            Cgroups cgroups,
            ProcessExits exits,
            ProcessStarter processes,
            InstantSource clock,
            ThreadFactory pumpThreads) {}

    /// Where its standard input comes from.
    enum Input {
        NONE,
        /// For any number of clients, one after the other.
        KEPT_OPEN,
        /// For one client, at whose end it ends.
        ONCE
    }

    private static final int KILLED = 137;

    private final ContainerIdentity identity;
    private final Path directory;
    private final ContainerLog log;
    private final Parts parts;
    private final CompletableFuture<ContainerExit> exit = new CompletableFuture<>();
    private final List<OutputPump> pumps = new ArrayList<>();
    private volatile Instant started;
    private volatile boolean endsInputOnce;
    private volatile boolean isLeft;
    private volatile @Nullable RandomAccessFile input;
    private volatile @Nullable Terminal terminal;
    private volatile long pid;

    OciContainer(ContainerIdentity identity, Path directory, ContainerLog log, Parts parts) {
        this.identity = identity;
        this.directory = directory;
        this.log = log;
        this.parts = parts;
        this.started = parts.clock.instant();
    }

    @Override
    public ContainerIdentity identity() {
        return identity;
    }

    @Override
    public Instant started() {
        return started;
    }

    @Override
    public void adjust(JsonObject resources) throws IOException {
        Path file = directory.resolve("resources.json");
        Files.write(file, JsonWriter.bytes(OciResources.update(resources)));
        parts.program.update(identity.id(), file);
    }

    @Override
    public CompletableFuture<ContainerExit> exit() {
        return exit;
    }

    /// Begins to read its output, and opens its input, before it is started.
    void open(Input source) throws IOException {
        pumps.add(pump("stdout", OutputStreamName.STDOUT));
        pumps.add(pump("stderr", OutputStreamName.STDERR));
        endsInputOnce = source == Input.ONCE;
        if (source != Input.NONE) {
            input = new RandomAccessFile(directory.resolve("stdin").toFile(), "rw");
        }
    }

    /// Reads and writes a terminal, which it was started with.
    void open(Terminal master) {
        terminal = master;
        pumps.add(TerminalPump.start(master, log, parts.pumpThreads));
    }

    /// Its start failed: lets go of what was prepared.
    void abandon() {
        finishPumps();
        closeInput();
        remove();
    }

    /// From now on its end is noticed.
    void watch() throws IOException {
        readProcess();
        var _ =
                parts.exits
                        .of(pid)
                        .whenComplete((code, failure) ->
                                onExit(failure == null && code != null ? code : -1));
    }

    /// Takes up what an earlier program left: still running, ended and told, or ended unseen.
    void meetAgain() {
        try {
            readProcess();
            Optional<ContainerExit> known = storedExit();
            if (known.isPresent()) {
                log.end();
                exit.complete(known.get());
                return;
            }
            pumps.add(pump("stdout", OutputStreamName.STDOUT));
            pumps.add(pump("stderr", OutputStreamName.STDERR));
            if (parts.cgroups.contains(identity, pid)) {
                var _ =
                        parts.exits
                                .of(pid)
                                .whenComplete((code, failure) ->
                                        onExit(failure == null && code != null ? code : -1));
            } else {
                onExit(-1);
            }
        } catch (IOException | NumberFormatException e) {
            throw new NodeException("cannot take up container " + identity.id(), e);
        }
    }

    /// Its number, and when it was started: a later life of this program must come to the same time.
    private void readProcess() throws IOException {
        Path file = directory.resolve("pid");
        pid = Long.parseLong(Files.readString(file).strip());
        started = Files.getLastModifiedTime(file).toInstant();
    }

    @Override
    public void stop() {
        if (!exit.isDone()) {
            signal(stopSignal());
        }
    }

    @Override
    public void kill() {
        if (!exit.isDone()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
            parts.cgroups.kill(identity);
        }
    }

    @Override
    public void writeInput(byte[] bytes) throws IOException {
        Terminal master = terminal;
        if (master != null) {
            master.output().write(bytes);
            return;
        }
        RandomAccessFile open = input;
        if (open == null) {
            throw new IOException("container " + identity.container() + " has no standard input");
        }
        open.write(bytes);
    }

    @Override
    public void endInput() {
        if (endsInputOnce) {
            closeInput();
        }
    }

    @Override
    public void resize(int columns, int rows) {
        Terminal master = terminal;
        if (master != null) {
            master.resize(columns, rows);
        }
    }

    private void closeInput() {
        RandomAccessFile open = input;
        input = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new NodeException("cannot close the input of " + identity.id(), e);
            }
        }
    }

    @Override
    public ExecProcess exec(ExecRequest request) throws IOException {
        if (exit.isDone()) {
            throw new IOException("container " + identity.container() + " is not running");
        }
        return request.terminal() == ExecRequest.Terminal.PRESENT
                ? OciTerminalExec.start(parts.program, parts.exits, identity.id(), request)
                : OciExec.start(parts.program, parts.processes, identity.id(), request);
    }

    @Override
    public Optional<Path> processNamespace() {
        return exit.isDone() ? Optional.empty() : Optional.of(Path.of("/proc/" + pid + "/ns/pid"));
    }

    @Override
    public void leave() {
        isLeft = true;
        finishPumps();
        closeInput();
    }

    @Override
    public void remove() {
        parts.program.delete(identity.id());
        OciRuntime.unmountRoot(directory);
        parts.cgroups.remove(identity);
        // Process number and exit stay, so that a later life of this program knows what was.
        for (String name : new String[] {"rootfs", "upper", "work"}) {
            FileTrees.deleteIfThere(directory.resolve(name));
        }
    }

    private void signal(String signal) {
        if (signal.equals("SIGTERM")) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
        } else {
            parts.program.signal(identity.id(), signal);
        }
    }

    private String stopSignal() {
        try {
            Path file = directory.resolve("stop-signal");
            return Files.exists(file) ? Files.readString(file).strip() : "SIGTERM";
        } catch (IOException e) {
            return "SIGTERM";
        }
    }

    private FifoPump pump(String fifo, OutputStreamName stream) {
        return FifoPump.start(directory.resolve(fifo), stream, log, parts.pumpThreads);
    }

    private void finishPumps() {
        for (OutputPump pump : pumps) {
            var _ = pump.finish();
        }
    }

    private void onExit(int code) {
        if (isLeft) {
            return;
        }
        Instant now = parts.clock.instant();
        ContainerExit told;
        if (code < 0) {
            told = ContainerExit.unknown(now);
        } else if (code == KILLED && parts.cgroups.ranOutOfMemory(identity)) {
            told = new ContainerExit(code, "OOMKilled", "", now);
        } else {
            told = ContainerExit.of(code, now);
        }
        closeInput();
        List<CompletableFuture<Void>> drained = pumps.stream().map(OutputPump::finish).toList();
        var _ =
                CompletableFuture.allOf(drained.toArray(CompletableFuture[]::new))
                        .whenComplete((nothing, failure) -> {
                            log.end();
                            store(told);
                            exit.complete(told);
                        });
    }

    private void store(ContainerExit told) {
        JsonObject tree =
                JsonObject.builder()
                        .put("code", told.code())
                        .put("reason", told.reason())
                        .put("message", told.message())
                        .put("finished", told.finished().toString())
                        .build();
        try {
            Path draft = directory.resolve("exit.json.new");
            Files.write(draft, JsonWriter.bytes(tree));
            Files.move(draft, directory.resolve("exit.json"), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            System.getLogger("io.fairlead.node")
                    .log(System.Logger.Level.WARNING, "cannot note the end of " + identity.id(), e);
        }
    }

    private Optional<ContainerExit> storedExit() throws IOException {
        Path file = directory.resolve("exit.json");
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonObject tree = JsonReader.readObject(Files.readAllBytes(file));
            return Optional.of(
                    new ContainerExit(
                            (int) tree.number(KILLED, "code"),
                            tree.text("reason"),
                            tree.text("message"),
                            Instant.parse(tree.text("finished"))));
        } catch (JsonSyntaxException e) {
            return Optional.empty();
        }
    }
}
