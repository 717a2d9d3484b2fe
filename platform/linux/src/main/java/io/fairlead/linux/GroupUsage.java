package io.fairlead.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What the processes of a control group, and of those below it, have used and hold.
///
/// @param cpuNanos since the group was made
/// @param memoryBytes all that is charged to it, page cache included
/// @param inactiveFileBytes the part of it that the kernel takes back first
/// @param anonymousBytes the part of it that no file stands behind
public record GroupUsage(
        long cpuNanos, long memoryBytes, long inactiveFileBytes, long anonymousBytes) {
    private static final long NANOS_PER_MICRO = 1_000;

    /// What cannot be taken back without harm.
    public long workingSetBytes() {
        return Math.max(0, memoryBytes - inactiveFileBytes);
    }

    /// @return empty when the group is gone, or nobody counts
    static Optional<GroupUsage> read(List<ControlGroups.Hierarchy> hierarchies, String group) {
        Optional<Long> cpu = Optional.empty();
        Optional<GroupUsage> memory = Optional.empty();
        for (ControlGroups.Hierarchy hierarchy : hierarchies) {
            Path folder = hierarchy.root().resolve(group);
            try {
                if (hierarchy.isUnified()) {
                    if (cpu.isEmpty() && Files.exists(folder.resolve("cpu.stat"))) {
                        cpu =
                                Optional.of(
                                        field(folder, "cpu.stat", "usage_usec") * NANOS_PER_MICRO);
                    }
                    if (Files.exists(folder.resolve("memory.current"))) {
                        memory =
                                Optional.of(
                                        new GroupUsage(
                                                0,
                                                number(folder, "memory.current"),
                                                field(folder, "memory.stat", "inactive_file"),
                                                field(folder, "memory.stat", "anon")));
                    }
                } else if (Files.exists(folder.resolve("cpuacct.usage"))) {
                    cpu = Optional.of(number(folder, "cpuacct.usage"));
                } else if (Files.exists(folder.resolve("memory.usage_in_bytes"))) {
                    memory =
                            Optional.of(
                                    new GroupUsage(
                                            0,
                                            number(folder, "memory.usage_in_bytes"),
                                            field(folder, "memory.stat", "total_inactive_file"),
                                            field(folder, "memory.stat", "total_rss")));
                }
            } catch (IOException e) {
                // It went away while it was read.
                return Optional.empty();
            }
        }
        if (cpu.isEmpty() || memory.isEmpty()) {
            return Optional.empty();
        }
        GroupUsage held = memory.get();
        return Optional.of(
                new GroupUsage(
                        cpu.get(),
                        held.memoryBytes(),
                        held.inactiveFileBytes(),
                        held.anonymousBytes()));
    }

    private static long number(Path folder, String file) throws IOException {
        return Long.parseLong(Files.readString(folder.resolve(file)).strip());
    }

    private static long field(Path folder, String file, String name) throws IOException {
        for (String line : Files.readAllLines(folder.resolve(file))) {
            if (line.startsWith(name + " ")) {
                return Long.parseLong(line.substring(name.length() + 1).strip());
            }
        }
        throw new IOException("%s says nothing of %s".formatted(folder.resolve(file), name));
    }
}
