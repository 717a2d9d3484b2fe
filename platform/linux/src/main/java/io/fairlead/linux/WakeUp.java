package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

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

    static void signal(Descriptor wake) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
            SystemCalls.call(SystemCalls.Call.WRITE, wake.number(), one.address(), 8);
        }
    }
}
