package io.fairlead.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Mounts in the mount namespace of this process.
public final class Mounts {
    private static final Path MOUNTINFO = Path.of("/proc/self/mountinfo");

    private static final long MS_RDONLY = 1;
    private static final long MS_NOSUID = 2;
    private static final long MS_NODEV = 4;
    private static final long MS_NOEXEC = 8;
    private static final long MS_REMOUNT = 32;
    private static final long MS_BIND = 4096;
    private static final long MS_REC = 16384;
    private static final long MS_PRIVATE = 1 << 18;
    private static final int MNT_DETACH = 2;
    private static final int OPTIONS_BYTES_MAX = 4000;
    private static final int FSOPEN_CLOEXEC = 1;
    private static final int FSCONFIG_SET_STRING = 1;
    private static final int FSCONFIG_CMD_CREATE = 6;
    private static final int FSMOUNT_CLOEXEC = 1;
    private static final int MOVE_MOUNT_F_EMPTY_PATH = 4;

    private Mounts() {}

    /// Shows `source` (a file or a directory, with the mounts below it) at `target` as well.
    public static void bind(Path source, Path target) {
        mount("bind-mount " + source + " on", source.toString(), target, "", MS_BIND | MS_REC, "");
    }

    /// Like [#bind], but nothing can be written through `target`.
    public static void bindReadOnly(Path source, Path target) {
        bind(source, target);
        mount("make read-only", "", target, "", MS_BIND | MS_REMOUNT | MS_RDONLY, "");
    }

    /// Lays a writable directory over read-only ones.
    ///
    /// @param lowers the read-only layers, the topmost first
    /// @param upper where changes go
    /// @param work an empty directory on the same file system as `upper`
    public static void overlay(List<Path> lowers, Path upper, Path work, Path target) {
        List<String> layers = new ArrayList<>();
        for (Path lower : lowers) {
            layers.add(escaped(lower));
        }
        String options =
                "lowerdir="
                        + String.join(":", layers)
                        + ",upperdir="
                        + escaped(upper)
                        + ",workdir="
                        + escaped(work);
        if (options.length() < OPTIONS_BYTES_MAX) {
            mount("mount overlay on", "overlay", target, "overlay", 0, options);
        } else {
            overlayOfMany(lowers, upper, work, target);
        }
    }

