package io.fairlead.node;

import io.fairlead.linux.Terminal;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadFactory;

/// Carries what a container writes to its terminal to its log. The terminal, unlike a FIFO, ends with this program, and hangs up the
/// container then.
final class TerminalPump implements OutputPump {
    private static final int CHUNK = 8 * 1024;

    private final Terminal terminal;
    private final ContainerLog log;
    private final CompletableFuture<Void> finished = new CompletableFuture<>();

    private TerminalPump(Terminal terminal, ContainerLog log) {
        this.terminal = terminal;
        this.log = log;
    }

    static TerminalPump start(Terminal terminal, ContainerLog log, ThreadFactory platformThreads) {
        TerminalPump pump = new TerminalPump(terminal, log);
        platformThreads.newThread(pump::run).start();
        return pump;
    }

    @Override
    public CompletableFuture<Void> finish() {
        return finished.whenComplete((nothing, failure) -> terminal.close());
    }

    private void run() {
        byte[] chunk = new byte[CHUNK];
        try (InputStream in = terminal.input()) {
            int count;
            while ((count = in.read(chunk)) >= 0) {
                log.append(OutputStreamName.STDOUT, chunk, count);
            }
        } catch (IOException e) {
            System.getLogger("io.fairlead.node")
                    .log(System.Logger.Level.DEBUG, "a terminal ended", e);
        } finally {
            finished.complete(null);
        }
    }
}
