package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.GenericObject;
import io.fairlead.api.IntOrString;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Counts how many pods of each PodDisruptionBudget may be evicted. Keys are budgets.
public final class DisruptionController implements Controller {
    /// How long an eviction that was granted counts although its pod is not on its way out.
    private static final Duration GRANT = Duration.ofMinutes(2);

    private final InstantSource clock;

    public DisruptionController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "disruption-controller";
    }

    @Override
    public String eventSource() {
        return "controllermanager";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(
                ResourceType.POD_DISRUPTION_BUDGET,
                ResourceType.POD,
                ResourceType.REPLICA_SET,
                ResourceType.REPLICATION_CONTROLLER,
                ResourceType.DEPLOYMENT,
                ResourceType.STATEFUL_SET);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.POD_DISRUPTION_BUDGET)) {
            return List.of(new Key(ResourceType.POD_DISRUPTION_BUDGET, change.name()));
        }
        Set<Key> keys = new LinkedHashSet<>();
        boolean isPod = change.type().equals(ResourceType.POD);
        for (GenericObject budget :
                index.list(
                        ResourceType.POD_DISRUPTION_BUDGET,
                        change.name().namespace(),
                        GenericObject::new)) {
            boolean concerns =
                    !isPod
                            || change.before().filter(pod -> selects(budget, pod)).isPresent()
                            || change.after().filter(pod -> selects(budget, pod)).isPresent();
            if (concerns) {
                keys.add(Key.of(ResourceType.POD_DISRUPTION_BUDGET, budget));
            }
        }
        return keys;
    }

    private static boolean selects(ApiObject budget, JsonObject pod) {
        return LabelSelector.of(budget.tree().object("spec", "selector")).matches(pod);
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<GenericObject> found = index.find(key, GenericObject::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        GenericObject budget = found.get();
        List<Pod> pods =
                index.list(ResourceType.POD, budget.namespace(), Pod::new).stream()
                        .filter(pod -> !pod.isFinished() && selects(budget, pod.tree()))
                        .toList();
        List<Write> writes = new ArrayList<>();
        if (pods.isEmpty()) {
            writes.add(
                    Write.tell(
                            EventSubject.of(ResourceType.POD_DISRUPTION_BUDGET, budget),
                            "NoPods",
                            "No matching pods found"));
        }
        Instant now = clock.instant();
        Optional<Duration> again = Optional.empty();
        JsonObject.Builder granted = JsonObject.builder();
        Map<String, Instant> waiting = new HashMap<>();
        budget.tree()
                .texts("status", "disruptedPods")
                .forEach((name, text) -> {
                    Instant end = Instant.parse(text).plus(GRANT);
                    boolean leaves =
                            pods.stream()
                                    .anyMatch(pod ->
                                            pod.name().equals(name) && !pod.isBeingDeleted());
                    if (leaves && end.isAfter(now)) {
                        granted.put(name, text);
                        waiting.put(name, end);
                    }
                });
        if (!waiting.isEmpty()) {
            Instant first = waiting.values().stream().min(Instant::compareTo).orElseThrow();
            again = Optional.of(Duration.between(now, first).plusMillis(1));
        }
        int healthy =
                (int)
                        pods.stream()
                                .filter(pod -> !pod.isBeingDeleted() && pod.isReady())
                                .filter(pod -> !waiting.containsKey(pod.name()))
                                .count();
        Counts counts = Counts.of(budget, pods, index);
        int allowed = counts.expected() > 0 ? Math.max(0, healthy - counts.desiredHealthy()) : 0;
        JsonObject.Builder status =
                JsonObject.builder()
                        .put("currentHealthy", healthy)
                        .put("desiredHealthy", counts.desiredHealthy())
                        .put("disruptionsAllowed", allowed)
                        .put("expectedPods", counts.expected())
                        .put("observedGeneration", budget.generation())
                        .putUnlessEmpty("disruptedPods", granted.build());
        status.put("conditions", Conditions.tree(conditions(budget, allowed, now)));
        Write.status(ResourceType.POD_DISRUPTION_BUDGET, budget, status.build())
                .ifPresent(writes::add);
        return new Plan(writes, again);
    }

    private static List<JsonObject> conditions(ApiObject budget, int allowed, Instant now) {
        JsonObject condition =
                JsonObject.builder()
                        .put("type", "DisruptionAllowed")
                        .put("status", allowed > 0 ? "True" : "False")
                        .put("observedGeneration", budget.generation())
                        .put("lastTransitionTime", Conditions.seconds(now))
                        .put("reason", allowed > 0 ? "SufficientPods" : "InsufficientPods")
                        .put("message", "")
                        .build();
        List<JsonObject> known = Conditions.of(budget.tree());
        Optional<JsonObject> before = Conditions.find(known, "DisruptionAllowed");
        boolean same =
                before.filter(one -> one.text("status").equals(condition.text("status")))
                        .isPresent();
        return NodeLifecycleController.replaced(
                known,
                same
                        ? condition.with(
                                "lastTransitionTime",
                                Json.of(before.get().text("lastTransitionTime")))
                        : condition);
    }

    /// How many pods there should be, and how many of them healthy.
    private record Counts(int expected, int desiredHealthy) {
        static Counts of(ApiObject budget, List<Pod> pods, ClusterIndex index) {
            Optional<Json> most = budget.tree().find("spec", "maxUnavailable");
            if (most.isPresent()) {
                int expected = scale(pods, index);
                int unavailable =
                        IntOrString.of(most.get()).scaled(expected, IntOrString.Rounding.UP);
                return new Counts(expected, Math.max(0, expected - unavailable));
            }
            IntOrString least =
                    IntOrString.of(budget.tree().find("spec", "minAvailable").orElse(Json.of(1)));
            if (least instanceof IntOrString.Whole whole) {
                return new Counts(pods.size(), whole.value());
            }
            int expected = scale(pods, index);
            return new Counts(expected, least.scaled(expected, IntOrString.Rounding.UP));
        }

        /// How many pods the workloads want that own these.
        private static int scale(List<Pod> pods, ClusterIndex index) {
            Map<Key, Integer> wanted = new HashMap<>();
            for (Pod pod : pods) {
                Optional<Key> owner = owner(pod, index);
                Optional<Key> above =
                        owner.filter(key -> key.type().equals(ResourceType.REPLICA_SET))
                                .flatMap(key -> index.find(key, GenericObject::new))
                                .flatMap(set -> owner(set, index));
                above.or(() -> owner)
                        .ifPresent(key ->
                                wanted.put(
                                        key,
                                        (int)
                                                index.find(key)
                                                        .orElseThrow()
                                                        .number(1, "spec", "replicas")));
            }
            return wanted.values().stream().mapToInt(Integer::intValue).sum();
        }

        private static Optional<Key> owner(ApiObject object, ClusterIndex index) {
            return object.controllerReference()
                    .flatMap(reference -> index.withUid(reference.text("uid")))
                    .filter(key -> index.find(key).isPresent());
        }
    }
}
