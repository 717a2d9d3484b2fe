package io.fairlead.api;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Boils the states of a pod's containers down to one row.
final class PodRow {
    private final JsonObject pod;
    private final Map<String, Json> initContainers = new HashMap<>();
    private String status;
    private long ready;
    private long restarts;
    private @Nullable Instant lastRestart;

    private PodRow(JsonObject pod) {
        this.pod = pod;
        this.status = pod.text("status", "phase");
    }

    static boolean fill(TableRow row) {
        JsonObject object = row.object();
        PodRow pod = new PodRow(object);
        long containers = pod.read();
        row.name()
                .text(pod.ready + "/" + containers)
                .text(pod.status)
                .text(pod.restarts(row.now()));
        List<Json> addresses = object.list("status", "podIPs");
        row.age()
                .textOrNone(addresses.isEmpty() ? "" : addresses.getFirst().text("ip"))
                .textOrNone(object.text("spec", "nodeName"))
                .textOrNone(object.text("status", "nominatedNodeName"))
                .text(gates(object));
        return true;
    }

    /// Pods that are over are marked, so that clients may hide them.
    static JsonObject withConditions(JsonObject row, JsonObject pod) {
        return switch (pod.text("status", "phase")) {
            case "Succeeded" -> over(row, "Succeeded", "The pod has completed successfully.");
            case "Failed" -> over(row, "Failed", "The pod failed.");
            default -> row;
        };
    }

    private static JsonObject over(JsonObject row, String reason, String message) {
        JsonObject condition =
                JsonObject.builder()
                        .put("type", "Completed")
                        .put("status", "True")
                        .put("reason", reason)
                        .put("message", message)
                        .build();
        return row.with("conditions", JsonArray.of(condition));
    }

    private long read() {
        if (!pod.text("status", "reason").isEmpty()) {
            status = pod.text("status", "reason");
        }
        if (pod.list("status", "conditions").stream()
                .anyMatch(condition ->
                        condition.text("type").equals("PodScheduled")
                                && condition.text("reason").equals("SchedulingGated"))) {
            status = "SchedulingGated";
        }
        long containers = pod.list("spec", "containers").size();
        for (Json container : pod.list("spec", "initContainers")) {
            initContainers.put(container.text("name"), container);
            containers += isSidecar(container) ? 1 : 0;
        }
        boolean initializing = readInitContainers();
        if (!initializing || hasCondition("Initialized")) {
            readContainers();
        }
        if (pod.has("metadata", "deletionTimestamp")) {
            String phase = pod.text("status", "phase");
            if (pod.text("status", "reason").equals("NodeLost")) {
                status = "Unknown";
            } else if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
                status = "Terminating";
            }
        }
        return containers;
    }

    /// Whether one of them has still to finish.
    private boolean readInitContainers() {
        long sidecarRestarts = 0;
        Instant sidecarRestart = null;
        List<Json> statuses = pod.list("status", "initContainerStatuses");
        for (int i = 0; i < statuses.size(); i++) {
            Json container = statuses.get(i);
            Json spec = initContainers.getOrDefault(container.text("name"), JsonObject.EMPTY);
            countRestarts(container);
            if (isSidecar(spec)) {
                sidecarRestarts += container.number(0, "restartCount");
                sidecarRestart = lastRestart;
            }
            JsonObject terminated = container.object("state", "terminated");
            if (container.has("state", "terminated") && terminated.number(0, "exitCode") == 0) {
                continue;
            }
            if (isSidecar(spec) && container.flag("started")) {
                ready += container.flag("ready") ? 1 : 0;
                continue;
            }
            status = "Init:" + initState(container, i);
            return true;
        }
        restarts = sidecarRestarts;
        lastRestart = sidecarRestart;
        return false;
    }

    private String initState(Json container, int position) {
        if (container.has("state", "terminated")) {
            return ended(container.object("state", "terminated"));
        }
        String waiting = container.text("state", "waiting", "reason");
        return waiting.isEmpty() || waiting.equals("PodInitializing")
                ? position + "/" + pod.list("spec", "initContainers").size()
                : waiting;
    }

    private void readContainers() {
        boolean running = false;
        for (Json container : pod.list("status", "containerStatuses").reversed()) {
            countRestarts(container);
            String waiting = container.text("state", "waiting", "reason");
            if (!waiting.isEmpty()) {
                status = waiting;
            } else if (container.has("state", "terminated")) {
                status = ended(container.object("state", "terminated"));
            } else if (container.flag("ready") && container.has("state", "running")) {
                running = true;
                ready++;
            }
        }
        if (status.equals("Completed") && running) {
            status = hasCondition("Ready") ? "Running" : "NotReady";
        }
    }

    private static String ended(JsonObject terminated) {
        if (!terminated.text("reason").isEmpty()) {
            return terminated.text("reason");
        }
        long signal = terminated.number(0, "signal");
        return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.number(0, "exitCode");
    }

    private void countRestarts(Json container) {
        restarts += container.number(0, "restartCount");
        Optional<Instant> end =
                new GenericObject((JsonObject) container)
                        .time("lastState", "terminated", "finishedAt");
        if (end.isPresent() && (lastRestart == null || end.get().isAfter(lastRestart))) {
            lastRestart = end.get();
        }
    }

    private String restarts(Instant now) {
        return restarts == 0 || lastRestart == null
                ? Long.toString(restarts)
                : "%d (%s ago)".formatted(restarts, AgeText.since(Optional.of(lastRestart), now));
    }

    private boolean hasCondition(String type) {
        return isTrue(pod, type);
    }

    private static boolean isTrue(JsonObject pod, String type) {
        return pod.list("status", "conditions").stream()
                .anyMatch(condition ->
                        condition.text("type").equals(type)
                                && condition.text("status").equals("True"));
    }

    private static boolean isSidecar(Json container) {
        return container.text("restartPolicy").equals("Always");
    }

    private static String gates(JsonObject pod) {
        List<Json> gates = pod.list("spec", "readinessGates");
        if (gates.isEmpty()) {
            return "<none>";
        }
        long open = gates.stream().filter(gate -> isTrue(pod, gate.text("conditionType"))).count();
        return open + "/" + gates.size();
    }
}
