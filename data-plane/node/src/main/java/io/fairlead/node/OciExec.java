package io.fairlead.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;

/// A command inside an OCI container, started by the runtime program in the foreground and reached through pipes.
final class OciExec implements ExecProcess {
    private final Process process;
    private final CompletableFuture<Integer> exit;

    private OciExec(Process process) {
        this.process = process;
        this.exit = process.onExit().thenApply(Process::exitValue);
    }

    static ExecProcess start(
            OciProgram program, ProcessStarter processes, String id, ExecRequest request)
            throws IOException {
        return new OciExec(processes.start(new ProcessBuilder(program.execLine(id, request))));
    }

    @Override
    public OutputStream input() {
        return process.getOutputStream();
    }

    @Override
    public InputStream output() {
        return process.getInputStream();
    }

    @Override
    public InputStream error() {
        return process.getErrorStream();
    }

    @Override
    public void resize(int columns, int rows) {
        // Without a terminal there is nothing to resize.
    }

    @Override
    public CompletableFuture<Integer> exit() {
        return exit;
    }

    @Override
    public void kill() {
        process.destroy();
    }
}
