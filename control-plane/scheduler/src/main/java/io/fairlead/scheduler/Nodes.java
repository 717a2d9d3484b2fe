package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All nodes with what they carry, and the choice among them. Owned by the scheduler's consumer thread.
final class Nodes {
    private final Map<String, NodeLoad> loads = new TreeMap<>();
    private final Map<ObjectName, String> places = new HashMap<>();
    private final Map<ObjectName, Nomination> nominations = new HashMap<>();
    private final RandomGenerator random;

    /// Room is being made on a node for a pod.
    private record Nomination(JsonObject pod, String node, Set<ObjectName> victims) {}

    Nodes(RandomGenerator random) {
        this.random = random;
    }

    void seeNode(String name, @Nullable JsonObject node) {
        loads.computeIfAbsent(name, ignored -> new NodeLoad()).see(node);
    }

    /// A pod is on a node now, by what the API says or because it was just bound.
    void place(ObjectName pod, JsonObject object, String node) {
        forget(pod);
        loads.computeIfAbsent(node, ignored -> new NodeLoad()).put(pod, object);
        places.put(pod, node);
    }

    void forget(ObjectName pod) {
        nominations.remove(pod);
        String node = places.remove(pod);
        if (node != null) {
            loads.computeIfAbsent(node, ignored -> new NodeLoad()).remove(pod);
        }
    }

    Optional<String> placeOf(ObjectName pod) {
        return Optional.ofNullable(places.get(pod));
    }

    /// Keeps the room that is being made on a node from pods that are less important.
    ///
    /// @param victims who have to leave first
    void nominate(ObjectName name, JsonObject pod, String node, Set<ObjectName> victims) {
        nominations.put(name, new Nomination(pod, node, Set.copyOf(victims)));
    }

    void withdrawNomination(ObjectName pod) {
        nominations.remove(pod);
    }

    /// Whether somebody has yet to leave for a pod.
    boolean isMakingRoom(ObjectName pod) {
        Nomination nomination = nominations.get(pod);
        return nomination != null
                && nomination.victims().stream()
                        .anyMatch(victim -> nomination.node().equals(places.get(victim)));
    }

    Decision decide(JsonObject pod) {
        return decide(pod, List.of(), _ -> JsonObject.EMPTY);
    }

    /// Why no node takes a pod, where it is nothing about nodes.
    String nowhere(String reason) {
        return "0/%d nodes are available: %s.".formatted(known().size(), reason);
    }

    /// The loads of the nodes that exist, by name.
    Map<String, NodeLoad> known() {
        Map<String, NodeLoad> known = new TreeMap<>();
        loads.forEach((name, load) -> {
            if (load.node().isPresent()) {
                known.put(name, load);
            }
        });
        return known;
    }

    /// @param volumes node selectors of the pod's volumes, all of which must select its node
    /// @param namespace finds a namespace's object by its name
    Decision decide(
            JsonObject pod, List<JsonObject> volumes, Function<String, JsonObject> namespace) {
        Map<String, NodeLoad> known = withNominated(pod, known());
        Assessment assessment = assess(pod, volumes, known, namespace);
        Map<String, List<Obstacle>> obstacles = new TreeMap<>();
        String best = "";
        Ranking bestRanking = null;
        for (Map.Entry<String, NodeLoad> entry : known.entrySet()) {
            List<Obstacle> found = assessment.obstacles(entry.getValue());
            if (!found.isEmpty()) {
                obstacles.put(entry.getKey(), found);
                continue;
            }
            Ranking ranking = assessment.ranking(entry.getValue(), random.nextInt());
            if (bestRanking == null || ranking.compareTo(bestRanking) < 0) {
                best = entry.getKey();
                bestRanking = ranking;
            }
        }
        return bestRanking == null
                ? new Decision.Unschedulable(message(obstacles), obstacles)
                : new Decision.Assigned(best);
    }

    static Assessment assess(
            JsonObject pod,
            List<JsonObject> volumes,
            Map<String, NodeLoad> known,
            Function<String, JsonObject> namespace) {
        List<Placed> placed = new ArrayList<>();
        Collection<JsonObject> nodes = new ArrayList<>();
        for (NodeLoad load : known.values()) {
            load.node().ifPresent(nodes::add);
            load.forEach((name, other) -> placed.add(new Placed(name, other, load)));
        }
        return Assessment.of(pod, volumes, placed, nodes, namespace);
    }

    /// The loads as they will be when those who are no less important than a pod have come to where room is made for them.
    private Map<String, NodeLoad> withNominated(JsonObject pod, Map<String, NodeLoad> known) {
        Predicate<JsonObject> goesFirst =
                other ->
                        !other.text("metadata", "uid").equals(pod.text("metadata", "uid"))
                                && Preemption.priority(other) >= Preemption.priority(pod);
        Map<String, NodeLoad> all = known;
        for (Map.Entry<ObjectName, Nomination> entry : nominations.entrySet()) {
            Nomination nomination = entry.getValue();
            NodeLoad load = all.get(nomination.node());
            if (load != null && goesFirst.test(nomination.pod())) {
                NodeLoad more = load.copy();
                more.put(entry.getKey(), nomination.pod());
                all = new TreeMap<>(all);
                all.put(nomination.node(), more);
            }
        }
        return all;
    }

    private static String message(Map<String, List<Obstacle>> obstacles) {
        return obstacles.isEmpty()
                ? "no nodes available to schedule pods"
                : counted(
                        obstacles.size(),
                        obstacles.values().stream()
                                .flatMap(List::stream)
                                .map(Obstacle::reason)
                                .toList());
    }

    /// Such as `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`
    static String counted(int nodes, List<String> reasons) {
        return "0/%d nodes are available: %s."
                .formatted(
                        nodes,
                        reasons.stream()
                                .collect(
                                        Collectors.groupingBy(
                                                reason -> reason, Collectors.counting()))
                                .entrySet()
                                .stream()
                                .map(reason -> reason.getValue() + " " + reason.getKey())
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }
}
