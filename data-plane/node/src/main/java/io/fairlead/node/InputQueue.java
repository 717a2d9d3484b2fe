package io.fairlead.node;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/// Carries a client's input to a process that may be slow to read it, in order, off the event loop.
final class InputQueue {
    private final Mailbox mailbox;

    /// @param blocking platform threads, because a write may wait in native code
    InputQueue(Executor blocking) {
        this.mailbox = new Mailbox(blocking);
    }

    /// @param process what comes before it has started waits for it, in order
    void write(CompletableFuture<ExecProcess> process, byte[] bytes) {
        post(
                process,
                to -> {
                    to.write(bytes);
                    to.flush();
                });
    }

    void close(CompletableFuture<ExecProcess> process) {
        post(process, OutputStream::close);
    }

    private void post(CompletableFuture<ExecProcess> process, Step step) {
        mailbox.post(() -> {
            try {
                step.run(process.join().input());
            } catch (IOException | CompletionException e) {
                // The process has closed its input, or never came to be.
                return;
            }
        });
    }

    private interface Step {
        void run(OutputStream to) throws IOException;
    }
}
