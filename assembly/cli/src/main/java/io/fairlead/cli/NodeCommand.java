package io.fairlead.cli;

import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.NodeShell;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `fairlead node …`.
@Command(name = "node", description = "work with one node", subcommands = NodeCommand.Exec.class)
final class NodeCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new ClusterException(
                "say what to do with the node: fairlead node exec NODE -- COMMAND.");
    }

    /// `fairlead node exec NODE -- COMMAND`.
    @Command(name = "exec", description = "run a command of the host in a node's network")
    static final class Exec implements Callable<Integer> {
        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Parameters(index = "0", paramLabel = "NODE")
        String node = "";

        @Parameters(index = "1..*", arity = "1..*", paramLabel = "COMMAND")
        List<String> command = List.of();

        @Override
        public Integer call() throws InterruptedException {
            return NodeShell.run(cluster.running(), node, command);
        }
    }
}
