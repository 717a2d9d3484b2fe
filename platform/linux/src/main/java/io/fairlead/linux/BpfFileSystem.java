package io.fairlead.linux;

import static io.fairlead.linux.BpfCalls.Command.OBJ_GET;
import static io.fairlead.linux.BpfCalls.Command.OBJ_PIN;

import io.fairlead.linux.BpfCalls.Attributes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A mounted file system whose files are BPF objects: they live on when the process that made them ends, and are gone when their file is.
public final class BpfFileSystem {
    private BpfFileSystem() {}

    /// Makes the directory one, unless it is.
    public static void ensure(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Mounts.isMountPoint(directory)) {
            Mounts.bpf(directory);
        }
    }

    /// Takes it off with everything in it: what only its files kept alive ends. The directory goes too.
    public static void remove(Path directory) {
        while (Mounts.isMountPoint(directory)) {
            Mounts.detach(directory);
        }
        try {
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void pin(Descriptor object, Path file) {
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, arena.allocateFrom(file.toString(), StandardCharsets.UTF_8))
                            .put(8, object.number());
            BpfCalls.check(
                    BpfCalls.call(OBJ_PIN, attributes), "pin a BPF object at", file.toString());
        }
    }

    /// The object pinned there; empty when there is none.
    static Optional<Descriptor> find(Path file) {
        try (Arena arena = Arena.ofConfined()) {
            Attributes attributes =
                    new Attributes(arena)
                            .put(0, arena.allocateFrom(file.toString(), StandardCharsets.UTF_8));
            long result = BpfCalls.call(OBJ_GET, attributes);
            if (SystemCalls.failedWith(result, Errno.ENOENT)) {
                return Optional.empty();
            }
            BpfCalls.check(result, "get the BPF object at", file.toString());
            return Optional.of(new Descriptor(result));
        }
    }
}
