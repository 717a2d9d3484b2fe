package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.NodeTerms;
import io.fairlead.api.Tolerations;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Why a node cannot take a pod, in the words that `kubectl describe` shows.
final class NodeFit {
    private NodeFit() {}

    /// What keeps a pod from a node, as far as the two alone can tell; empty when nothing does.
    static List<Obstacle> obstacles(
            JsonObject pod, Resources requests, JsonObject node, NodeLoad load) {
        if (node.flag("spec", "unschedulable") && !toleratesUnschedulable(pod)) {
            return List.of(Obstacle.fixed("node(s) were unschedulable"));
        }
        Optional<String> taint = untolerated(pod, node);
        if (taint.isPresent()) {
            return List.of(Obstacle.fixed("node(s) had untolerated taint " + taint.get()));
        }
        if (!NodeTerms.matchesSelector(pod, node)
                || !NodeTerms.matchesRequiredAffinity(pod, node)) {
            return List.of(Obstacle.fixed("node(s) didn't match Pod's node affinity/selector"));
        }
        if (load.hasAnyPortOf(NodeLoad.hostPorts(pod))) {
            return List.of(
                    Obstacle.byPods("node(s) didn't have free ports for the requested pod ports"));
        }
        // Room that the node never has cannot be made.
        List<String> hopeless = load.allocatable().shortages(requests);
        return load.free().shortages(requests).stream()
                .map(reason -> new Obstacle(reason, !hopeless.contains(reason)))
                .toList();
    }

    /// How many taints the node has that the pod would rather avoid.
    static long reluctance(JsonObject pod, JsonObject node) {
        return node.list("spec", "taints").stream()
                .filter(taint -> taint.text("effect").equals("PreferNoSchedule"))
                .filter(taint -> !Tolerations.tolerates(pod, taint))
                .count();
    }

    /// A taint that keeps the pod away, as `{key: value}`.
    static Optional<String> untolerated(JsonObject pod, JsonObject node) {
        return node.list("spec", "taints").stream()
                .filter(taint -> !taint.text("effect").equals("PreferNoSchedule"))
                .filter(taint -> !Tolerations.tolerates(pod, taint))
                .map(taint -> "{" + taint.text("key") + ": " + taint.text("value") + "}")
                .findFirst();
    }

    private static boolean toleratesUnschedulable(JsonObject pod) {
        JsonObject taint =
                JsonObject.ofStrings(
                        Map.of(
                                "key",
                                "node.kubernetes.io/unschedulable",
                                "value",
                                "",
                                "effect",
                                "NoSchedule"));
        return Tolerations.tolerates(pod, taint);
    }
}
