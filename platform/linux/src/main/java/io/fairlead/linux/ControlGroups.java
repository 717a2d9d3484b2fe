package io.fairlead.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The control groups of this machine, in all hierarchies: one unified (version 2), several of one
/// controller each (version 1), or both side by side.
///
/// A group is named by its path below the roots, such as `fairlead/demo/pods`, and exists in every
/// hierarchy. Names are global to the machine.
public final class ControlGroups {
    private static final Path ROOT = Path.of("/sys/fs/cgroup");
    private static final Path OF_THIS_PROCESS = Path.of("/proc/self/cgroup");
    private static final int KILL_ROUNDS_MAX = 200;

    private final List<Hierarchy> hierarchies;

    /// One tree of groups.
    ///
    /// @param root where it is mounted
    /// @param isUnified version 2
    /// @param controllers what it limits or counts, such as `memory`; for a version 1 hierarchy
    ///     without any, its `name=…`
    public record Hierarchy(Path root, boolean isUnified, Set<String> controllers) {}

    private ControlGroups(List<Hierarchy> hierarchies) {
        this.hierarchies = List.copyOf(hierarchies);
    }

    /// The hierarchies mounted in this process's view of the file system.
    ///
    /// Whoever was started by `ip netns exec` has a fresh `/sys` without any: what the kernel has is
    /// then mounted again, in this mount namespace only.
    public static ControlGroups detect() {
        List<Hierarchy> mounted = mounted();
        if (mounted.isEmpty()) {
            mountAgain();
            mounted = mounted();
        }
        if (mounted.isEmpty()) {
            throw LinuxException.of("find control groups below", ROOT.toString(), Errno.ENOENT);
        }
        return new ControlGroups(mounted);
    }

    public List<Hierarchy> hierarchies() {
        return hierarchies;
    }

