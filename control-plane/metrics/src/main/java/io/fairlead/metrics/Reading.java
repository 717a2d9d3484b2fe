package io.fairlead.metrics;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What a node said at one moment of itself and its containers.
///
/// @param node its own use; empty when it does not know
record Reading(Instant at, Optional<Amount> node, Map<Container, Amount> containers) {
    private static final Pattern LINE =
            Pattern.compile("([a-z_]+)(?:\\{([^}]*)})? ([-+.\\deE]+)(?: \\d+)?");
    private static final Pattern LABEL = Pattern.compile("([a-z_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    Reading {
        containers = Map.copyOf(containers);
    }

    record Container(String namespace, String pod, String name) {}

    /// @param cpuSeconds used since its start
    /// @param memoryBytes the working set
    /// @param startedSeconds since 1970; 0 when it is unknown
    record Amount(double cpuSeconds, double memoryBytes, double startedSeconds) {
        static final Amount NONE = new Amount(0, 0, 0);
    }

    /// Reads Prometheus' text; lines about other things are passed over.
    static Reading parse(String text, Instant at) {
        Map<Container, Amount> containers = new HashMap<>();
        Amount node = Amount.NONE;
        boolean knowsNode = false;
        for (String line : text.split("\n")) {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                continue;
            }
            double value = Double.parseDouble(parts.group(3));
            String name = parts.group(1);
            if (name.startsWith("node_")) {
                node = with(node, name.substring("node_".length()), value);
                knowsNode = true;
            } else if (name.startsWith("container_") && parts.group(2) != null) {
                Map<String, String> labels = labels(parts.group(2));
                Container container =
                        new Container(
                                labels.getOrDefault("namespace", ""),
                                labels.getOrDefault("pod", ""),
                                labels.getOrDefault("container", ""));
                containers.put(
                        container,
                        with(
                                containers.getOrDefault(container, Amount.NONE),
                                name.substring("container_".length()),
                                value));
            }
        }
        return new Reading(at, knowsNode ? Optional.of(node) : Optional.empty(), containers);
    }

    private static Amount with(Amount amount, String what, double value) {
        return switch (what) {
            case "cpu_usage_seconds_total" ->
                    new Amount(value, amount.memoryBytes, amount.startedSeconds);
            case "memory_working_set_bytes" ->
                    new Amount(amount.cpuSeconds, value, amount.startedSeconds);
            case "start_time_seconds" -> new Amount(amount.cpuSeconds, amount.memoryBytes, value);
            default -> amount;
        };
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        Matcher label = LABEL.matcher(text);
        while (label.find()) {
            labels.put(label.group(1), label.group(2));
        }
        return labels;
    }
}
