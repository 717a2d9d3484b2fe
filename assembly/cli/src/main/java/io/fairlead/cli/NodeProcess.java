package io.fairlead.cli;

import io.fairlead.client.ApiAccess;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.PodIdentity;
import io.fairlead.cluster.ClusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// What the commands have in common that do one job on one node of somebody else's cluster.
final class NodeProcess {
    private NodeProcess() {}

    /// @param given what the command line says; else it is $NODE_NAME, else the host's name
    static String nodeName(String given) {
        String name = given.isEmpty() ? System.getenv().getOrDefault("NODE_NAME", "") : given;
        try {
            return name.isEmpty()
                    ? Files.readString(Path.of("/proc/sys/kernel/hostname"))
                            .strip()
                            .toLowerCase(Locale.ROOT)
                    : name.strip().toLowerCase(Locale.ROOT);
        } catch (IOException e) {
            throw new ClusterException(
                    "the host's name cannot be read (%s): give the node's on the command line."
                            .formatted(e.getMessage()),
                    e);
        }
    }

    /// @param kubeconfig how to reach the API server; empty: as the pod that this runs in
    static ApiAccess access(Optional<Path> kubeconfig) {
        if (kubeconfig.isEmpty()) {
            return ApiAccess.of(PodIdentity.of(PodIdentity.FOLDER, System.getenv()));
        }
        if (!Files.exists(kubeconfig.get())) {
            throw new ClusterException("there is no kubeconfig %s.".formatted(kubeconfig.get()));
        }
        return ApiAccess.of(Kubeconfig.read(kubeconfig.get()));
    }

    /// Until the process is told to end; then `part` is closed.
    static void serve(AutoCloseable part) throws InterruptedException {
        CountDownLatch over = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    try {
                                        part.close();
                                    } catch (Exception e) {
                                        System.err.println("fairlead: " + e.getMessage());
                                    }
                                    over.countDown();
                                    // The end that was asked for is no failure.
                                    Runtime.getRuntime().halt(0);
                                },
                                "shutdown"));
        over.await();
    }
}
