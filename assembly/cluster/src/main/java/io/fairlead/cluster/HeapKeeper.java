package io.fairlead.cluster;

import java.lang.System.Logger.Level;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Keeps the memory of a small process small: what loading left behind is collected once it is over, and later what was left since, when it is a fifth of
/// what lives. The collector by itself would rather take more memory from the machine, up to its limit.
///
/// Looked at by one thread at a time.
final class HeapKeeper {
    private static final System.Logger LOG = System.getLogger(HeapKeeper.class.getName());
    private static final long SPARE_BYTES = 8 << 20;
    private static final int PAUSE_SECONDS = 1;

    private final Runtime runtime = Runtime.getRuntime();
    private long living;

    private HeapKeeper() {}

    /// @param timer looks now and then, until it is shut down; a collection takes a tenth of a second where ten thousand Services are known
    static void start(ScheduledExecutorService timer) {
        HeapKeeper keeper = new HeapKeeper();
        var _ =
                timer.scheduleWithFixedDelay(
                        keeper::look, PAUSE_SECONDS, PAUSE_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        if (used() > living + living / 5 + SPARE_BYTES) {
            runtime.gc();
            living = used();
            LOG.log(Level.DEBUG, "{0} bytes live", Long.toString(living));
        }
    }

    private long used() {
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
