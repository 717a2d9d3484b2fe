package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.linux.GroupUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// A [NodeUsage] as others read it: `/metrics/resource` for Prometheus and metrics servers, `/stats/summary` as JSON. Safe for use by many threads.
final class UsagePages {
    private static final Duration RATE_OVER_AT_LEAST = Duration.ofSeconds(5);
    private static final double NANOS = 1e9;

    private final String node;
    private final Instant nodeStarted;
    private final Map<String, Measured> measured = new HashMap<>();

    /// @param cpuNanos used until then
    /// @param nanoCores used on average before that; negative while unknown
    private record Measured(Instant at, long cpuNanos, long nanoCores) {}

    /// @param nodeStarted when this node's program began
    UsagePages(String node, Instant nodeStarted) {
        this.node = node;
        this.nodeStarted = nodeStarted;
    }

    /// How much runs here, in the text format of Prometheus.
    static String counts(Collection<PodWorker> workers, NodeUsage usage) {
        int containers = usage.pods().stream().mapToInt(pod -> pod.containers().size()).sum();
        StringBuilder text = new StringBuilder();
        new Family("running_pods", "gauge", "Pods on this node.").head(text, "kubelet_");
        text.append("kubelet_running_pods ").append(workers.size()).append('\n');
        new Family("running_containers", "gauge", "Containers that run.").head(text, "kubelet_");
        text.append("kubelet_running_containers{container_state=\"running\"} ");
        return text.append(containers).append('\n').toString();
    }

    /// In the text format of Prometheus, with times.
    String metrics(NodeUsage usage) {
        StringBuilder text = new StringBuilder();
        long millis = usage.at().toEpochMilli();
        List<Sample> nodes =
                usage.total().map(total -> new Sample("", total, nodeStarted)).stream().toList();
        List<Sample> pods = new ArrayList<>();
        List<Sample> containers = new ArrayList<>();
        for (NodeUsage.OfPod pod : usage.pods()) {
            String labels =
                    "namespace=\"%s\",pod=\"%s\""
                            .formatted(pod.pod().namespace(), pod.pod().name());
            pods.add(new Sample("{" + labels + "}", pod.total(), Instant.EPOCH));
            for (NodeUsage.OfContainer container : pod.containers()) {
                containers.add(
                        new Sample(
                                "{container=\"%s\",%s}".formatted(container.name(), labels),
                                container.usage(),
                                container.started()));
            }
        }
        Family cpu = new Family("cpu_usage_seconds_total", "counter", "Processor time used.");
        Family memory =
                new Family(
                        "memory_working_set_bytes",
                        "gauge",
                        "Memory that cannot be taken back without harm.");
        Family start =
                new Family(
                        "start_time_seconds", "gauge", "When it started, in seconds since 1970.");
        ToDoubleFunction<Sample> seconds = sample -> sample.usage().cpuNanos() / NANOS;
        ToDoubleFunction<Sample> bytes = sample -> sample.usage().workingSetBytes();
        cpu.write(text, "container_", containers, millis, seconds);
        memory.write(text, "container_", containers, millis, bytes);
        start.write(
                text,
                "container_",
                containers,
                millis,
                sample -> sample.started().toEpochMilli() / 1e3);
        cpu.write(text, "node_", nodes, millis, seconds);
        memory.write(text, "node_", nodes, millis, bytes);
        cpu.write(text, "pod_", pods, millis, seconds);
        memory.write(text, "pod_", pods, millis, bytes);
        Family failed =
                new Family("resource_scrape_error", "gauge", "1 if something could not be read.");
        failed.head(text, "");
        text.append("resource_scrape_error ")
                .append(usage.total().isPresent() ? 0 : 1)
                .append('\n');
        return text.toString();
    }

    /// @param labels with braces, or empty
    private record Sample(String labels, GroupUsage usage, Instant started) {}

    private record Family(String suffix, String type, String help) {
        void head(StringBuilder text, String prefix) {
            text.append("# HELP ").append(prefix).append(suffix).append(' ').append(help);
            text.append("\n# TYPE ").append(prefix).append(suffix).append(' ').append(type);
            text.append('\n');
        }

        void write(
                StringBuilder text,
                String prefix,
                List<Sample> samples,
                long millis,
                ToDoubleFunction<Sample> value) {
            if (samples.isEmpty()) {
                return;
            }
            head(text, prefix);
            for (Sample sample : samples) {
                text.append(prefix).append(suffix).append(sample.labels()).append(' ');
                text.append(String.format(Locale.ROOT, "%.6f", value.applyAsDouble(sample)));
                text.append(' ').append(millis).append('\n');
            }
        }
    }

    /// As the kubelet's summary names things.
    synchronized JsonObject summary(NodeUsage usage) {
        Map<String, Measured> before = Map.copyOf(measured);
        measured.clear();
        JsonObject whole =
                JsonObject.of(
                        "nodeName", Json.of(node), "startTime", Json.of(nodeStarted.toString()));
        if (usage.total().isPresent()) {
            whole = with(whole, "", usage.total().get(), usage.at(), before);
        }
        List<Json> pods = new ArrayList<>();
        for (NodeUsage.OfPod pod : usage.pods()) {
            List<Json> containers = new ArrayList<>();
            for (NodeUsage.OfContainer container : pod.containers()) {
                containers.add(
                        with(
                                JsonObject.of(
                                        "name",
                                        Json.of(container.name()),
                                        "startTime",
                                        Json.of(container.started().toString())),
                                pod.pod().uid() + "/" + container.name(),
                                container.usage(),
                                usage.at(),
                                before));
            }
            JsonObject told =
                    JsonObject.of(
                            "podRef",
                            JsonObject.of(
                                    "name",
                                    Json.of(pod.pod().name()),
                                    "namespace",
                                    Json.of(pod.pod().namespace()),
                                    "uid",
                                    Json.of(pod.pod().uid())),
                            "startTime",
                            Json.of(pod.pod().status().text("startTime")),
                            "containers",
                            new JsonArray(containers));
            pods.add(with(told, pod.pod().uid(), pod.total(), usage.at(), before));
        }
        return JsonObject.of("node", whole, "pods", new JsonArray(pods));
    }

    private JsonObject with(
            JsonObject tree,
            String key,
            GroupUsage usage,
            Instant at,
            Map<String, Measured> before) {
        Measured now = measure(before.get(key), usage.cpuNanos(), at);
        measured.put(key, now);
        JsonObject cpu =
                JsonObject.of(
                        "time",
                        Json.of(at.toString()),
                        "usageCoreNanoSeconds",
                        Json.of(usage.cpuNanos()));
        return tree.with(
                        "cpu",
                        now.nanoCores() < 0
                                ? cpu
                                : cpu.with("usageNanoCores", Json.of(now.nanoCores())))
                .with(
                        "memory",
                        JsonObject.builder()
                                .put("time", at.toString())
                                .put("usageBytes", Json.of(usage.memoryBytes()))
                                .put("workingSetBytes", Json.of(usage.workingSetBytes()))
                                .put("rssBytes", Json.of(usage.anonymousBytes()))
                                .build());
    }

    /// A rate needs two measurements that are not too close to each other.
    private static Measured measure(@Nullable Measured before, long cpuNanos, Instant at) {
        if (before == null) {
            return new Measured(at, cpuNanos, -1);
        }
        Duration between = Duration.between(before.at(), at);
        if (between.compareTo(RATE_OVER_AT_LEAST) < 0) {
            return before;
        }
        long used = Math.max(0, cpuNanos - before.cpuNanos());
        return new Measured(at, cpuNanos, (long) (used * NANOS / between.toNanos()));
    }
}
