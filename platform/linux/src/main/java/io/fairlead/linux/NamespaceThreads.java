package io.fairlead.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;

/// The few platform threads that enter network namespaces and come back.
///
/// Only these threads ever change their namespace. A virtual thread must not: its carrier would
/// keep the namespace for whoever runs on it next. If the way back fails the process ends, because
/// a thread in the wrong namespace would silently talk to the wrong network.
final class NamespaceThreads {
    static final int CLONE_NEWNET = 0x40000000;

    private static final int THREADS = 2;

    private static final class Holder {
        static final NamespaceThreads INSTANCE = started();
    }

    private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();

    private NamespaceThreads() {}

    private static NamespaceThreads started() {
        warmUp();
        NamespaceThreads threads = new NamespaceThreads();
        for (int i = 1; i <= THREADS; i++) {
            Visitor visitor = new Visitor("namespace-" + i, threads.tasks);
            visitor.setDaemon(true);
            visitor.start();
        }
        return threads;
    }

    /// Class initialisation may start threads or look at links: it happens at home.
    private static void warmUp() {
        try (DatagramChannel _ = DatagramChannel.open();
                SocketChannel _ = SocketChannel.open()) {
            SystemCalls.call(SystemCalls.Call.CLOSE, -1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static <T> T call(NetworkNamespace namespace, Callable<T> task) {
        int descriptor = namespace.descriptorNumber();
        return run(
                task,
                () ->
                        SystemCalls.check(
                                SystemCalls.call(SystemCalls.Call.SETNS, descriptor, CLONE_NEWNET),
                                "enter",
                                namespace.toString()));
    }

    /// Runs the task in a namespace that did not exist before.
    static <T> T callInNew(Callable<T> task) {
        return run(
                task,
                () ->
                        SystemCalls.check(
                                SystemCalls.call(SystemCalls.Call.UNSHARE, CLONE_NEWNET),
                                "create",
                                "network namespace"));
    }

    private static <T> T run(Callable<T> task, Runnable enter) {
        if (Thread.currentThread() instanceof Visitor) {
            return visit(task, enter);
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Holder.INSTANCE.tasks.add(() -> {
            try {
                result.complete(visit(task, enter));
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.join();
        } catch (CompletionException e) {
            throw rethrown(e.getCause() == null ? e : e.getCause());
        }
    }

    /// Goes there, runs the task and returns to where the thread was, which is home unless visits
    /// are nested.
    private static <T> T visit(Callable<T> task, Runnable enter) {
        try (Descriptor back = Descriptor.open(Path.of("/proc/thread-self/ns/net"), 0)) {
            enter.run();
            try {
                return task.call();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new IllegalStateException(e);
            } finally {
                goBack(back);
            }
        }
    }

    private static void goBack(Descriptor back) {
        long result = SystemCalls.call(SystemCalls.Call.SETNS, back.number(), CLONE_NEWNET);
        if (result < 0) {
            System.err.println(
                    "fairlead: cannot leave a network namespace: " + new Errno((int) -result));
            Runtime.getRuntime().halt(70);
        }
    }

    private static RuntimeException rethrown(Throwable cause) {
        if (cause instanceof Error error) {
            throw error;
        }
        return cause instanceof RuntimeException runtime
                ? runtime
                : new IllegalStateException(cause);
    }

    private static final class Visitor extends Thread {
        private final BlockingQueue<Runnable> tasks;

        Visitor(String name, BlockingQueue<Runnable> tasks) {
            super(name);
            this.tasks = tasks;
        }

        @Override
        public void run() {
            while (true) {
                try {
                    tasks.take().run();
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }
}
