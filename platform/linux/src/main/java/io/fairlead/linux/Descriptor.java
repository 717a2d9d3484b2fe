package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/// An open file descriptor and the duty to close it, once. Any thread may close it.
final class Descriptor implements AutoCloseable {
    static final int AT_FDCWD = -100;
    static final int O_CLOEXEC = 0x80000;
    static final int POLLIN = 0x1;
    static final int POLLOUT = 0x4;

    private final int number;
    private final AtomicBoolean closed = new AtomicBoolean();

    Descriptor(long number) {
        this.number = Math.toIntExact(number);
    }

    /// Opens a path with `O_…` flags; close-on-exec is always added.
    static Descriptor open(Path path, int flags) {
        try (Arena arena = Arena.ofConfined()) {
            long result =
                    SystemCalls.restarting(
                            SystemCalls.Call.OPENAT,
                            AT_FDCWD,
                            SystemCalls.text(arena, path.toString()),
                            flags | O_CLOEXEC,
                            0600);
            return new Descriptor(SystemCalls.check(result, "open", path.toString()));
        }
    }

    int number() {
        return number;
    }

    boolean isClosed() {
        return closed.get();
    }

    /// Waits until the descriptor is ready.
    ///
    /// @param events `POLLIN` or `POLLOUT`
    /// @return whether it is; false after the timeout
    boolean await(int events, Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(8, 8);
            poll.set(ValueLayout.JAVA_INT, 0, number);
            poll.set(ValueLayout.JAVA_SHORT, 4, (short) events);
            MemorySegment time = arena.allocate(16, 8);
            time.set(ValueLayout.JAVA_LONG, 0, timeout.toSeconds());
            time.set(ValueLayout.JAVA_LONG, 8, timeout.toNanosPart());
            long result =
                    SystemCalls.call(
                            SystemCalls.Call.PPOLL, poll.address(), 1, time.address(), 0, 8);
            if (SystemCalls.failedWith(result, Errno.EINTR)) {
                return false;
            }
            return SystemCalls.check(result, "wait for", "descriptor " + number) > 0;
        }
    }

    /// Waits until this descriptor or `wake` is ready, however long it takes.
    void await(int events, Descriptor wake) {
        long result;
        do {
            result = poll(events, wake, 0);
        } while (SystemCalls.failedWith(result, Errno.EINTR));
        SystemCalls.check(result, "wait for", toString());
    }

    /// The same, but no longer than this.
    void await(int events, Descriptor wake, Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment time = arena.allocate(16, 8);
            time.set(ValueLayout.JAVA_LONG, 0, timeout.toSeconds());
            time.set(ValueLayout.JAVA_LONG, 8, timeout.toNanosPart());
            long result = poll(events, wake, time.address());
            if (!SystemCalls.failedWith(result, Errno.EINTR)) {
                SystemCalls.check(result, "wait for", toString());
            }
        }
    }

    private long poll(int events, Descriptor wake, long time) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment poll = arena.allocate(16, 8);
            poll.set(ValueLayout.JAVA_INT, 0, number);
            poll.set(ValueLayout.JAVA_SHORT, 4, (short) events);
            poll.set(ValueLayout.JAVA_INT, 8, wake.number);
            poll.set(ValueLayout.JAVA_SHORT, 12, (short) POLLIN);
            return SystemCalls.call(SystemCalls.Call.PPOLL, poll.address(), 2, time, 0, 8);
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            SystemCalls.call(SystemCalls.Call.CLOSE, number);
        }
    }

    @Override
    public String toString() {
        return "descriptor " + number;
    }
}
