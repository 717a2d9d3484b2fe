package io.fairlead.testkit;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Waits for what must come true, looking again every few milliseconds; for things that nothing announces.
public final class Await {
    private static final long PAUSE_NANOS = 5_000_000;

    private Await() {}

    /// Returns once `assertion` passes; after `limit` throws what it threw last.
    public static void untilAsserted(Duration limit, ThrowingRunnable assertion) {
        until(
                limit,
                () -> {
                    assertion.run();
                    return true;
                });
    }

    /// The first value of `look` that is not null and not false.
    public static <T> T until(Duration limit, Callable<@Nullable T> look) {
        long deadline = System.nanoTime() + limit.toNanos();
        Throwable last = null;
        while (true) {
            try {
                T value = look.call();
                if (value != null && !Boolean.FALSE.equals(value)) {
                    return value;
                }
                last = null;
            } catch (Exception | AssertionError e) {
                last = e;
            }
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not so within " + limit, last);
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /// An assertion that may throw anything.
    @FunctionalInterface
    public interface ThrowingRunnable {
        void run() throws Exception;
    }
}
