package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/// `bpf(2)`: one call with many commands, each with a structure of its own in `union bpf_attr` of `linux/bpf.h`.
final class BpfCalls {
    static final int NAME_BYTES_MAX = 15;
    private static final int ATTRIBUTES_BYTES = 72;

    private BpfCalls() {}

    /// Numbers from `enum bpf_cmd`.
    enum Command {
        MAP_CREATE(0),
        MAP_LOOKUP_ELEM(1),
        MAP_UPDATE_ELEM(2),
        MAP_DELETE_ELEM(3),
        MAP_GET_NEXT_KEY(4),
        PROG_LOAD(5),
        OBJ_PIN(6),
        OBJ_GET(7),
        OBJ_GET_INFO_BY_FD(15),
        BTF_LOAD(18),
        MAP_LOOKUP_BATCH(24),
        MAP_UPDATE_BATCH(26),
        LINK_CREATE(28),
        LINK_UPDATE(29),
        LINK_DETACH(34);

        private final int number;

        Command(int number) {
            this.number = number;
        }
    }

    /// The argument of a command: fields by their offset, zero where nothing is put.
    static final class Attributes {
        private final MemorySegment segment;

        Attributes(Arena arena) {
            segment = arena.allocate(ATTRIBUTES_BYTES, 8);
        }

        Attributes put(int offset, int value) {
            segment.set(ValueLayout.JAVA_INT, offset, value);
            return this;
        }

        Attributes put(int offset, MemorySegment value) {
            segment.set(ValueLayout.JAVA_LONG, offset, value.address());
            return this;
        }

        Attributes putLong(int offset, long value) {
            segment.set(ValueLayout.JAVA_LONG, offset, value);
            return this;
        }

        /// Names are for people who look at what the kernel has; what is too long is cut.
        Attributes putName(int offset, String name) {
            byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
            int length = Math.min(bytes.length, NAME_BYTES_MAX);
            MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, offset, length);
            return this;
        }

        int number(int offset) {
            return segment.get(ValueLayout.JAVA_INT, offset);
        }
    }

    /// The command's result, or the negated errno.
    static long call(Command command, Attributes attributes) {
        return SystemCalls.call(
                SystemCalls.Call.BPF,
                command.number,
                attributes.segment.address(),
                ATTRIBUTES_BYTES);
    }

    /// The result, or the reason as an exception.
    static long check(long result, String operation, String subject) {
        if (result < 0) {
            throw new BpfException(operation, subject, new Errno((int) -result), "");
        }
        return result;
    }
}