    /// The options of `mount(2)` have to fit a page; this way (Linux 6.8) takes one at a time.
    private static void overlayOfMany(List<Path> lowers, Path upper, Path work, Path target) {
        String operation = "mount overlay of " + lowers.size() + " layers on";
        try (Arena arena = Arena.ofConfined();
                Descriptor context =
                        new Descriptor(
                                SystemCalls.check(
                                        SystemCalls.call(
                                                SystemCalls.Call.FSOPEN,
                                                SystemCalls.text(arena, "overlay"),
                                                FSOPEN_CLOEXEC),
                                        operation,
                                        target.toString()))) {
            for (Path lower : lowers) {
                configure(arena, context, "lowerdir+", lower.toString(), operation, target);
            }
            configure(arena, context, "upperdir", upper.toString(), operation, target);
            configure(arena, context, "workdir", work.toString(), operation, target);
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.FSCONFIG,
                            context.number(),
                            FSCONFIG_CMD_CREATE,
                            0,
                            0,
                            0),
                    operation,
                    target.toString());
            long mounted =
                    SystemCalls.call(
                            SystemCalls.Call.FSMOUNT, context.number(), FSMOUNT_CLOEXEC, 0);
            try (Descriptor mount =
                    new Descriptor(SystemCalls.check(mounted, operation, target.toString()))) {
                SystemCalls.check(
                        SystemCalls.call(
                                SystemCalls.Call.MOVE_MOUNT,
                                mount.number(),
                                SystemCalls.text(arena, ""),
                                Descriptor.AT_FDCWD,
                                SystemCalls.text(arena, target.toString()),
                                MOVE_MOUNT_F_EMPTY_PATH),
                        operation,
                        target.toString());
            }
        }
    }

    private static void configure(
            Arena arena,
            Descriptor context,
            String key,
            String value,
            String operation,
            Path target) {
        SystemCalls.check(
                SystemCalls.call(
                        SystemCalls.Call.FSCONFIG,
                        context.number(),
                        FSCONFIG_SET_STRING,
                        SystemCalls.text(arena, key),
                        SystemCalls.text(arena, value),
                        0),
                operation,
                target.toString());
    }

    /// An empty file system in memory.
    ///
    /// @param options such as `size=64m,mode=1777`
    public static void tmpfs(Path target, String options) {
        mount("mount tmpfs on", "tmpfs", target, "tmpfs", MS_NOSUID | MS_NODEV, options);
    }

    public static void proc(Path target) {
        mount("mount proc on", "proc", target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, "");
    }

    /// The unified hierarchy of control groups.
    public static void cgroup2(Path target) {
        mount(
                "mount cgroup2 on",
                "cgroup2",
                target,
                "cgroup2",
                MS_NOSUID | MS_NODEV | MS_NOEXEC,
                "");
    }

    /// A file system whose files are BPF objects that live on without a process.
    public static void bpf(Path target) {
        mount("mount bpf on", "bpf", target, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700");
    }

    /// A hierarchy of control groups of version 1.
    ///
    /// @param controllers such as `cpu,cpuacct`, or `name=…` for a hierarchy without any
    public static void cgroup(Path target, String controllers) {
        String options = controllers.startsWith("name=") ? "none," + controllers : controllers;
        mount(
                "mount cgroup on",
                "cgroup",
                target,
                "cgroup",
                MS_NOSUID | MS_NODEV | MS_NOEXEC,
                options);
    }

    /// Keeps later mounts below `target` from spreading to, or coming from, other mount namespaces.
    public static void makePrivate(Path target) {
        mount("make private", "", target, "", MS_PRIVATE | MS_REC, "");
    }

    /// Takes the topmost mount off `target` (with what is below it), even while files on it are
    /// open.
    public static void detach(Path target) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.UMOUNT2,
                            SystemCalls.text(arena, target.toString()),
                            MNT_DETACH),
                    "unmount",
                    target.toString());
        }
    }

    /// Takes off everything mounted on `directory` or below it.
    public static void detachAllBelow(Path directory) {
        for (Mount mount : below(directory).reversed()) {
            try {
                detach(mount.point());
            } catch (LinuxException e) {
                // Detaching a mount takes those below it along, in shared mounts also others.
                if (!e.errno().equals(Errno.EINVAL) && !e.errno().equals(Errno.ENOENT)) {
                    throw e;
                }
            }
        }
    }

    /// All mounts, in the order they were made visible.
    public static List<Mount> list() {
        List<Mount> mounts = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(MOUNTINFO)) {
                mounts.add(Mount.parse(line));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return mounts;
    }

    /// The mounts on `directory` and below it.
    public static List<Mount> below(Path directory) {
        Path start = real(directory);
        return list().stream().filter(mount -> mount.point().startsWith(start)).toList();
    }

    public static boolean isMountPoint(Path path) {
        Path start = real(path);
        return list().stream().anyMatch(mount -> mount.point().equals(start));
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }

    /// Commas and colons separate options and layers.
    private static String escaped(Path path) {
        return path.toString().replace("\\", "\\\\").replace(",", "\\,").replace(":", "\\:");
    }

    private static void mount(
            String operation, String source, Path target, String type, long flags, String options) {
        try (Arena arena = Arena.ofConfined()) {
            SystemCalls.check(
                    SystemCalls.call(
                            SystemCalls.Call.MOUNT,
                            SystemCalls.text(arena, source.isEmpty() ? "none" : source),
                            SystemCalls.text(arena, target.toString()),
                            type.isEmpty() ? 0 : SystemCalls.text(arena, type),
                            flags,
                            options.isEmpty() ? 0 : SystemCalls.text(arena, options)),
                    operation,
                    target.toString());
        }
    }
}
