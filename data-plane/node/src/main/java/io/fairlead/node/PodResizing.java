package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gives a pod's containers more or less processor and memory while they run. What is asked for is judged first: whether the node has it at all, and now. Then
/// it is allocated, and containers are told, or started again where they asked for that. Owned by the pod's mailbox.
final class PodResizing {
    private static final Duration RETRY = Duration.ofSeconds(5);
    private static final List<String> COUNTED = List.of("cpu", "memory");

    private final NodeParts parts;
    private final Mailbox mailbox;
    private final List<ContainerSlot> slots;
    private final Runnable wake;
    private Optional<Refusal> refusal = Optional.empty();
    private String problem = "";
    private boolean isUnderWay;
    private boolean isRetrying;

    /// Why what is asked for is not allocated.
    ///
    /// @param reason `Infeasible` for ever, or `Deferred` for now
    private record Refusal(String reason, String message) {}

    PodResizing(NodeParts parts, Mailbox mailbox, List<ContainerSlot> slots, Runnable wake) {
        this.parts = parts;
        this.mailbox = mailbox;
        this.slots = slots;
        this.wake = wake;
    }

    /// Judges what is new, and does what is allocated and not done.
    void step(AssignedPod pod) {
        boolean isWanted =
                slots.stream().anyMatch(slot -> !slot.allocated.equals(slot.spec.resources()));
        if (isWanted) {
            Optional<Refusal> verdict = judge(pod);
            if (verdict.isEmpty()) {
                slots.forEach(slot -> slot.allocated = slot.spec.resources());
                isUnderWay = true;
                problem = "";
                parts.normal(pod, "ResizeStarted", "Pod resize started: " + told(pod));
            } else if (!verdict.equals(refusal)) {
                parts.warning(
                        pod,
                        "Resize" + verdict.get().reason(),
                        "Pod resize %s: %s"
                                .formatted(verdict.get().reason(), verdict.get().message()));
            }
            refusal = verdict;
            if (verdict.filter(why -> why.reason().equals("Deferred")).isPresent()) {
                retry();
            }
        } else {
            refusal = Optional.empty();
        }
        slots.forEach(this::apply);
        if (isUnderWay && slots.stream().allMatch(PodResizing::isApplied)) {
            isUnderWay = false;
            parts.normal(pod, "ResizeCompleted", "Pod resize completed: " + told(pod));
        }
    }

    private static boolean isApplied(ContainerSlot slot) {
        return !slot.isRunning() || slot.applied.equals(slot.allocated);
    }

    private static String told(AssignedPod pod) {
        List<Json> containers = new ArrayList<>();
        for (ContainerSpec spec : pod.containers()) {
            if (spec.role() == ContainerSpec.Role.MAIN) {
                containers.add(
                        JsonObject.of("name", Json.of(spec.name()), "resources", spec.resources()));
            }
        }
        return JsonObject.of(
                        "containers",
                        new JsonArray(containers),
                        "generation",
                        Json.of(pod.generation()))
                .toString();
    }

    private Optional<Refusal> judge(AssignedPod pod) {
        Map<String, Long> wanted = requests(pod);
        Map<String, Long> used = new HashMap<>();
        for (AssignedPod other : parts.pods().get()) {
            if (!other.uid().equals(pod.uid()) && !other.isFinished()) {
                requests(other).forEach((name, amount) -> used.merge(name, amount, Long::sum));
            }
        }
        for (String name : COUNTED) {
            long capacity = amount(name, parts.settings().capacity().getOrDefault(name, "0"));
            long requested = wanted.getOrDefault(name, 0L);
            long others = used.getOrDefault(name, 0L);
            if (requested > capacity) {
                return Optional.of(
                        new Refusal(
                                "Infeasible",
                                "Node didn't have enough capacity: %s, requested: %d, capacity: %d"
                                        .formatted(name, requested, capacity)));
            }
            if (requested + others > capacity) {
                return Optional.of(
                        new Refusal(
                                "Deferred",
                                "Node didn't have enough resource: %s, requested: %d, used: %d, capacity: %d"
                                        .formatted(name, requested, others, capacity)));
            }
        }
        return Optional.empty();
    }

