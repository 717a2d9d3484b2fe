package io.fairlead.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Who goes first when the machine has no memory left: from -1000, never, to 1000.
final class OomScore {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path OWN = Path.of("/proc/self/oom_score_adj");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final int MAY_LOWER = 24;
    private static final int GUARANTEED = -997;
    private static final int BEST_EFFORT = 1000;

    private OomScore() {}

    /// Of a container, by its pod's quality of service: the larger its share of the memory is that it has asked for, the later it goes. Never lower than this
    /// program may set.
    ///
    /// @param requestedBytes 0 for nothing asked for
    static long of(String quality, long requestedBytes) throws IOException {
        long wanted =
                switch (quality) {
                    case "Guaranteed" -> GUARANTEED;
                    case "BestEffort" -> BEST_EFFORT;
                    default ->
                            Math.clamp(
                                    BEST_EFFORT - 1000 * requestedBytes / memoryBytes(),
                                    1000 + GUARANTEED,
                                    BEST_EFFORT - 1);
                };
        return Math.max(wanted, lowest());
    }

    /// Without `CAP_SYS_RESOURCE` nobody may go below its own.
    private static long lowest() throws IOException {
        long rights = Long.parseUnsignedLong(line(STATUS, "CapEff:"), 16);
        return (rights >> MAY_LOWER & 1) == 1
                ? -1000
                : Long.parseLong(Files.readString(OWN).strip());
    }

    private static long memoryBytes() throws IOException {
        return 1024 * Long.parseLong(line(MEMORY, "MemTotal:").replace(" kB", ""));
    }

    private static String line(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            if (line.startsWith(name)) {
                return line.substring(name.length()).strip();
            }
        }
        throw new IOException("%s does not say %s".formatted(file, name));
    }
}
