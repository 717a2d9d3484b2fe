package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Taints that say what is wrong with a node. Those with other keys are somebody else's.
final class NodeTaints {
    private static final String PREFIX = "node.kubernetes.io/";
    private static final List<String> OURS =
            List.of(
                    PREFIX + "not-ready",
                    PREFIX + "unreachable",
                    PREFIX + "memory-pressure",
                    PREFIX + "disk-pressure",
                    PREFIX + "pid-pressure",
                    PREFIX + "network-unavailable",
                    PREFIX + "unschedulable");

    private NodeTaints() {}

    static boolean isEvicting(Node node) {
        return node.tree().list("spec", "taints").stream()
                .anyMatch(taint -> taint.text("effect").equals("NoExecute"));
    }

    /// Makes a node's taints say what its conditions say; empty when they do.
    static Optional<Write> update(Node node, Instant now) {
        List<Json> present = node.tree().list("spec", "taints");
        List<JsonObject> wanted = wanted(node);
        List<Json> next = new ArrayList<>();
        for (Json taint : present) {
            boolean stays =
                    !OURS.contains(taint.text("key"))
                            || wanted.stream().anyMatch(one -> isSame(one, taint));
            if (stays) {
                next.add(taint);
            }
        }
        for (JsonObject taint : wanted) {
            if (present.stream().noneMatch(one -> isSame(one, taint))) {
                next.add(taint.with("timeAdded", Json.of(Conditions.seconds(now))));
            }
        }
        if (next.equals(present)) {
            return Optional.empty();
        }
        JsonObject tree =
                next.isEmpty()
                        ? node.tree().withoutAt("spec", "taints")
                        : node.tree().withAt(new JsonArray(next), "spec", "taints");
        return Optional.of(new Write.Update(ResourceType.NODE, tree));
    }

    private static boolean isSame(Json one, Json other) {
        return one.text("key").equals(other.text("key"))
                && one.text("effect").equals(other.text("effect"));
    }

    private static List<JsonObject> wanted(Node node) {
        List<JsonObject> wanted = new ArrayList<>();
        for (JsonObject condition : Conditions.of(node.tree())) {
            String status = condition.text("status");
            boolean isTrue = status.equals("True");
            switch (condition.text("type")) {
                case "Ready" -> {
                    if (!isTrue) {
                        String key = status.equals("Unknown") ? "unreachable" : "not-ready";
                        wanted.add(taint(key, "NoSchedule"));
                        wanted.add(taint(key, "NoExecute"));
                    }
                }
                case "MemoryPressure" -> addIf(isTrue, wanted, "memory-pressure");
                case "DiskPressure" -> addIf(isTrue, wanted, "disk-pressure");
                case "PIDPressure" -> addIf(isTrue, wanted, "pid-pressure");
                case "NetworkUnavailable" -> addIf(isTrue, wanted, "network-unavailable");
                default -> {}
            }
        }
        addIf(node.tree().flag("spec", "unschedulable"), wanted, "unschedulable");
        return wanted;
    }

    private static void addIf(boolean wrong, List<JsonObject> wanted, String key) {
        if (wrong) {
            wanted.add(taint(key, "NoSchedule"));
        }
    }

    private static JsonObject taint(String key, String effect) {
        return JsonObject.of("key", Json.of(PREFIX + key), "effect", Json.of(effect));
    }
}