    private static Map<String, Long> requests(AssignedPod pod) {
        Map<String, Long> sum = new HashMap<>();
        for (ContainerSpec spec : pod.containers()) {
            boolean counts =
                    spec.role() == ContainerSpec.Role.MAIN
                            || spec.role() == ContainerSpec.Role.SIDECAR;
            if (counts) {
                spec.resources()
                        .object("requests")
                        .forEach((name, value) ->
                                sum.merge(name, amount(name, JsonTexts.of(value)), Long::sum));
            }
        }
        return sum;
    }

    private static long amount(String name, String quantity) {
        return name.equals("cpu") ? Amount.milli(quantity) : Amount.bytes(quantity);
    }

    private void apply(ContainerSlot slot) {
        RunningContainer container = slot.running;
        if (container == null || slot.isAdjusting || slot.isStopping || isApplied(slot)) {
            return;
        }
        if (mustRestart(slot)) {
            slot.isReplaced = true;
            return;
        }
        JsonObject resources = slot.allocated;
        long limit = OciResources.memoryLimit(resources);
        long held =
                parts.cgroups()
                        .usage(container.identity())
                        .map(use -> use.memoryBytes())
                        .orElse(0L);
        boolean isLess = limit >= 0 && limit < OciResources.memoryLimit(slot.applied);
        if (isLess && held > limit) {
            problem =
                    "attempting to set pod memory limit (%d) below current usage (%d)"
                            .formatted(limit, held);
            retry();
            return;
        }
        slot.isAdjusting = true;
        parts.tasks()
                .execute(() -> {
                    String failure = adjust(container, resources);
                    mailbox.post(() -> {
                        slot.isAdjusting = false;
                        problem = failure;
                        if (failure.isEmpty()) {
                            slot.applied = resources;
                        } else {
                            retry();
                        }
                        wake.run();
                    });
                });
    }

    /// @return what went wrong; empty for nothing
    private static String adjust(RunningContainer container, JsonObject resources) {
        try {
            container.adjust(resources);
            return "";
        } catch (java.io.IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private void retry() {
        if (!isRetrying) {
            isRetrying = true;
            parts.after(
                    RETRY,
                    () ->
                            mailbox.post(() -> {
                                isRetrying = false;
                                wake.run();
                            }));
        }
    }

    private static boolean mustRestart(ContainerSlot slot) {
        for (String name : COUNTED) {
            boolean isChanged =
                    !slot.applied
                                    .find("requests", name)
                                    .equals(slot.allocated.find("requests", name))
                            || !slot.applied
                                    .find("limits", name)
                                    .equals(slot.allocated.find("limits", name));
            boolean wantsRestart =
                    slot.spec.tree().list("resizePolicy").stream()
                            .anyMatch(policy ->
                                    policy.text("resourceName").equals(name)
                                            && policy.text("restartPolicy")
                                                    .equals("RestartContainer"));
            if (isChanged && wantsRestart) {
                return true;
            }
        }
        return false;
    }

    /// What the pod's status says of it now.
    List<JsonObject> conditions(AssignedPod pod) {
        List<JsonObject> conditions = new ArrayList<>();
        refusal.ifPresent(why ->
                conditions.add(condition(pod, "PodResizePending", why.reason(), why.message())));
        if (slots.stream().anyMatch(slot -> !isApplied(slot))) {
            conditions.add(
                    condition(
                            pod, "PodResizeInProgress", problem.isEmpty() ? "" : "Error", problem));
        }
        return conditions;
    }

    private JsonObject condition(AssignedPod pod, String type, String reason, String message) {
        String since =
                pod.status().list("conditions").stream()
                        .filter(present -> present.text("type").equals(type))
                        .map(present -> present.text("lastTransitionTime"))
                        .findFirst()
                        .orElseGet(() -> seconds(parts.clock().instant()));
        return JsonObject.builder()
                .put("type", type)
                .put("status", "True")
                .put("lastTransitionTime", since)
                .putUnlessEmpty("reason", reason)
                .putUnlessEmpty("message", message)
                .put("observedGeneration", pod.generation())
                .build();
    }

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
