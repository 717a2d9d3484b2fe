package io.fairlead.cli;

import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.NodeRulesView;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `fairlead rules NODE [SERVICE]`.
@Command(
        name = "rules",
        description = "print the rules in a node's kernel, of all Services or of one")
final class RulesCommand implements Callable<Integer> {
    @Mixin ClusterChoice cluster = new ClusterChoice();

    @Parameters(index = "0", paramLabel = "NODE")
    String node = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "[NAMESPACE/]SERVICE")
    @Nullable String service;

    @Override
    public Integer call() {
        ClusterFolders folders = cluster.running();
        ClusterSettings settings = folders.settings().orElse(ClusterSettings.DEFAULTS);
        System.out.print(NodeRulesView.print(settings, node, service == null ? "" : service));
        return 0;
    }
}
