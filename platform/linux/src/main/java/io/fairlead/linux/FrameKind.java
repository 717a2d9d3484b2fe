package io.fairlead.linux;

import java.util.ArrayList;
import java.util.List;

/// Some of the frames that pass a link: those of one type, whose bytes at some places have some values.
///
/// @param etherType such as 0x0806
/// @param bytes all of them must be so; a frame that is too short has none
public record FrameKind(int etherType, List<ByteAt> bytes) {
    /// @param offset from the frame's first byte
    public record ByteAt(int offset, int value) {}

    private static final int TYPE_OFFSET = 12;

    /// What the kernel knows of a frame beside its bytes is loaded from beyond this offset.
    private static final long KIND_OF_PACKET = 0xfffff000L + 4;

    private static final int OUTGOING = 4;

    public FrameKind {
        bytes = List.copyOf(bytes);
    }

    public static FrameKind ofType(int etherType) {
        return new FrameKind(etherType, List.of());
    }

    public FrameKind with(int offset, int value) {
        List<ByteAt> more = new ArrayList<>(bytes);
        more.add(new ByteAt(offset, value));
        return new FrameKind(etherType, more);
    }

    /// Lets these kinds pass, but not what the machine itself sends.
    static List<ClassicFilter.Instruction> filter(List<FrameKind> kinds) {
        List<ClassicFilter.Instruction> program = new ArrayList<>();
        program.add(ClassicFilter.Instruction.of(ClassicFilter.LOAD_BYTE, KIND_OF_PACKET));
        program.add(new ClassicFilter.Instruction(ClassicFilter.JUMP_IF_EQUAL, 0, 1, OUTGOING));
        program.add(ClassicFilter.Instruction.of(ClassicFilter.RETURN, 0));
        for (FrameKind kind : kinds) {
            int left = 2 * kind.bytes().size() + 1;
            program.add(ClassicFilter.Instruction.of(ClassicFilter.LOAD_HALF, TYPE_OFFSET));
            program.add(
                    new ClassicFilter.Instruction(
                            ClassicFilter.JUMP_IF_EQUAL, 0, left, kind.etherType()));
            for (ByteAt at : kind.bytes()) {
                left -= 2;
                program.add(ClassicFilter.Instruction.of(ClassicFilter.LOAD_BYTE, at.offset()));
                program.add(
                        new ClassicFilter.Instruction(
                                ClassicFilter.JUMP_IF_EQUAL, 0, left, at.value()));
            }
            program.add(
                    ClassicFilter.Instruction.of(ClassicFilter.RETURN, ClassicFilter.EVERYTHING));
        }
        program.add(ClassicFilter.Instruction.of(ClassicFilter.RETURN, 0));
        return program;
    }
}
