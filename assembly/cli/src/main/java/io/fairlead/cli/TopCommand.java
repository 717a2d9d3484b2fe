package io.fairlead.cli;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ObjectName;
import io.fairlead.cluster.ClusterException;
import io.fairlead.cluster.ClusterFolders;
import io.fairlead.cluster.ClusterSettings;
import io.fairlead.cluster.ServiceActivity;
import io.fairlead.cluster.ServiceActivity.Counts;
import io.fairlead.cluster.ServiceActivity.Reading;
import io.fairlead.cluster.ServiceActivity.Service;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `fairlead top services`.
@Command(
        name = "top",
        description = "show what the cluster is asked for",
        subcommands = TopCommand.Services.class)
final class TopCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new ClusterException("say what to show: fairlead top services.");
    }

    enum Output {
        table,
        json
    }

    /// `fairlead top services`: the counters of all nodes' proxies, added up, again and again.
    @Command(
            name = "services",
            description = "show connections, bytes, refusals and drops of each Service")
    static final class Services implements Callable<Integer> {
        private static final String CLEAR = "\033[H\033[2J";

        @Mixin ClusterChoice cluster = new ClusterChoice();

        @Option(
                names = {"-n", "--namespace"},
                paramLabel = "NAMESPACE",
                description = "only Services of this namespace (default: all)")
        String namespace = "";

        @Option(names = "--endpoints", description = "show each Service's endpoints too")
        boolean isByEndpoint;

        @Option(names = "--once", description = "show it once and end")
        boolean isOnce;

        @Option(
                names = "--interval",
                paramLabel = "TIME",
                converter = DurationWord.class,
                description = "how long to wait before it is shown again (default: 2s)")
        Duration interval = Duration.ofSeconds(2);

        @Option(
                names = {"-o", "--output"},
                paramLabel = "FORMAT",
                description = "table or json; json is written once (default: table)")
        Output output = Output.table;

        @Option(
                names = "--kubeconfig",
                paramLabel = "FILE",
                description = "another cluster, whose nodes run \"fairlead proxy\"")
        @Nullable Path kubeconfig;

        @Override
        public Integer call() throws InterruptedException {
            Path file = kubeconfig;
            if (file != null) {
                try (ServiceActivity activity =
                        ServiceActivity.of(ClusterChoice.readKubeconfig(file))) {
                    return show(activity);
                }
            }
            ClusterFolders folders = cluster.running();
            ClusterSettings settings = folders.settings().orElse(ClusterSettings.DEFAULTS);
            try (ClusterAccess access = ClusterAccess.open(folders);
                    ServiceActivity activity =
                            ServiceActivity.of(folders, settings, access.client().transport())) {
                return show(activity);
            }
        }

        private int show(ServiceActivity activity) throws InterruptedException {
            Reading now = activity.read();
            warn(now);
            if (output == Output.json) {
                System.out.println(JsonWriter.text(tree(chosen(now))));
                return 0;
            }
            if (isOnce) {
                table(chosen(now), Map.of(), 0).forEach(System.out::println);
                return 0;
            }
            boolean isTerminal =
                    System.console() instanceof java.io.Console console && console.isTerminal();
            Map<ObjectName, Service> before = Map.of();
            double seconds = 0;
            while (true) {
                List<String> lines = table(chosen(now), before, seconds);
                System.out.println((isTerminal ? CLEAR : "") + String.join("\n", lines));
                before = now.services();
                long read = System.nanoTime();
                Thread.sleep(interval);
                now = activity.read();
                seconds = (System.nanoTime() - read) / 1e9;
            }
        }

        private static void warn(Reading reading) {
            reading.silent()
                    .forEach(sentence -> System.err.println(sentence + "; it is not counted."));
        }

        private Map<ObjectName, Service> chosen(Reading reading) {
            Map<ObjectName, Service> chosen = new TreeMap<>(reading.services());
            chosen.keySet()
                    .removeIf(name -> !namespace.isEmpty() && !name.namespace().equals(namespace));
            return chosen;
        }

        /// The busiest first.
        ///
        /// @param seconds since `before`; zero when there is nothing to compare with
        private List<String> table(
                Map<ObjectName, Service> now, Map<ObjectName, Service> before, double seconds) {
            List<String> lines = new ArrayList<>();
            lines.add(
                    line(
                            "NAMESPACE",
                            "SERVICE",
                            "CONNECTIONS",
                            seconds > 0 ? "PER SECOND" : "",
                            "BYTES IN",
                            "BYTES OUT",
                            "REFUSED",
                            "DROPPED"));
            Comparator<Map.Entry<ObjectName, Service>> busiest =
                    Comparator.comparingLong(each ->
                            each.getValue().counts().connections()
                                    - connections(before, each.getKey()));
            now.entrySet().stream()
                    .sorted(busiest.reversed().thenComparing(Map.Entry.comparingByKey()))
                    .forEach(each -> {
                        ObjectName name = each.getKey();
                        Counts counts = each.getValue().counts();
                        long more = counts.connections() - connections(before, name);
                        lines.add(
                                line(
                                        name.namespace(),
                                        name.name(),
                                        String.valueOf(counts.connections()),
                                        seconds > 0
                                                ? String.format(Locale.ROOT, "%.1f", more / seconds)
                                                : "",
                                        size(counts.bytesIn()),
                                        size(counts.bytesOut()),
                                        String.valueOf(counts.refused()),
                                        String.valueOf(counts.dropped())));
                        if (isByEndpoint) {
                            new TreeMap<>(each.getValue().endpoints())
                                    .forEach((address, of) -> lines.add(endpoint(address, of)));
                        }
                    });
            return lines;
        }

        private static long connections(Map<ObjectName, Service> services, ObjectName name) {
            Service known = services.get(name);
            return known == null ? 0 : known.counts().connections();
        }

        private static String endpoint(String address, Counts counts) {
            return line(
                    "",
                    "  " + address,
                    String.valueOf(counts.connections()),
                    "",
                    size(counts.bytesIn()),
                    size(counts.bytesOut()),
                    "",
                    "");
        }

        private static String line(String namespace, String service, String... figures) {
            StringBuilder line = new StringBuilder("%-16s %-28s".formatted(namespace, service));
            for (String figure : figures) {
                line.append(" %11s".formatted(figure));
            }
            return line.toString().stripTrailing();
        }

        private static String size(long bytes) {
            double size = bytes;
            String unit = "";
            for (String next : List.of("Ki", "Mi", "Gi", "Ti")) {
                if (size < 1024) {
                    break;
                }
                size /= 1024;
                unit = next;
            }
            return unit.isEmpty()
                    ? String.valueOf(bytes)
                    : String.format(Locale.ROOT, "%.1f%s", size, unit);
        }

        private JsonObject tree(Map<ObjectName, Service> services) {
            List<Json> items = new ArrayList<>();
            services.forEach((name, service) -> {
                JsonObject.Builder item =
                        JsonObject.builder()
                                .put("namespace", name.namespace())
                                .put("name", name.name());
                put(item, service.counts())
                        .put("refused", service.counts().refused())
                        .put("dropped", service.counts().dropped());
                List<Json> endpoints = new ArrayList<>();
                new TreeMap<>(service.endpoints())
                        .forEach((address, counts) ->
                                endpoints.add(
                                        put(JsonObject.builder().put("address", address), counts)
                                                .build()));
                items.add(item.put("endpoints", new JsonArray(endpoints)).build());
            });
            return JsonObject.of("services", new JsonArray(items));
        }

        private static JsonObject.Builder put(JsonObject.Builder tree, Counts counts) {
            return tree.put("connections", counts.connections())
                    .put("bytesIn", counts.bytesIn())
                    .put("bytesOut", counts.bytesOut());
        }
    }
}
