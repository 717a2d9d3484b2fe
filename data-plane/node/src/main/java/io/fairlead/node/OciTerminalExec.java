package io.fairlead.node;

import io.fairlead.linux.ConsoleSocket;
import io.fairlead.linux.LinuxException;
import io.fairlead.linux.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/// A command inside an OCI container that sees a terminal.
final class OciTerminalExec implements ExecProcess {
    private static final int UNKNOWN = 255;

    private final Terminal terminal;
    private final long pid;
    private final CompletableFuture<Integer> exit;

    private OciTerminalExec(Terminal terminal, long pid, CompletableFuture<Integer> exit) {
        this.terminal = terminal;
        this.pid = pid;
        this.exit = exit;
    }

    static ExecProcess start(OciProgram program, ProcessExits exits, String id, ExecRequest request)
            throws IOException {
        Path socketPath = program.newSocketPath();
        Path pidFile = socketPath.resolveSibling(socketPath.getFileName() + ".pid");
        try (ConsoleSocket socket = ConsoleSocket.listen(socketPath)) {
            program.execDetached(id, request, socketPath, pidFile);
            Terminal terminal =
                    socket.accept(OciProgram.TERMINAL_LIMIT)
                            .orElseThrow(() -> new IOException("the runtime sent no terminal"));
            long pid = Long.parseLong(Files.readString(pidFile).strip());
            return new OciTerminalExec(
                    terminal, pid, exits.of(pid).thenApply(code -> code < 0 ? UNKNOWN : code));
        } catch (LinuxException e) {
            throw new IOException("cannot open a terminal: " + e.getMessage(), e);
        } finally {
            Files.deleteIfExists(pidFile);
        }
    }

    @Override
    public OutputStream input() {
        return terminal.output();
    }

    @Override
    public InputStream output() {
        return terminal.input();
    }

    @Override
    public InputStream error() {
        return InputStream.nullInputStream();
    }

    @Override
    public void resize(int columns, int rows) {
        terminal.resize(columns, rows);
    }

    @Override
    public CompletableFuture<Integer> exit() {
        return exit;
    }

    @Override
    public void kill() {
        if (!exit.isDone()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        terminal.close();
    }
}
