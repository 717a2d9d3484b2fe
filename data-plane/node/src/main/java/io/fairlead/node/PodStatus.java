package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Computes the status of a pod from what its containers do. Pure: the same view gives the same status, but for the times at which
/// conditions turned.
final class PodStatus {
    private final PodView view;
    private final Instant now;

    private PodStatus(PodView view, Instant now) {
        this.view = view;
        this.now = now;
    }

    /// @param now when a condition turns that differs from what the pod's status said before
    static JsonObject of(PodView view, Instant now) {
        return new PodStatus(view, now).tree();
    }

    private JsonObject tree() {
        String phase = phase();
        AssignedPod pod = view.pod();
        JsonObject.Builder status = JsonObject.builder();
        if (pod.generation() > 0) {
            status.put("observedGeneration", pod.generation());
        }
        status.put("phase", phase);
        status.put("conditions", conditions(phase));
        view.failure()
                .ifPresent(failure ->
                        status.put("reason", failure.reason())
                                .putUnlessEmpty("message", failure.message()));
        status.put("hostIP", view.nodeAddresses().getFirst());
        status.put("hostIPs", addresses(view.nodeAddresses()));
        if (!view.podAddresses().isEmpty()) {
            status.put("podIP", view.podAddresses().getFirst());
            status.put("podIPs", addresses(view.podAddresses()));
        }
        status.put("startTime", seconds(view.started()));
        if (!view.inits().isEmpty()) {
            status.put("initContainerStatuses", JsonArray.from(view.inits(), PodStatus::container));
        }
        status.put("containerStatuses", JsonArray.from(view.mains(), PodStatus::container));
        if (!view.ephemerals().isEmpty()) {
            status.put(
                    "ephemeralContainerStatuses",
                    JsonArray.from(view.ephemerals(), PodStatus::container));
        }
        String quality = pod.status().text("qosClass");
        status.put("qosClass", quality.isEmpty() ? QualityOfService.of(pod) : quality);
        return status.build();
    }

    private String phase() {
        if (view.failure().isPresent()) {
            return "Failed";
        }
        String policy = view.pod().restartPolicy();
        boolean initFailed = false;
        boolean isInitialized = true;
        for (ContainerView init : view.inits()) {
            boolean isDone =
                    init.spec().role() == ContainerSpec.Role.SIDECAR
                            ? init.readiness() != ContainerView.Readiness.NOT_STARTED
                                    || init.state() instanceof ContainerState.Terminated
                            : init.hasSucceeded();
            boolean hasFailed =
                    init.spec().role() == ContainerSpec.Role.INIT
                            && init.state() instanceof ContainerState.Terminated ended
                            && !ended.exit().isSuccess();
            initFailed |= hasFailed && policy.equals("Never");
            isInitialized &= isDone;
        }
        if (initFailed) {
            return "Failed";
        }
        if (!isInitialized && view.mains().stream().noneMatch(PodStatus::hasRun)) {
            return "Pending";
        }
        boolean anyNeverRan = false;
        boolean anyRuns = false;
        boolean anyFailed = false;
        for (ContainerView main : view.mains()) {
            switch (main.state()) {
                case ContainerState.Running ignored -> anyRuns = true;
                case ContainerState.Terminated ended -> anyFailed |= !ended.exit().isSuccess();
                case ContainerState.Waiting ignored -> {
                    anyNeverRan |= main.last().isEmpty();
                    anyRuns |= main.last().isPresent();
                }
            }
        }
        if (anyNeverRan) {
            return "Pending";
        }
        if (anyRuns || policy.equals("Always")) {
            return "Running";
        }
        if (anyFailed) {
            return policy.equals("Never") ? "Failed" : "Running";
        }
        return "Succeeded";
    }

    private static boolean hasRun(ContainerView view) {
        return !(view.state() instanceof ContainerState.Waiting) || view.last().isPresent();
    }

    private JsonArray conditions(String phase) {
        List<Json> conditions = new ArrayList<>();
        conditions.add(
                condition("PodReadyToStartContainers", !view.podAddresses().isEmpty(), "", ""));
        List<String> incomplete =
                view.inits().stream()
                        .filter(init -> !isInitialized(init))
                        .map(init -> init.spec().name())
                        .toList();
        boolean isInitialized =
                incomplete.isEmpty() || view.mains().stream().anyMatch(PodStatus::hasRun);
        conditions.add(
                isInitialized
                        ? condition(
                                "Initialized",
                                true,
                                phase.equals("Succeeded") ? "PodCompleted" : "",
                                "")
                        : condition(
                                "Initialized",
                                false,
                                "ContainersNotInitialized",
                                "containers with incomplete status: " + list(incomplete)));
        Json containersReady = containersReady(phase);
        conditions.add(ready(containersReady));
        conditions.add(containersReady);
        conditions.add(condition("PodScheduled", true, "", ""));
        conditions.addAll(view.resizing());
        for (String type : List.of("PodResizePending", "PodResizeInProgress")) {
            boolean isTold =
                    view.pod().status().list("conditions").stream()
                            .anyMatch(told -> told.text("type").equals(type));
            if (isTold && view.resizing().stream().noneMatch(is -> is.text("type").equals(type))) {
                conditions.add(JsonObject.of("$patch", Json.of("delete"), "type", Json.of(type)));
            }
        }
        return new JsonArray(conditions);
    }

