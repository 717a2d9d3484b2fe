package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/// Classic BPF on a socket: the kernel asks the program of every delivery, and what it refuses wakes nobody. Specified in `linux/filter.h`.
final class ClassicFilter {
    static final int LOAD_WORD = 0x20;
    static final int LOAD_HALF = 0x28;
    static final int LOAD_BYTE = 0x30;
    static final int JUMP_IF_EQUAL = 0x15;
    static final int RETURN = 0x06;
    static final long EVERYTHING = 0xffffffffL;

    private static final int SOL_SOCKET = 1;
    private static final int SO_ATTACH_FILTER = 26;

    private ClassicFilter() {}

    /// @param onTrue how many instructions a jump skips when it holds
    /// @param onFalse and when not
    /// @param value what is compared, returned, or the offset that is loaded from, as 32 bits
    record Instruction(int code, int onTrue, int onFalse, long value) {
        static Instruction of(int code, long value) {
            return new Instruction(code, 0, 0, value);
        }
    }

    static void attach(Descriptor socket, String name, List<Instruction> program) {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment instructions = call.allocate(8L * program.size(), 8);
            for (int i = 0; i < program.size(); i++) {
                Instruction next = program.get(i);
                instructions.set(ValueLayout.JAVA_SHORT, 8L * i, (short) next.code());
                instructions.set(ValueLayout.JAVA_BYTE, 8L * i + 2, (byte) next.onTrue());
                instructions.set(ValueLayout.JAVA_BYTE, 8L * i + 3, (byte) next.onFalse());
                instructions.set(ValueLayout.JAVA_INT, 8L * i + 4, (int) next.value());
            }
            MemorySegment filter = call.allocate(16, 8);
            filter.set(ValueLayout.JAVA_SHORT, 0, (short) program.size());
            filter.set(ValueLayout.JAVA_LONG, 8, instructions.address());
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.SETSOCKOPT,
                            socket.number(),
                            SOL_SOCKET,
                            SO_ATTACH_FILTER,
                            filter.address(),
                            filter.byteSize()),
                    "filter deliveries to",
                    name);
        }
    }
}
