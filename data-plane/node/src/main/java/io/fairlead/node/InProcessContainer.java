package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A container that is a program inside this one.
final class InProcessContainer implements RunningContainer {
    private static final int FAILED = 1;
    private static final int KILLED = 137;

    private final ContainerIdentity identity;
    private final Instant started;
    private final CompletableFuture<ContainerExit> exit = new CompletableFuture<>();
    private final Runnable stop;
    private final InstantSource clock;
    private final Runnable end;

    InProcessContainer(
            ContainerIdentity identity,
            RunningProgram program,
            ContainerLog log,
            Runnable closeNamespace,
            InstantSource clock) {
        this.identity = identity;
        this.started = clock.instant();
        this.clock = clock;
        this.stop = program::stop;
        this.end =
                () -> {
                    log.end();
                    closeNamespace.run();
                };
        var _ =
                program.exit()
                        .whenComplete((code, failure) -> {
                            if (failure == null) {
                                end(ContainerExit.of(code == null ? 0 : code, clock.instant()));
                            } else {
                                end(
                                        new ContainerExit(
                                                FAILED,
                                                "Error",
                                                String.valueOf(failure.getMessage()),
                                                clock.instant()));
                            }
                        });
    }

    private InProcessContainer(ContainerIdentity identity, ContainerLog log, InstantSource clock) {
        this.identity = identity;
        this.started = clock.instant();
        this.clock = clock;
        this.stop = () -> {};
        this.end = log::end;
        end(ContainerExit.unknown(clock.instant()));
    }

    /// One that ended with an earlier life of this program.
    static InProcessContainer lost(
            ContainerIdentity identity, ContainerLog log, InstantSource clock) {
        return new InProcessContainer(identity, log, clock);
    }

    @Override
    public void adjust(JsonObject resources) {}

    @Override
    public ContainerIdentity identity() {
        return identity;
    }

    @Override
    public Instant started() {
        return started;
    }

    @Override
    public CompletableFuture<ContainerExit> exit() {
        return exit;
    }

    @Override
    public void stop() {
        stop.run();
    }

    @Override
    public void kill() {
        stop.run();
        end(ContainerExit.of(KILLED, clock.instant()));
    }

    @Override
    public void writeInput(byte[] bytes) throws IOException {
        throw new IOException("container " + identity.container() + " has no standard input");
    }

    @Override
    public void endInput() {
        // It has none.
    }

    @Override
    public void resize(int columns, int rows) {
        // It has no terminal.
    }

    @Override
    public ExecProcess exec(ExecRequest request) throws IOException {
        throw new IOException(
                "container %s runs inside Fairlead and has no programs to execute"
                        .formatted(identity.container()));
    }

    @Override
    public Optional<Path> processNamespace() {
        return Optional.empty();
    }

    @Override
    public void leave() {
        stop.run();
    }

    @Override
    public void remove() {
        // It left nothing.
    }

    private void end(ContainerExit told) {
        if (exit.isDone()) {
            return;
        }
        end.run();
        exit.complete(told);
    }
}
