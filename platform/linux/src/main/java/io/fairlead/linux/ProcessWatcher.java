package io.fairlead.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/// Waits for the end of any number of processes on one thread.
///
/// The futures complete on that thread: what follows them must be short, or go elsewhere.
public final class ProcessWatcher implements AutoCloseable {
    private static final int EPOLL_CTL_ADD = 1;
    private static final int EPOLL_CTL_DEL = 2;
    private static final int EPOLLIN = 1;
    private static final int EVENTS_MAX = 64;

    /// The kernel packs the structure on x86 only.
    private static final int EVENT_BYTES = SystemCalls.isArm() ? 16 : 12;

    private static final int KEY_OFFSET = SystemCalls.isArm() ? 8 : 4;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final long WAKE = 0;

    private record Watch(ProcessDescriptor process, CompletableFuture<ProcessExit> exit) {}

    private final Descriptor epoll;
    private final Descriptor wake;
    private final Map<Long, Watch> watches = new ConcurrentHashMap<>();
    private final AtomicLong lastKey = new AtomicLong(WAKE);
    private final Thread thread = new Thread(this::run, "process-watcher");
    private volatile boolean closed;

    private ProcessWatcher(Descriptor epoll, Descriptor wake) {
        this.epoll = epoll;
        this.wake = wake;
    }

    /// Starts the thread, which ends with [#close].
    public static ProcessWatcher start() {
        Descriptor epoll =
                new Descriptor(
                        SystemCalls.check(
                                SystemCalls.call(SystemCalls.Call.EPOLL_CREATE1, EPOLL_CLOEXEC),
                                "create epoll",
                                ""));
        ProcessWatcher watcher = new ProcessWatcher(epoll, WakeUp.open());
        watcher.add(watcher.wake.number(), WAKE);
        watcher.thread.setDaemon(true);
        watcher.thread.start();
        return watcher;
    }

    /// Completes when the process ends; at once, as unknown, when there is no such process.
    /// A child or adopted orphan is reaped. Not for children of `ProcessBuilder`, which the JDK
    /// reaps itself.
    public CompletableFuture<ProcessExit> watch(long pid) {
        ProcessDescriptor process = ProcessDescriptor.open(pid).orElse(null);
        if (process == null) {
            return CompletableFuture.completedFuture(ProcessExit.UNKNOWN);
        }
        long key = lastKey.incrementAndGet();
        Watch watch = new Watch(process, new CompletableFuture<>());
        watches.put(key, watch);
        try {
            add(process.descriptorNumber(), key);
        } catch (LinuxException e) {
            watches.remove(key);
            process.close();
            throw e;
        }
        return watch.exit();
    }

    /// Stops watching; futures that are open stay so.
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        WakeUp.signal(wake);
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        epoll.close();
        wake.close();
        watches.values().forEach(watch -> watch.process().close());
    }

    private void run() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment events = arena.allocate((long) EVENT_BYTES * EVENTS_MAX, 8);
            while (!closed) {
                long count =
                        SystemCalls.check(
                                SystemCalls.restarting(
                                        SystemCalls.Call.EPOLL_PWAIT,
                                        epoll.number(),
                                        events.address(),
                                        EVENTS_MAX,
                                        -1,
                                        0,
                                        8),
                                "wait for processes",
                                "");
                for (int i = 0; i < count; i++) {
                    ended(events.get(JAVA_LONG_UNALIGNED, (long) i * EVENT_BYTES + KEY_OFFSET));
                }
            }
        }
    }

    private void ended(long key) {
        Watch watch = watches.remove(key);
        if (watch == null) {
            return;
        }
        ProcessExit exit;
        try (ProcessDescriptor process = watch.process()) {
            control(EPOLL_CTL_DEL, process.descriptorNumber(), key);
            exit = process.reap().orElse(ProcessExit.UNKNOWN);
        } catch (LinuxException e) {
            watch.exit().completeExceptionally(e);
            return;
        }
        watch.exit().complete(exit);
    }

    private void add(int descriptor, long key) {
        control(EPOLL_CTL_ADD, descriptor, key);
    }

    private void control(int operation, int descriptor, long key) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_BYTES, 8);
            event.set(JAVA_INT, 0, EPOLLIN);
            event.set(JAVA_LONG_UNALIGNED, KEY_OFFSET, key);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.EPOLL_CTL,
                            epoll.number(),
                            operation,
                            descriptor,
                            event.address()),
                    "watch",
                    "descriptor " + descriptor);
        }
    }
}
