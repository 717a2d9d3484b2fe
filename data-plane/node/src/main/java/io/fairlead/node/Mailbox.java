package io.fairlead.node;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/// Runs what is posted one after the other, in order, on threads of an executor. What a mailbox owns needs no locks.
final class Mailbox {
    private final Executor executor;
    private final Queue<Runnable> waiting = new ArrayDeque<>();
    private boolean isRunning;

    Mailbox(Executor executor) {
        this.executor = executor;
    }

    void post(Runnable task) {
        synchronized (waiting) {
            waiting.add(task);
            if (isRunning) {
                return;
            }
            isRunning = true;
        }
        executor.execute(this::runAll);
    }

    private void runAll() {
        while (true) {
            Runnable task;
            synchronized (waiting) {
                task = waiting.poll();
                if (task == null) {
                    isRunning = false;
                    return;
                }
            }
            try {
                task.run();
            } catch (RuntimeException e) {
                System.getLogger("io.fairlead.node")
                        .log(System.Logger.Level.ERROR, "a task of a pod failed", e);
            }
        }
    }
}