    /// Makes a group, with those above it, in every hierarchy; nothing changes where it is there.
    public void create(String group) {
        for (Hierarchy hierarchy : hierarchies) {
            Path path = hierarchy.root();
            for (Path name : Path.of(group)) {
                Path parent = path;
                path = path.resolve(name);
                try {
                    Files.createDirectories(path);
                    if (hierarchy.controllers().contains("cpuset") && !hierarchy.isUnified()) {
                        inherit(parent, path, "cpuset.cpus");
                        inherit(parent, path, "cpuset.mems");
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    /// What a group's processes use.
    ///
    /// @return empty when the group is gone, or nobody counts
    public Optional<GroupUsage> usage(String group) {
        return GroupUsage.read(hierarchies, group);
    }

    /// Moves a process into a group, in every hierarchy. Its children stay where they are; those it
    /// starts from now on are born in the group.
    public void move(long pid, String group) {
        for (Hierarchy hierarchy : hierarchies) {
            KernelFiles.write(
                    hierarchy.root().resolve(group).resolve("cgroup.procs"), Long.toString(pid));
        }
    }

    /// The processes in a group and in those below it, in whichever hierarchy.
    public Set<Long> processes(String group) {
        Set<Long> processes = new TreeSet<>();
        for (Hierarchy hierarchy : hierarchies) {
            for (Path directory : tree(hierarchy.root().resolve(group))) {
                processes.addAll(members(directory));
            }
        }
        return processes;
    }

    /// Ends every process in a group and in those below it, also such as are born meanwhile. Their
    /// parents have yet to reap them.
    public void kill(String group) {
        for (Hierarchy hierarchy : hierarchies) {
            Path directory = hierarchy.root().resolve(group);
            if (hierarchy.isUnified() && Files.exists(directory.resolve("cgroup.kill"))) {
                KernelFiles.write(directory.resolve("cgroup.kill"), "1");
            }
        }
        for (int round = 0; round < KILL_ROUNDS_MAX; round++) {
            boolean anyLeft = false;
            for (long pid : processes(group)) {
                anyLeft |= killAndAwait(pid);
            }
            if (!anyLeft) {
                return;
            }
        }
        throw LinuxException.of("kill all of control group", group, Errno.EBUSY);
    }

    /// Removes a group and those below it. Processes must have left; nothing happens when there is
    /// no such group.
    ///
    /// @throws LinuxException with [Errno#EBUSY] while there are processes
    public void remove(String group) {
        for (Hierarchy hierarchy : hierarchies) {
            for (Path directory : tree(hierarchy.root().resolve(group)).reversed()) {
                try {
                    Files.deleteIfExists(directory);
                } catch (NoSuchFileException e) {
                    // Somebody else was faster.
                } catch (IOException e) {
                    throw LinuxException.of(
                            "remove control group", directory.toString(), Errno.EBUSY);
                }
            }
        }
    }

    /// Removes a group wherever it has neither processes nor groups below it; elsewhere it stays.
    public void removeIfEmpty(String group) {
        for (Hierarchy hierarchy : hierarchies) {
            try {
                Files.deleteIfExists(hierarchy.root().resolve(group));
            } catch (IOException e) {
                // Somebody has use for it.
            }
        }
    }

    public boolean exists(String group) {
        return hierarchies.stream()
                .anyMatch(hierarchy -> Files.isDirectory(hierarchy.root().resolve(group)));
    }

    /// @return whether the process was there and running
    private static boolean killAndAwait(long pid) {
        try (ProcessDescriptor process = ProcessDescriptor.open(pid).orElse(null)) {
            if (process == null || process.hasEnded()) {
                return false;
            }
            process.signal(ProcessDescriptor.SIGKILL);
            process.awaitEnd(java.time.Duration.ofMillis(100));
            return true;
        }
    }

    private static List<Hierarchy> mounted() {
        List<Hierarchy> found = new ArrayList<>();
        Set<Path> seen = new TreeSet<>();
        for (Mount mount : Mounts.below(ROOT)) {
            boolean unified = mount.type().equals("cgroup2");
            if ((!unified && !mount.type().equals("cgroup")) || !seen.add(mount.point())) {
                continue;
            }
            Set<String> controllers =
                    unified ? unifiedControllers(mount.point()) : controllers(mount);
            found.add(new Hierarchy(mount.point(), unified, controllers));
        }
        found.sort(Comparator.comparing(Hierarchy::root));
        return found;
    }

    private static Set<String> unifiedControllers(Path root) {
        try {
            return words(Files.readString(root.resolve("cgroup.controllers")).strip(), " ");
        } catch (IOException e) {
            return Set.of();
        }
    }

    /// The options of a version 1 mount are those of every file system, then its controllers.
    private static Set<String> controllers(Mount mount) {
        Set<String> controllers = words(mount.options(), ",");
        controllers.removeAll(Set.of("rw", "ro", "xattr", "clone_children", "noprefix"));
        controllers.removeIf(option -> option.startsWith("release_agent="));
        return controllers;
    }

    private static Set<String> words(String text, String separator) {
        Set<String> words = new TreeSet<>();
        for (String word : text.split(separator, -1)) {
            if (!word.isEmpty()) {
                words.add(word);
            }
        }
        return words;
    }

    /// `/proc/self/cgroup` tells what the kernel has: `4:memory:/…`, `9:name=systemd:/…`, `0::/…`.
    private static void mountAgain() {
        List<String> versionOne = new ArrayList<>();
        try {
            for (String line : Files.readAllLines(OF_THIS_PROCESS)) {
                String[] fields = line.split(":", 3);
                if (fields.length == 3 && !fields[1].isEmpty()) {
                    versionOne.add(fields[1]);
                }
            }
            if (versionOne.isEmpty()) {
                Mounts.cgroup2(ROOT);
                return;
            }
            Mounts.tmpfs(ROOT, "mode=755");
            for (String controllers : versionOne) {
                Path target = ROOT.resolve(controllers.replace("name=", ""));
                Files.createDirectory(target);
                Mounts.cgroup(target, controllers);
            }
            Path unified = ROOT.resolve("unified");
            Files.createDirectory(unified);
            Mounts.cgroup2(unified);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A new cpuset group takes no processes until it has processors and memory.
    private static void inherit(Path parent, Path group, String file) throws IOException {
        if (Files.exists(group.resolve(file)) && Files.readString(group.resolve(file)).isBlank()) {
            KernelFiles.write(group.resolve(file), Files.readString(parent.resolve(file)).strip());
        }
    }

    /// A group's directory and those below it, parents first; empty when there is no such group.
    private static List<Path> tree(Path directory) {
        List<Path> found = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return found;
        }
        found.add(directory);
        try (DirectoryStream<Path> children =
                Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path child : children) {
                found.addAll(tree(child));
            }
        } catch (NoSuchFileException e) {
            // It went away meanwhile.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private static List<Long> members(Path directory) {
        try {
            return Files.readAllLines(directory.resolve("cgroup.procs")).stream()
                    .map(Long::valueOf)
                    .filter(pid -> pid != 0)
                    .toList();
        } catch (IOException e) {
            // It went away, or is a threaded group, whose processes are listed above it.
            return List.of();
        }
    }
}
