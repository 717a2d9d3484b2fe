package io.fairlead.linux;

import static io.fairlead.linux.BpfCalls.Command.PROG_LOAD;

import io.fairlead.linux.BpfCalls.Attributes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// A program that the kernel has verified. It lives as long as something holds it: this object, or a link.
public final class BpfProgram implements AutoCloseable {
    private static final String LICENSE = "Apache-2.0";
    private static final int LOG_BYTES = 1 << 20;
    private static final int LOG_INSTRUCTIONS = 1;

    private final String name;
    private final Descriptor descriptor;

    private BpfProgram(String name, Descriptor descriptor) {
        this.name = name;
        this.descriptor = descriptor;
    }

    /// @param name for people; 15 characters at most are kept
    /// @throws BpfException with what the verifier says when it does not take the program
    public static BpfProgram load(String name, BpfHook hook, BpfAssembler code) {
        long[] instructions = code.assemble();
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, hook.programType())
                            .put(4, instructions.length)
                            .put(8, arena.allocateFrom(ValueLayout.JAVA_LONG, instructions))
                            .put(16, arena.allocateFrom(LICENSE))
                            .putName(48, name)
                            .put(68, hook.attachType());
            long result = BpfCalls.call(PROG_LOAD, attributes);
            if (result < 0) {
                Errno errno = new Errno((int) -result);
                throw new BpfException("load BPF program", name, errno, log(arena, attributes));
            }
            return new BpfProgram(name, new Descriptor(result));
        }
    }

    /// The verifier is asked for its reasons only when it has refused, since writing them takes it a while.
    private static String log(Arena arena, Attributes attributes) {
        MemorySegment log = arena.allocate(LOG_BYTES, 8);
        attributes.put(24, LOG_INSTRUCTIONS).put(28, LOG_BYTES).put(32, log);
        long result = BpfCalls.call(PROG_LOAD, attributes);
        if (result >= 0) {
            new Descriptor(result).close();
        }
        return log.getString(0);
    }

    int number() {
        return descriptor.number();
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return "BPF program " + name;
    }
}