    private Json containersReady(String phase) {
        if (phase.equals("Succeeded") || phase.equals("Failed")) {
            return condition("ContainersReady", false, "Pod" + completed(phase), "");
        }
        List<String> unready = new ArrayList<>();
        for (ContainerView container : view.containers()) {
            boolean counts =
                    container.spec().role() == ContainerSpec.Role.MAIN
                            || container.spec().role() == ContainerSpec.Role.SIDECAR;
            if (counts && !container.isReady()) {
                unready.add(container.spec().name());
            }
        }
        if (unready.isEmpty()) {
            return condition("ContainersReady", true, "", "");
        }
        return condition(
                "ContainersReady",
                false,
                "ContainersNotReady",
                "containers with unready status: " + list(unready));
    }

    private Json ready(Json containersReady) {
        boolean areReady = containersReady.text("status").equals("True");
        List<String> missing = new ArrayList<>();
        for (Json gate : view.pod().spec().list("readinessGates")) {
            String type = gate.text("conditionType");
            boolean isTrue =
                    view.pod().status().list("conditions").stream()
                            .anyMatch(condition ->
                                    condition.text("type").equals(type)
                                            && condition.text("status").equals("True"));
            if (!isTrue) {
                missing.add(
                        "corresponding condition of pod readiness gate \"%s\" does not exist."
                                .formatted(type));
            }
        }
        if (areReady && !missing.isEmpty()) {
            return condition("Ready", false, "ReadinessGatesNotReady", String.join(", ", missing));
        }
        return condition(
                "Ready", areReady, containersReady.text("reason"), containersReady.text("message"));
    }

    private static boolean isInitialized(ContainerView init) {
        return init.spec().role() == ContainerSpec.Role.SIDECAR
                ? init.readiness() != ContainerView.Readiness.NOT_STARTED
                : init.hasSucceeded();
    }

    private static String completed(String phase) {
        return phase.equals("Succeeded") ? "Completed" : phase;
    }

    private static String list(List<String> names) {
        return "[" + String.join(" ", names) + "]";
    }

    /// Keeps the time of the pod's present condition where its status is the same.
    private JsonObject condition(String type, boolean holds, String reason, String message) {
        String word = holds ? "True" : "False";
        Optional<Json> present =
                view.pod().status().list("conditions").stream()
                        .filter(condition -> condition.text("type").equals(type))
                        .filter(condition -> condition.text("status").equals(word))
                        .findFirst();
        String since =
                present.map(condition -> condition.text("lastTransitionTime"))
                        .filter(text -> !text.isEmpty())
                        .orElse(seconds(now));
        return JsonObject.builder()
                .put("type", type)
                .put("status", word)
                .put("lastProbeTime", JsonNull.NULL)
                .put("lastTransitionTime", since)
                .put("reason", orNull(reason))
                .put("message", orNull(message))
                .build();
    }

    /// Null takes away what was said before.
    private static Json orNull(String text) {
        return text.isEmpty() ? JsonNull.NULL : Json.of(text);
    }

    private static JsonObject container(ContainerView container) {
        JsonObject.Builder status =
                JsonObject.builder()
                        .put("name", container.spec().name())
                        .put("state", state(container.state()))
                        .put(
                                "lastState",
                                container.last().map(PodStatus::state).orElse(JsonObject.EMPTY))
                        .put("ready", isReady(container))
                        .put("restartCount", container.restarts())
                        .put("image", container.spec().image())
                        .put("imageID", container.imageId())
                        .putUnlessEmpty("containerID", container.containerId())
                        .put(
                                "started",
                                container.readiness() != ContainerView.Readiness.NOT_STARTED)
                        .putUnlessEmpty(
                                "allocatedResources", container.allocated().object("requests"));
        if (container.spec().role() != ContainerSpec.Role.EPHEMERAL) {
            status.put("resources", container.applied());
        }
        return status.putUnlessEmpty("volumeMounts", mounts(container.spec())).build();
    }

    private static JsonArray mounts(ContainerSpec spec) {
        return JsonArray.from(
                spec.tree().list("volumeMounts"),
                mount -> {
                    JsonObject told =
                            JsonObject.of(
                                    "mountPath",
                                    Json.of(mount.text("mountPath")),
                                    "name",
                                    Json.of(mount.text("name")));
                    return mount.flag("readOnly")
                            ? told.with("readOnly", Json.of(true))
                                    .with("recursiveReadOnly", Json.of("Disabled"))
                            : told;
                });
    }

    // An init container that has done its work counts as ready.
    private static boolean isReady(ContainerView container) {
        return switch (container.spec().role()) {
            case INIT -> container.hasSucceeded();
            case MAIN, SIDECAR -> container.isReady();
            case EPHEMERAL -> false;
        };
    }

    private static JsonObject state(ContainerState state) {
        return switch (state) {
            case ContainerState.Waiting waiting ->
                    JsonObject.of(
                            "waiting",
                            JsonObject.builder()
                                    .put("reason", waiting.reason())
                                    .putUnlessEmpty("message", waiting.message())
                                    .build());
            case ContainerState.Running running ->
                    JsonObject.of(
                            "running",
                            JsonObject.of("startedAt", Json.of(seconds(running.started()))));
            case ContainerState.Terminated ended ->
                    JsonObject.of(
                            "terminated",
                            JsonObject.builder()
                                    .put("exitCode", ended.exit().code())
                                    .put("reason", ended.exit().reason())
                                    .putUnlessEmpty("message", ended.exit().message())
                                    .put("startedAt", seconds(ended.started()))
                                    .put("finishedAt", seconds(ended.exit().finished()))
                                    .putUnlessEmpty("containerID", ended.containerId())
                                    .build());
        };
    }

    private static JsonArray addresses(List<String> addresses) {
        return JsonArray.from(addresses, address -> JsonObject.of("ip", Json.of(address)));
    }

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
