package io.fairlead.node;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// A client's command inside a container. Its process is started when the client's streams are there.
final class ExecSession implements RemoteSession {
    private static final int CHUNK = 16 * 1024;

    private final RunningContainer container;
    private final RemoteRequest request;
    private final Executor blocking;
    private final InputQueue input;
    private final CompletableFuture<ExecProcess> process = new CompletableFuture<>();

    /// @param blocking platform threads: each stream of the process holds one
    ExecSession(RunningContainer container, RemoteRequest request, Executor blocking) {
        this.container = container;
        this.request = request;
        this.blocking = blocking;
        this.input = new InputQueue(blocking);
    }

    @Override
    public void onOpen(RemoteChannel channel) {
        blocking.execute(() -> run(channel));
    }

    @Override
    public void onInput(byte[] bytes) {
        input.write(process, bytes);
    }

    @Override
    public void onInputEnd() {
        input.close(process);
    }

    @Override
    public void onResize(int columns, int rows) {
        var _ = process.thenAccept(started -> started.resize(columns, rows));
    }

    @Override
    public void onClose() {
        // One that is still to come is killed when it does.
        process.completeExceptionally(new IOException("the client is gone"));
        var _ = process.thenAccept(started -> blocking.execute(started::kill));
    }

    private void run(RemoteChannel channel) {
        ExecProcess started;
        try {
            started = container.exec(new ExecRequest(request.command(), request.terminal()));
        } catch (IOException e) {
            process.completeExceptionally(e);
            channel.finish(RemoteStatus.failure(String.valueOf(e.getMessage())));
            return;
        }
        if (!process.complete(started)) {
            started.kill();
            return;
        }
        if (!request.has(RemoteStream.STDIN)) {
            input.close(process);
        }
        List<CompletableFuture<Void>> pumps = new ArrayList<>();
        pumps.add(pump(started.output(), RemoteStream.STDOUT, channel));
        if (request.terminal() == ExecRequest.Terminal.NONE) {
            pumps.add(pump(started.error(), RemoteStream.STDERR, channel));
        }
        var _ =
                CompletableFuture.allOf(pumps.toArray(CompletableFuture[]::new))
                        .thenCombine(started.exit(), (nothing, code) -> code)
                        .whenComplete((code, failure) -> {
                            finish(channel, code, failure);
                            // Lets go of what it held; it has ended.
                            started.kill();
                        });
    }

    private static void finish(
            RemoteChannel channel, @Nullable Integer code, @Nullable Throwable failure) {
        if (code != null) {
            channel.finish(RemoteStatus.exit(code));
        } else {
            String why = failure == null ? "unknown" : String.valueOf(failure.getMessage());
            channel.finish(RemoteStatus.failure(why));
        }
    }

    /// Reads on when the client does not want the stream, so that the process never waits for it.
    private CompletableFuture<Void> pump(
            InputStream from, RemoteStream stream, RemoteChannel channel) {
        return CompletableFuture.runAsync(
                () -> {
                    byte[] chunk = new byte[CHUNK];
                    try (from) {
                        int count;
                        while ((count = from.read(chunk)) >= 0) {
                            if (count > 0 && request.has(stream)) {
                                channel.send(stream, chunk, count);
                            }
                        }
                    } catch (IOException e) {
                        // The client is gone, or the process was killed; its exit tells the rest.
                        return;
                    }
                },
                blocking);
    }
}
