package io.fairlead.linux;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Writes a BPF program, an instruction a call, in the order they are executed; jumps go to labels that may be set before or afterwards.
/// The instructions are those of `Documentation/bpf/standardization/instruction-set.rst` in the kernel.
///
/// Not safe for use by several threads.
public final class BpfAssembler {
    private static final int ALU64 = 0x07;
    private static final int JUMP = 0x05;
    private static final int LOAD_MEMORY = 0x61;
    private static final int STORE_REGISTER = 0x63;
    private static final int STORE_CONSTANT = 0x62;
    private static final int ATOMIC = 0xc3;
    private static final int LOAD_CONSTANT_64 = 0x18;
    private static final int FROM_REGISTER = 0x08;
    private static final int MAP_DESCRIPTOR = 1;
    private static final int CALL = 0x80;
    private static final int EXIT = 0x90;
    private static final int ALWAYS = 0x00;
    private static final int MOVE = 0xb0;
    private static final int FETCH = 0x01;

    private final List<Long> words = new ArrayList<>();
    private final Map<Label, Integer> positions = new HashMap<>();
    private final Map<Integer, Label> jumps = new HashMap<>();

    /// How much is read or written at once.
    public enum Width {
        BYTE(0x10),
        HALF(0x08),
        WORD(0x00),
        DOUBLE(0x18);

        private final int bits;

        Width(int bits) {
            this.bits = bits;
        }
    }

    /// What is done to a register, 64 bits wide; all without sign.
    public enum Operation {
        ADD(0x00),
        SUBTRACT(0x10),
        MULTIPLY(0x20),
        OR(0x40),
        AND(0x50),
        SHIFT_LEFT(0x60),
        SHIFT_RIGHT(0x70),
        REMAINDER(0x90),
        XOR(0xa0);

        private final int bits;

        Operation(int bits) {
            this.bits = bits;
        }
    }

    /// When a jump is taken; comparisons without sign.
    public enum Condition {
        EQUAL(0x10),
        GREATER(0x20),
        AT_LEAST(0x30),
        NOT_EQUAL(0x50),
        LESS(0xa0),
        AT_MOST(0xb0);

        private final int bits;

        Condition(int bits) {
            this.bits = bits;
        }
    }

    /// What programs can ask the kernel for. Numbers from `linux/bpf.h`.
    public enum Helper {
        MAP_LOOKUP(1),
        MAP_UPDATE(2),
        MAP_DELETE(3),
        NANOSECONDS(5),
        RANDOM(7),
        SET_SOCKET_EVENTS(59),
        SOCKET_STORAGE(107),
        NAMESPACE_COOKIE(122);

        private final int number;

        Helper(int number) {
            this.number = number;
        }
    }

    /// A place in a program.
    public static final class Label {
        private final String name;

        public Label(String name) {
            this.name = name;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /// Here is where jumps to `label` go.
    public BpfAssembler label(Label label) {
        if (positions.put(label, words.size()) != null) {
            throw new IllegalStateException("the label " + label + " is set twice");
        }
        return this;
    }

    public BpfAssembler move(BpfRegister to, BpfRegister from) {
        return add(ALU64 | MOVE | FROM_REGISTER, to, from, 0, 0);
    }

    public BpfAssembler move(BpfRegister to, int constant) {
        return add(ALU64 | MOVE, to, BpfRegister.R0, 0, constant);
    }

    /// @param offset from the end of the program's memory, so a negative one
    public BpfAssembler frameAddress(BpfRegister to, int offset) {
        return move(to, BpfRegister.FRAME).calculate(Operation.ADD, to, offset);
    }

    public BpfAssembler calculate(Operation operation, BpfRegister to, BpfRegister by) {
        return add(ALU64 | operation.bits | FROM_REGISTER, to, by, 0, 0);
    }

    public BpfAssembler calculate(Operation operation, BpfRegister to, int by) {
        return add(ALU64 | operation.bits, to, BpfRegister.R0, 0, by);
    }

    /// `to` becomes what is in memory at `base + offset`.
    public BpfAssembler load(Width width, BpfRegister to, BpfRegister base, int offset) {
        return add(LOAD_MEMORY | width.bits, to, base, offset, 0);
    }

    public BpfAssembler store(Width width, BpfRegister base, int offset, BpfRegister from) {
        return add(STORE_REGISTER | width.bits, base, from, offset, 0);
    }

    public BpfAssembler store(Width width, BpfRegister base, int offset, int constant) {
        return add(STORE_CONSTANT | width.bits, base, BpfRegister.R0, offset, constant);
    }

    /// Adds to 64 bits in memory, as one step for all processors.
    public BpfAssembler addAtomically(BpfRegister base, int offset, BpfRegister amount) {
        return add(ATOMIC | Width.DOUBLE.bits, base, amount, offset, 0);
    }

    /// Like [#addAtomically]; afterwards `amount` is what was in memory before.
    public BpfAssembler fetchAndAdd(BpfRegister base, int offset, BpfRegister amount) {
        return add(ATOMIC | Width.DOUBLE.bits, base, amount, offset, FETCH);
    }

    public BpfAssembler jump(Label label) {
        return jumpTo(label, JUMP | ALWAYS, BpfRegister.R0, BpfRegister.R0, 0);
    }

    public BpfAssembler jumpIf(BpfRegister left, Condition condition, int right, Label label) {
        return jumpTo(label, JUMP | condition.bits, left, BpfRegister.R0, right);
    }

    public BpfAssembler jumpIf(
            BpfRegister left, Condition condition, BpfRegister right, Label label) {
        return jumpTo(label, JUMP | condition.bits | FROM_REGISTER, left, right, 0);
    }

    public BpfAssembler call(Helper helper) {
        return add(JUMP | CALL, BpfRegister.R0, BpfRegister.R0, 0, helper.number);
    }

    /// `to` becomes the map, as helpers want it.
    public BpfAssembler loadMap(BpfRegister to, BpfMap map) {
        words.add(word(LOAD_CONSTANT_64, to.ordinal(), MAP_DESCRIPTOR, 0, map.number()));
        words.add(0L);
        return this;
    }

    public BpfAssembler exit() {
        return add(JUMP | EXIT, BpfRegister.R0, BpfRegister.R0, 0, 0);
    }

    /// Ends the program with a constant as its answer.
    public BpfAssembler exit(int answer) {
        return move(BpfRegister.R0, answer).exit();
    }

    /// The instructions, eight bytes each.
    long[] assemble() {
        long[] program = words.stream().mapToLong(Long::longValue).toArray();
        jumps.forEach((from, label) -> {
            Integer to = positions.get(label);
            if (to == null) {
                throw new IllegalStateException("the label " + label + " is nowhere");
            }
            int distance = to - from - 1;
            if (distance != (short) distance) {
                throw new IllegalStateException("the label " + label + " is too far away");
            }
            program[from] |= (distance & 0xffffL) << 16;
        });
        return program;
    }

    private BpfAssembler jumpTo(
            Label label, int code, BpfRegister left, BpfRegister right, int constant) {
        jumps.put(words.size(), label);
        return add(code, left, right, 0, constant);
    }

    private BpfAssembler add(int code, BpfRegister to, BpfRegister from, int offset, int constant) {
        words.add(word(code, to.ordinal(), from.ordinal(), offset, constant));
        return this;
    }

    /// Fields in the order of a little-endian machine, which is what Java runs on.
    private static long word(int code, int to, int from, int offset, int constant) {
        return (long) constant << 32
                | (offset & 0xffffL) << 16
                | (long) from << 12
                | (long) to << 8
                | code;
    }
}
