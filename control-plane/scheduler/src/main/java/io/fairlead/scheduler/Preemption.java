package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/// Which less important pods have to end so that an important one finds room: as few, as unimportant and as little protected ones as possible. Pure.
final class Preemption {
    /// More important ones first, then those that have run longer.
    private static final Comparator<JsonObject> IMPORTANCE =
            Comparator.comparingLong(Preemption::priority)
                    .reversed()
                    .thenComparing(Preemption::started);

    private final JsonObject pod;
    private final List<JsonObject> volumes;
    private final Map<String, NodeLoad> known;
    private final List<JsonObject> budgets;
    private final Function<String, JsonObject> namespace;

    /// What comes of it.
    sealed interface Outcome {}

    /// @param victims who have to end, the most important first
    record Plan(String node, Map<ObjectName, JsonObject> victims, long violations)
            implements Outcome {}

    /// @param message why there is nothing to be done, to be told after what keeps the pod away
    record Hopeless(String message) implements Outcome {}

    private Preemption(
            JsonObject pod,
            List<JsonObject> volumes,
            Map<String, NodeLoad> known,
            List<JsonObject> budgets,
            Function<String, JsonObject> namespace) {
        this.pod = pod;
        this.volumes = volumes;
        this.known = known;
        this.budgets = budgets;
        this.namespace = namespace;
    }

    static long priority(JsonObject pod) {
        return pod.number(0, "spec", "priority");
    }

    private static String started(JsonObject pod) {
        return pod.text("status", "startTime");
    }

    /// @param nominated where room has been made for the pod before
    /// @param budgets the disruption budgets of the cluster
    static Outcome of(
            JsonObject pod,
            List<JsonObject> volumes,
            Map<String, NodeLoad> known,
            Map<String, List<Obstacle>> obstacles,
            Optional<String> nominated,
            List<JsonObject> budgets,
            Function<String, JsonObject> namespace) {
        if (pod.text("spec", "preemptionPolicy").equals("Never")) {
            return new Hopeless("preemption: not eligible due to preemptionPolicy=Never.");
        }
        boolean isWaiting =
                nominated.map(known::get).stream()
                        .flatMap(load -> load.pods().values().stream())
                        .anyMatch(other ->
                                other.has("metadata", "deletionTimestamp")
                                        && priority(other) < priority(pod));
        if (isWaiting) {
            return new Hopeless(
                    "preemption: not eligible due to terminating pod on the nominated node.");
        }
        return new Preemption(pod, volumes, known, budgets, namespace).best(obstacles);
    }

    private Outcome best(Map<String, List<Obstacle>> obstacles) {
        List<Plan> plans = new ArrayList<>();
        List<String> reasons = new ArrayList<>();
        obstacles.forEach((node, found) -> {
            if (!found.stream().allMatch(Obstacle::yields)) {
                reasons.add("Preemption is not helpful for scheduling");
                return;
            }
            Optional<Plan> plan = plan(node);
            plan.ifPresentOrElse(
                    plans::add, () -> reasons.add("No preemption victims found for incoming pod"));
        });
        return plans.stream()
                .min(
                        Comparator.comparingLong(Plan::violations)
                                .thenComparingLong(plan -> highest(plan.victims()))
                                .thenComparingLong(plan ->
                                        plan.victims().values().stream()
                                                .mapToLong(Preemption::priority)
                                                .sum())
                                .thenComparingInt(plan -> plan.victims().size())
                                .thenComparing(
                                        plan -> youngest(plan.victims()),
                                        Comparator.reverseOrder()))
                .map(Outcome.class::cast)
                .orElseGet(() ->
                        new Hopeless("preemption: " + Nodes.counted(obstacles.size(), reasons)));
    }

    private static long highest(Map<ObjectName, JsonObject> victims) {
        return victims.values().stream()
                .mapToLong(Preemption::priority)
                .max()
                .orElse(Long.MIN_VALUE);
    }

    /// When the first of the most important victims started: the later, the less is lost.
    private static String youngest(Map<ObjectName, JsonObject> victims) {
        long highest = highest(victims);
        return victims.values().stream()
                .filter(victim -> priority(victim) == highest)
                .map(Preemption::started)
                .min(Comparator.naturalOrder())
                .orElse("");
    }

    /// Without all lesser pods first; then as many as still fit come back, the protected and the important ones before the others.
    private Optional<Plan> plan(String node) {
        NodeLoad load = Objects.requireNonNull(known.get(node)).copy();
        Map<ObjectName, JsonObject> lesser = new HashMap<>();
        load.forEach((name, other) -> {
            if (priority(other) < priority(pod)) {
                lesser.put(name, other);
            }
        });
        lesser.keySet().forEach(load::remove);
        if (lesser.isEmpty() || !fits(node, load)) {
            return Optional.empty();
        }
        List<Map.Entry<ObjectName, JsonObject>> byImportance =
                lesser.entrySet().stream().sorted(Map.Entry.comparingByValue(IMPORTANCE)).toList();
        List<ObjectName> guarded = guarded(byImportance);
        Map<ObjectName, JsonObject> victims = new TreeMap<>();
        long violations = 0;
        for (boolean isGuarded : new boolean[] {true, false}) {
            for (Map.Entry<ObjectName, JsonObject> one : byImportance) {
                if (guarded.contains(one.getKey()) != isGuarded) {
                    continue;
                }
                load.put(one.getKey(), one.getValue());
                if (!fits(node, load)) {
                    load.remove(one.getKey());
                    victims.put(one.getKey(), one.getValue());
                    violations += isGuarded ? 1 : 0;
                }
            }
        }
        return Optional.of(new Plan(node, victims, violations));
    }

    private boolean fits(String node, NodeLoad load) {
        Map<String, NodeLoad> then = new TreeMap<>(known);
        then.put(node, load);
        return Nodes.assess(pod, volumes, then, namespace).obstacles(load).isEmpty();
    }

    /// Those whose end would be one more than their disruption budgets allow.
    private List<ObjectName> guarded(List<Map.Entry<ObjectName, JsonObject>> pods) {
        long[] allowed =
                budgets.stream()
                        .mapToLong(budget -> budget.number(0, "status", "disruptionsAllowed"))
                        .toArray();
        List<ObjectName> guarded = new ArrayList<>();
        for (Map.Entry<ObjectName, JsonObject> one : pods) {
            boolean isOver = false;
            for (int i = 0; i < allowed.length; i++) {
                if (covers(budgets.get(i), one.getValue())) {
                    allowed[i]--;
                    isOver |= allowed[i] < 0;
                }
            }
            if (isOver) {
                guarded.add(one.getKey());
            }
        }
        return guarded;
    }

    private static boolean covers(JsonObject budget, JsonObject pod) {
        JsonObject selector = budget.object("spec", "selector");
        return budget.text("metadata", "namespace").equals(pod.text("metadata", "namespace"))
                && !selector.isEmpty()
                && LabelSelector.of(selector).matches(pod)
                && !budget.has("status", "disruptedPods", pod.text("metadata", "name"));
    }
}
