package io.fairlead.cli;

import io.fairlead.cluster.ClusterException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// `fairlead kubeconfig`.
@Command(
        name = "kubeconfig",
        description = "print a kubeconfig with which one is the cluster's administrator")
final class KubeconfigCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Override
    public Integer call() {
        try {
            System.out.print(Files.readString(cluster.existing().adminKubeconfig()));
            return 0;
        } catch (IOException e) {
            throw new ClusterException(
                    "the administrator's kubeconfig cannot be read (%s): run it as root."
                            .formatted(e.getClass().getSimpleName()),
                    e);
        }
    }
}
