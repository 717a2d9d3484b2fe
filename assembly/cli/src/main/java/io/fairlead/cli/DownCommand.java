package io.fairlead.cli;

import io.fairlead.client.Kubeconfig;
import io.fairlead.cluster.Cluster;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.Removal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead down`.
@Command(
        name = "down",
        description =
                "stop the cluster; nothing of it stays on the machine but its state, for the next"
                        + " up")
final class DownCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Option(names = "--delete", description = "remove the state and the kubectl context too")
    boolean isStateDeleted;

    @Option(
            names = "--kubeconfig",
            paramLabel = "FILE",
            description = "with --delete: the file that holds the context")
    @Nullable Path kubeconfig;

    @Override
    public Integer call() {
        if (!"root".equals(System.getProperty("user.name"))) {
            throw new ClusterException("stopping a cluster needs root: run it with sudo.");
        }
        ClusterFolders folders = cluster.folders();
        boolean isKnown = Files.isDirectory(folders.data()) || Files.isDirectory(folders.run());
        boolean wasRunning = Removal.takeDown(folders);
        if (isStateDeleted) {
            ClusterFolders.remove(folders.data());
            Caller caller = Caller.current();
            Path file =
                    kubeconfig == null ? caller.kubeconfig() : ClusterChoice.absolute(kubeconfig);
            Kubeconfig.remove(file, Cluster.contextName(folders.name()));
            caller.own(file);
        }
        if (!isKnown) {
            System.out.println("There is no cluster \"" + folders.name() + "\".");
        } else if (isStateDeleted) {
            System.out.println(
                    "Cluster \"" + folders.name() + "\" is gone, and its state with it.");
        } else {
            System.out.println(
                    "Cluster \"%s\" %s; its state stays in %s for the next up."
                            .formatted(
                                    folders.name(),
                                    wasRunning ? "is down" : "was not running",
                                    folders.data()));
        }
        return 0;
    }
}
