package io.fairlead.cli;

import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.Rehearsal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `fairlead train`: does what a start does, without a machine, so that the JVM can keep what it loaded and compiled for the next start.
@Command(
        name = "train",
        hidden = true,
        description = "rehearse a start; the launcher makes its start-up cache this way")
final class TrainCommand implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
        Rehearsal.run(ClusterSettings.DEFAULTS);
        return 0;
    }
}
