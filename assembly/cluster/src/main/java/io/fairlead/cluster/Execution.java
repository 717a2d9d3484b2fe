package io.fairlead.cluster;

import java.time.Clock;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.random.RandomGenerator;

/// The clock, threads and randomness of one process. They are made here and handed to every part; no other module makes its own.
///
/// @param tasks a virtual thread for each task, for control-plane work that may block
/// @param timer one platform thread for things that fall due; tasks on it are short
/// @param threads daemon platform threads, for owners of native resources
record Execution(
        Clock clock,
        ExecutorService tasks,
        ScheduledExecutorService timer,
        ThreadFactory threads,
        RandomGenerator random)
        implements AutoCloseable {

    static Execution create() {
        return new Execution(
                Clock.systemUTC(),
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("task-", 0).factory()),
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().name("timer").daemon().factory()),
                Thread.ofPlatform().name("fairlead-", 0).daemon().factory(),
                RandomGenerator.getDefault());
    }

    @Override
    public void close() {
        timer.shutdownNow();
        tasks.shutdownNow();
    }
}
