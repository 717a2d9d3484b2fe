package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.linux.ConsoleSocket;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Mounts;
import io.fairlead.linux.Terminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/// Containers made by crun or runc: an overlayfs over the image's layers, a process in namespaces and a cgroup of its own. They
/// outlive this program; [#find] meets them again.
///
/// A run's directory holds: `config.json`, `rootfs` (the mount), `upper` and `work`, the FIFOs `stdin`, `stdout` and `stderr`, `pid`,
/// and `exit.json` once it has ended.
public final class OciRuntime implements ContainerRuntime {
    private final OciProgram program;
    private final Cgroups cgroups;
    private final ProcessExits exits;
    private final ProcessStarter processes;
    private final InstantSource clock;
    private final ThreadFactory pumpThreads;

    /// @param pumpThreads platform threads, one for each output stream of each container, which mostly wait
    public OciRuntime(
            OciProgram program,
            Cgroups cgroups,
            ProcessExits exits,
            ProcessStarter processes,
            InstantSource clock,
            ThreadFactory pumpThreads) {
        this.program = program;
        this.cgroups = cgroups;
        this.exits = exits;
        this.processes = processes;
        this.clock = clock;
        this.pumpThreads = pumpThreads;
    }

    @Override
    public RunningContainer start(ContainerPlan plan)
            throws ConfigurationException, ContainerStartException {
        Path directory = plan.directory();
        Path root = directory.resolve("rootfs");
        if (plan.commandLine().isEmpty()) {
            throw new ContainerStartException("no command specified");
        }
        try {
            mountRoot(plan, root);
            OciUser user = OciUser.of(plan);
            String cgroup = cgroups.path(plan.identity());
            JsonObject config = OciConfig.of(plan, user, root, cgroup);
            Files.write(directory.resolve("config.json"), JsonWriter.bytes(config));
            for (String name : new String[] {"stdin", "stdout", "stderr"}) {
                Fifo.create(directory.resolve(name));
            }
            OciContainer container =
                    new OciContainer(plan.identity(), directory, plan.log(), parts());
            try {
                if (plan.spec().tree().flag("tty")) {
                    startWithTerminal(plan, container);
                } else {
                    startWithPipes(plan, container);
                }
            } catch (ContainerStartException e) {
                container.abandon();
                throw e;
            }
            container.watch();
            return container;
        } catch (IOException e) {
            throw new ContainerStartException("cannot prepare " + directory, e);
        } catch (LinuxException e) {
            throw new ContainerStartException("cannot mount the root file system", e);
        }
    }

    @Override
    public Optional<RunningContainer> find(
            ContainerIdentity identity, Path directory, ContainerLog log) {
        if (!Files.exists(directory.resolve("pid"))) {
            // It was being started when its starter died: whatever is there never became visible.
            discard(identity, directory);
            return Optional.empty();
        }
        OciContainer container = new OciContainer(identity, directory, log, parts());
        container.meetAgain();
        return Optional.of(container);
    }

    @Override
    public void discard(ContainerIdentity identity, Path directory) {
        program.delete(identity.id());
        unmountRoot(directory);
    }

    private void startWithPipes(ContainerPlan plan, OciContainer container)
            throws ContainerStartException, IOException {
        Path directory = plan.directory();
        boolean hasInput = plan.spec().tree().flag("stdin");
        OciContainer.Input input =
                plan.spec().tree().flag("stdinOnce")
                        ? OciContainer.Input.ONCE
                        : OciContainer.Input.KEPT_OPEN;
        container.open(hasInput ? input : OciContainer.Input.NONE);
        program.run(
                plan.identity().id(),
                directory,
                new OciProgram.Streams(
                        hasInput ? directory.resolve("stdin") : Path.of("/dev/null"),
                        directory.resolve("stdout"),
                        directory.resolve("stderr")));
    }

    private void startWithTerminal(ContainerPlan plan, OciContainer container)
            throws ContainerStartException, IOException {
        try (ConsoleSocket socket = ConsoleSocket.listen(program.newSocketPath())) {
            program.runWithTerminal(plan.identity().id(), plan.directory(), socket.path());
            Terminal terminal =
                    socket.accept(OciProgram.TERMINAL_LIMIT)
                            .orElseThrow(() ->
                                    new ContainerStartException(
                                            "the container runtime sent no terminal"));
            container.open(terminal);
        }
    }

    private OciContainer.Parts parts() {
        return new OciContainer.Parts(program, cgroups, exits, processes, clock, pumpThreads);
    }

    private static void mountRoot(ContainerPlan plan, Path root) throws IOException {
        Path upper = plan.directory().resolve("upper");
        Path work = plan.directory().resolve("work");
        Files.createDirectories(root);
        Files.createDirectories(upper);
        Files.createDirectories(work);
        Mounts.overlay(plan.layers().reversed(), upper, work, root);
    }

    static void unmountRoot(Path directory) {
        Path root = directory.resolve("rootfs");
        if (Files.exists(root)) {
            Mounts.detachAllBelow(root);
        }
    }
}
