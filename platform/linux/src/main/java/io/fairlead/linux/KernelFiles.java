package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// Files through which the kernel is told something (`/proc/sys`, control groups): one write is one
/// request, and the errno is its answer, which the JDK would turn into words.
final class KernelFiles {
    private static final int O_WRONLY = 1;

    private KernelFiles() {}

    static void write(Path file, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined();
                Descriptor descriptor = Descriptor.open(file, O_WRONLY)) {
            MemorySegment text = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            SystemCalls.check(
                    SystemCalls.restarting(
                            SystemCalls.Call.WRITE,
                            descriptor.number(),
                            text.address(),
                            bytes.length),
                    "write " + value + " to",
                    file.toString());
        }
    }
}
