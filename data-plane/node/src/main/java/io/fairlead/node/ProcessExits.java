package io.fairlead.node;

import io.fairlead.linux.ProcessExit;
import io.fairlead.linux.ProcessWatcher;
import java.util.concurrent.CompletableFuture;

/// Tells when processes end that this program did not start itself, such as the first processes of containers.
@FunctionalInterface
public interface ProcessExits {
    /// By a watcher of this machine's processes. This program must have adopted orphans
    /// ([io.fairlead.linux.ProcessDescriptor#adoptOrphans]), or every status is unknown.
    static ProcessExits by(ProcessWatcher watcher) {
        return pid ->
                watcher.watch(pid)
                        .thenApply(
                                exit -> exit.kind() == ProcessExit.Kind.UNKNOWN ? -1 : exit.code());
    }

    /// Completes with the exit status once the process has ended: 128 and the signal's number when a signal ended it, -1 when
    /// nobody can tell. The process must be running, or must have ended as a child of this program.
    CompletableFuture<Integer> of(long pid);
}
