package io.fairlead.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// What the JDK cannot do to files: devices, pipes, attributes of every namespace. Symbolic links are never followed.
public final class SpecialFiles {
    private static final int AT_FDCWD = -100;
    private static final int AT_SYMLINK_NOFOLLOW = 0x100;
    private static final int O_RDONLY_DIRECTORY_CLOEXEC = 0x10000 | 0x80000;
    private static final int ARM_O_RDONLY_DIRECTORY_CLOEXEC = 0x4000 | 0x80000;
    private static final int VALUE_BYTES_MAX = 65_536;

    private SpecialFiles() {}

    /// The kinds of files `mknod(2)` makes, with their bits in the mode.
    public enum Kind {
        PIPE(0x1000),
        CHARACTER_DEVICE(0x2000),
        BLOCK_DEVICE(0x6000);

        private final int bits;

        Kind(int bits) {
            this.bits = bits;
        }
    }

    /// @param permissions as in `chmod(2)`; the process's mask is applied
    /// @param major zero for pipes, as `minor` is
    public static void make(Path path, Kind kind, int permissions, int major, int minor) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.MKNODAT,
                            AT_FDCWD,
                            SystemCalls.text(arena, path.toString()),
                            kind.bits | permissions,
                            device(major, minor)),
                    "make a special file at",
                    path.toString());
        }
    }

    /// The mark by which overlayfs hides what lower layers have at this path.
    public static void whiteout(Path path) {
        make(path, Kind.CHARACTER_DEVICE, 0, 0, 0);
    }

    /// Sets when a file was last changed, and read. Never opens it, which would wait at a pipe and stir a device.
    public static void setTime(Path path, Instant time) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment times = arena.allocate(ValueLayout.JAVA_LONG, 4);
            for (int each = 0; each < 4; each += 2) {
                times.setAtIndex(ValueLayout.JAVA_LONG, each, time.getEpochSecond());
                times.setAtIndex(ValueLayout.JAVA_LONG, each + 1, time.getNano());
            }
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.UTIMENSAT,
                            AT_FDCWD,
                            SystemCalls.text(arena, path.toString()),
                            times.address(),
                            AT_SYMLINK_NOFOLLOW),
                    "set the time of",
                    path.toString());
        }
    }

    /// Sets an extended attribute.
    ///
    /// @param name with its namespace, such as `trusted.overlay.opaque`
    public static void setAttribute(Path path, String name, byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, value);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.LSETXATTR,
                            SystemCalls.text(arena, path.toString()),
                            SystemCalls.text(arena, name),
                            bytes.address(),
                            value.length,
                            0),
                    "set the attribute " + name + " of",
                    path.toString());
        }
    }

    /// An extended attribute's value, if it is set.
    public static Optional<byte[]> attribute(Path path, String name) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocate(VALUE_BYTES_MAX);
            long length =
                    SystemCalls.call(
                            SystemCalls.Call.LGETXATTR,
                            SystemCalls.text(arena, path.toString()),
                            SystemCalls.text(arena, name),
                            bytes.address(),
                            VALUE_BYTES_MAX);
            if (SystemCalls.failedWith(length, Errno.ENODATA)) {
                return Optional.empty();
            }
            SystemCalls.check(length, "read the attribute " + name + " of", path.toString());
            return Optional.of(bytes.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /// Returns when everything written to the file system that holds `directory` would survive a loss of power.
    public static void syncFileSystem(Path directory) {
        try (Arena arena = Arena.ofConfined()) {
            long opened =
                    SystemCalls.check(
                            SystemCalls.restarting(
                                    SystemCalls.Call.OPENAT,
                                    AT_FDCWD,
                                    SystemCalls.text(arena, directory.toString()),
                                    SystemCalls.isArm()
                                            ? ARM_O_RDONLY_DIRECTORY_CLOEXEC
                                            : O_RDONLY_DIRECTORY_CLOEXEC,
                                    0),
                            "open",
                            directory.toString());
            try {
                SystemCalls.check(
                        SystemCalls.call(SystemCalls.Call.SYNCFS, opened),
                        "sync the file system of",
                        directory.toString());
            } finally {
                SystemCalls.call(SystemCalls.Call.CLOSE, opened);
            }
        }
    }

    /// The kernel's packing of device numbers, as `makedev(3)` does it.
    private static long device(long major, long minor) {
        return (minor & 0xff)
                | (major & 0xfff) << 8
                | (minor & ~0xffL) << 12
                | (major & ~0xfffL) << 32;
    }
}
