package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.NodeTerms;
import io.fairlead.api.ObjectName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All nodes with what they carry, and the choice among them. Owned by the scheduler's consumer thread.
final class Nodes {
    private final Map<String, NodeLoad> loads = new HashMap<>();
    private final Map<ObjectName, String> places = new HashMap<>();
    private final RandomGenerator random;

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
        String node = places.remove(pod);
        if (node != null) {
            loads.computeIfAbsent(node, ignored -> new NodeLoad()).remove(pod);
        }
    }

    Optional<String> placeOf(ObjectName pod) {
        return Optional.ofNullable(places.get(pod));
    }

    Decision decide(JsonObject pod) {
        return decide(pod, List.of());
    }

    /// Why no node takes a pod, where it is nothing about nodes.
    String nowhere(String reason) {
        long nodes = loads.values().stream().filter(load -> load.node().isPresent()).count();
        return "0/%d nodes are available: %s.".formatted(nodes, reason);
    }

    /// @param volumes node selectors of the pod's volumes, all of which must select its node
    Decision decide(JsonObject pod, List<JsonObject> volumes) {
        Optional<String> unknown = UnknownWishes.of(pod);
        if (unknown.isPresent()) {
            return new Decision.Unschedulable(unknown.get());
        }
        Resources requests = Resources.requestedBy(pod);
        Map<String, Integer> reasons = new TreeMap<>();
        String best = "";
        Ranking bestRanking = null;
        int nodes = 0;
        for (Map.Entry<String, NodeLoad> entry : loads.entrySet()) {
            NodeLoad load = entry.getValue();
            Optional<JsonObject> node = load.node();
            if (node.isEmpty()) {
                continue;
            }
            nodes++;
            List<String> obstacles = NodeFit.obstacles(pod, requests, node.get(), load);
            boolean reachesVolumes =
                    volumes.stream().allMatch(volume -> NodeTerms.matches(volume, node.get()));
            if (obstacles.isEmpty() && !reachesVolumes) {
                obstacles = List.of("node(s) had volume node affinity conflict");
            }
            if (!obstacles.isEmpty()) {
                obstacles.forEach(reason -> reasons.merge(reason, 1, Integer::sum));
                continue;
            }
            Ranking ranking = Ranking.of(pod, requests, node.get(), load, random.nextInt());
            if (bestRanking == null || ranking.compareTo(bestRanking) < 0) {
                best = entry.getKey();
                bestRanking = ranking;
            }
        }
        return bestRanking == null
                ? new Decision.Unschedulable(message(nodes, reasons))
                : new Decision.Assigned(best);
    }

    private static String message(int nodes, Map<String, Integer> reasons) {
        if (nodes == 0) {
            return "no nodes available to schedule pods";
        }
        return "0/%d nodes are available: %s."
                .formatted(
                        nodes,
                        reasons.entrySet().stream()
                                .map(reason -> reason.getValue() + " " + reason.getKey())
                                .sorted()
                                .collect(Collectors.joining(", ")));
    }
}
