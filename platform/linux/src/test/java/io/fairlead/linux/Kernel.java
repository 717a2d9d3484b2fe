package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;

/// What tests against the real kernel share: whether they can run, names of their own, and other
/// programs as judges.
final class Kernel {
    private static final AtomicInteger COUNTER = new AtomicInteger();

    private Kernel() {}

    static void assumeRoot() throws IOException {
        boolean root = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        Assumptions.assumeTrue(root, "needs root for namespaces and mounts");
    }

    /// Unique on this machine: other tests run at the same time.
    static String uniqueName(String prefix) {
        return prefix + ProcessHandle.current().pid() + "-" + COUNTER.incrementAndGet();
    }

    static NetworkNamespace newNamespace(Path directory) {
        return NetworkNamespace.create(directory.resolve(uniqueName("ns")));
    }

    static String output(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(() -> List.of(command) + ": " + output).isZero();
        return output;
    }

    /// Runs a command inside the namespace mounted on that file.
    static String outputIn(Path namespace, String... command)
            throws IOException, InterruptedException {
        String[] all = new String[command.length + 2];
        all[0] = "nsenter";
        all[1] = "--net=" + namespace;
        System.arraycopy(command, 0, all, 2, command.length);
        return output(all);
    }
}
