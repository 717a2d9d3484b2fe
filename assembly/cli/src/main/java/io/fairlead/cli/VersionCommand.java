package io.fairlead.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `fairlead version`.
@Command(
        name = "version",
        description = "print the version, and the version of Kubernetes that it answers as")
final class VersionCommand implements Callable<Integer> {
    static final String VERSION = "0.1.0";

    @Override
    public Integer call() {
        System.out.println("fairlead " + VERSION + ", answers as Kubernetes v1.36");
        return 0;
    }
}
