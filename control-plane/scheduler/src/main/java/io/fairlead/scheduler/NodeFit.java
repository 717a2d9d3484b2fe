package io.fairlead.scheduler;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
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
                .filter(taint -> !isTolerated(pod, taint))
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
                .filter(taint -> !isTolerated(pod, taint))
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
        return isTolerated(pod, taint);
    }

    private static boolean isTolerated(JsonObject pod, Json taint) {
        return pod.list("spec", "tolerations").stream()
                .anyMatch(toleration -> tolerates(toleration, taint));
    }

    /// An empty key, effect or operator of a toleration stands for all keys, all effects and `Equal`.
    private static boolean tolerates(Json toleration, Json taint) {
        String key = toleration.text("key");
        String effect = toleration.text("effect");
        boolean exists = toleration.text("operator").equals("Exists");
        return (effect.isEmpty() || effect.equals(taint.text("effect")))
                && (key.isEmpty() ? exists : key.equals(taint.text("key")))
                && (exists || toleration.text("value").equals(taint.text("value")));
    }
}
