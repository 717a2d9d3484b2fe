package io.fairlead.linux;

import static io.fairlead.linux.BpfCalls.Command.LINK_CREATE;
import static io.fairlead.linux.BpfCalls.Command.LINK_DETACH;
import static io.fairlead.linux.BpfCalls.Command.LINK_UPDATE;
import static io.fairlead.linux.BpfCalls.Command.OBJ_GET_INFO_BY_FD;

import io.fairlead.linux.BpfCalls.Attributes;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A program at a hook, for a control group and those below it. It stays attached as long as something holds the link: this object, or a
/// file.
public final class BpfLink implements AutoCloseable {
    private static final int INFO_BYTES = 64;
    private static final int CONTROL_GROUP_LINK = 3;

    private final Descriptor descriptor;

    /// What the kernel says of a link.
    ///
    /// @param program the attached program's number in the kernel; changes with [#replace]
    /// @param controlGroup the inode number of its directory; 0 when the link was cut, or the group is gone
    public record State(int program, long controlGroup) {
        public boolean isAttachedTo(Path directory) {
            try {
                return controlGroup != 0
                        && Files.getAttribute(directory, "unix:ino") instanceof Long inode
                        && inode == controlGroup;
            } catch (IOException e) {
                return false;
            }
        }
    }

    private BpfLink(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /// @param group the directory of a control group in the unified hierarchy
    public static BpfLink attach(BpfProgram program, BpfHook hook, Path group) {
        try (Arena arena = Arena.ofConfined();
                Descriptor target = Descriptor.open(group, 0)) {
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, program.number())
                            .put(4, target.number())
                            .put(8, hook.attachType());
            return new BpfLink(
                    new Descriptor(
                            BpfCalls.check(
                                    BpfCalls.call(LINK_CREATE, attributes),
                                    "attach " + program + " to",
                                    group.toString())));
        }
    }

    /// The link pinned there; empty when there is none.
    public static Optional<BpfLink> find(Path file) {
        return BpfFileSystem.find(file).map(BpfLink::new);
    }

    public void pin(Path file) {
        BpfFileSystem.pin(descriptor, file);
    }

    /// Puts another program in place of the one that is attached; no connection meets neither.
    public void replace(BpfProgram program) {
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes =
                    new Attributes(arena).put(0, descriptor.number()).put(4, program.number());
            BpfCalls.check(
                    BpfCalls.call(LINK_UPDATE, attributes), "attach in place", program.toString());
        }
    }

    /// Cuts it for good, whoever holds it.
    public void detach() {
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes = new Attributes(arena).put(0, descriptor.number());
            BpfCalls.check(BpfCalls.call(LINK_DETACH, attributes), "detach", "a BPF link");
        }
    }

    public State state() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment answer = arena.allocate(INFO_BYTES, 8);
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, descriptor.number())
                            .put(4, INFO_BYTES)
                            .put(8, answer);
            BpfCalls.check(BpfCalls.call(OBJ_GET_INFO_BY_FD, attributes), "look at", "a BPF link");
            boolean isOfGroup = answer.get(ValueLayout.JAVA_INT, 0) == CONTROL_GROUP_LINK;
            return new State(
                    answer.get(ValueLayout.JAVA_INT, 8),
                    isOfGroup ? answer.get(ValueLayout.JAVA_LONG, 16) : 0);
        }
    }

    @Override
    public void close() {
        descriptor.close();
    }
}
