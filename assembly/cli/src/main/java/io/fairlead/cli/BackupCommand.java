package io.fairlead.cli;

import io.fairlead.cluster.ClusterBackup;
import io.fairlead.cluster.ClusterFolders;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `fairlead backup FILE`: the state of a running cluster, as it is at one moment.
@Command(
        name = "backup",
        description = "write a running cluster's objects, keys and settings into one file")
final class BackupCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Parameters(paramLabel = "FILE", description = "the archive; replaced when it is there")
    Path file = Path.of("");

    @Override
    public Integer call() {
        ClusterFolders folders = cluster.running();
        Path archive = ClusterChoice.absolute(file);
        try (ClusterAccess access = ClusterAccess.open(folders)) {
            ClusterBackup.write(folders, access.storeCopy(), archive);
        }
        System.out.printf(
                "Cluster \"%s\" is in %s, with its keys: keep it as safe as the cluster.%n",
                folders.name(), archive);
        return 0;
    }
}
