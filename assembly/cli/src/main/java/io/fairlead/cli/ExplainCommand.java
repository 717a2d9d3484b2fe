package io.fairlead.cli;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.YamlReader;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.OfflineCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead explain -f FILE`.
@Command(
        name = "explain",
        description =
                "print what becomes of objects, stage by stage, without a cluster and without root")
final class ExplainCommand implements Callable<Integer> {
    @Option(
            names = "-f",
            required = true,
            paramLabel = "FILE",
            description = "a manifest, or a folder of them; - for standard input")
    List<Path> files = List.of();

    @Option(
            names = "--node",
            paramLabel = "NODE",
            description = "the node whose packets are explained (default: node-1)")
    String node = "node-1";

    @Mixin RangeOptions ranges = new RangeOptions();

    @Override
    public Integer call() {
        ClusterSettings settings = settings();
        if (!ClusterSettings.DEFAULTS.nodeNames().contains(node)) {
            throw new ClusterException(
                    "--node %s: the explained cluster has node-1 to node-3.".formatted(node));
        }
        List<JsonObject> objects = new ArrayList<>();
        files.forEach(file -> objects.addAll(read(file)));
        try (OfflineCluster cluster = OfflineCluster.start(settings, List.of())) {
            cluster.apply(objects);
            System.out.print(cluster.explain(node));
        }
        return 0;
    }

    private ClusterSettings settings() {
        ClusterSettings usual = ClusterSettings.DEFAULTS;
        return usual.withRanges(
                ranges.services(usual.serviceCidrs()),
                ranges.pods(usual.podCidrs()),
                ranges.nodes(usual.nodeCidrs()));
    }

    private static List<JsonObject> read(Path file) {
        try {
            if (file.toString().equals("-")) {
                return YamlReader.readObjects(
                        new String(
                                System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
            }
            Path absolute = ClusterChoice.absolute(file);
            if (!Files.isDirectory(absolute)) {
                return YamlReader.readObjects(Files.readString(absolute));
            }
            List<JsonObject> objects = new ArrayList<>();
            try (Stream<Path> entries = Files.list(absolute)) {
                entries.filter(entry -> entry.toString().matches(".*\\.(ya?ml|json)"))
                        .sorted()
                        .forEach(entry -> objects.addAll(read(entry)));
            }
            return objects;
        } catch (IOException e) {
            throw new ClusterException("%s cannot be read: %s.".formatted(file, e.getMessage()), e);
        } catch (JsonSyntaxException e) {
            throw new ClusterException("%s: %s.".formatted(file, e.getMessage()), e);
        }
    }
}
