package io.fairlead.node;

import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.Executor;

/// Carries a client's input to a process that may be slow to read it, in order, off the event loop.
final class InputQueue {
    private final Mailbox mailbox;

    /// @param blocking platform threads, because a write may wait in native code
    InputQueue(Executor blocking) {
        this.mailbox = new Mailbox(blocking);
    }

    void write(OutputStream to, byte[] bytes) {
        mailbox.post(() -> {
            try {
                to.write(bytes);
                to.flush();
            } catch (IOException e) {
                // The process has closed its input; it need not read all.
                return;
            }
        });
    }

    void close(OutputStream to) {
        mailbox.post(() -> {
            try {
                to.close();
            } catch (IOException e) {
                // It is closed already.
                return;
            }
        });
    }
}
