package io.fairlead.cli;

import io.fairlead.cluster.ClusterBackup;
import io.fairlead.cluster.ClusterFolders;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `fairlead restore FILE`: makes what `backup` wrote a cluster's state again.
@Command(
        name = "restore",
        description = "make a backup a cluster's state again; the next up starts it")
final class RestoreCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Parameters(paramLabel = "FILE", description = "what \"fairlead backup\" wrote")
    Path file = Path.of("");

    @Option(names = "--replace", description = "also where there is state already, which is lost")
    boolean isReplacing;

    @Override
    public Integer call() {
        ClusterFolders folders = cluster.folders();
        long revision =
                ClusterBackup.restore(
                        ClusterChoice.absolute(file),
                        folders,
                        isReplacing
                                ? ClusterBackup.Replacement.WANTED
                                : ClusterBackup.Replacement.REFUSED);
        System.out.printf(
                "Cluster \"%s\" is restored in %s, at revision %d; start it with \"fairlead up\".%n",
                folders.name(), folders.data(), revision);
        return 0;
    }
}
