package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.NodeTerms;
import io.fairlead.api.Tolerations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Why a node cannot take a pod, in the words that `kubectl describe` shows.
final class NodeFit {
    private static final String AFFINITY = "node(s) didn't match Pod's node affinity/selector";

    private NodeFit() {}

    /// Empty when the node can take it; else every reason that can be told.
    static List<String> obstacles(
            JsonObject pod, Resources requests, JsonObject node, NodeLoad load) {
        if (node.flag("spec", "unschedulable") && !toleratesUnschedulable(pod)) {
            return List.of("node(s) were unschedulable");
        }
        Optional<String> taint = untolerated(pod, node);
        if (taint.isPresent()) {
            return List.of("node(s) had untolerated taint " + taint.get());
        }
        if (!NodeTerms.matchesSelector(pod, node)
                || !NodeTerms.matchesRequiredAffinity(pod, node)) {
            return List.of(AFFINITY);
        }
        if (load.hasAnyPortOf(NodeLoad.hostPorts(pod))) {
            return List.of("node(s) didn't have free ports for the requested pod ports");
        }
        return shortages(requests, load.free());
    }

    /// How many taints the node has that the pod would rather avoid.
    static long reluctance(JsonObject pod, JsonObject node) {
        return node.list("spec", "taints").stream()
                .filter(taint -> taint.text("effect").equals("PreferNoSchedule"))
                .filter(taint -> !Tolerations.tolerates(pod, taint))
                .count();
    }

    private static List<String> shortages(Resources requests, Resources free) {
        List<String> shortages = new ArrayList<>();
        if (free.pods() < requests.pods()) {
            shortages.add("Too many pods");
        }
        if (requests.cpuMillis() > 0 && free.cpuMillis() < requests.cpuMillis()) {
            shortages.add("Insufficient cpu");
        }
        if (requests.memoryBytes() > 0 && free.memoryBytes() < requests.memoryBytes()) {
            shortages.add("Insufficient memory");
        }
        return shortages;
    }

    private static Optional<String> untolerated(JsonObject pod, JsonObject node) {
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
