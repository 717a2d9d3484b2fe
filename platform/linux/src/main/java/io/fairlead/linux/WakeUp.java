package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/// An eventfd: readable from the first signal on, so that it ends a wait in the kernel.
final class WakeUp {
    private static final int EFD_CLOEXEC = 0x80000;

    private WakeUp() {}

    static Descriptor open() {
        return new Descriptor(
                SystemCalls.check(
                        SystemCalls.call(SystemCalls.Call.EVENTFD2, 0, EFD_CLOEXEC),
                        "create eventfd",
                        ""));
    }

    /// Takes the signals that were given; what was not signalled stays so.
    static void clear(Descriptor wake) {
        if (wake.await(Descriptor.POLLIN, Duration.ZERO)) {
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment count = arena.allocate(ValueLayout.JAVA_LONG);
                SystemCalls.call(SystemCalls.Call.READ, wake.number(), count.address(), 8);
            }
        }
    }

    static void signal(Descriptor wake) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
            SystemCalls.call(SystemCalls.Call.WRITE, wake.number(), one.address(), 8);
        }
    }
}
