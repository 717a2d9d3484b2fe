package io.fairlead.node;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;

/// Starts programs on platform threads: starting one holds its thread in native code, which must not be a virtual thread's carrier.
public final class ProcessStarter {
    private final Executor platformThreads;

    public ProcessStarter(Executor platformThreads) {
        this.platformThreads = platformThreads;
    }

    Process start(ProcessBuilder program) throws IOException {
        CompletableFuture<Process> started =
                CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return program.start();
                            } catch (IOException e) {
                                throw new CompletionException(e);
                            }
                        },
                        platformThreads);
        try {
            return started.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    /// Runs a program to its end. An interrupt ends the program too.
    int run(ProcessBuilder program) throws IOException {
        Process process = start(program);
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while running " + program.command().getFirst(), e);
        }
    }
}
