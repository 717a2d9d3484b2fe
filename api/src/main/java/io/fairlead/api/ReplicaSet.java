package io.fairlead.api;

import java.util.Optional;

/// A view of a ReplicaSet.
public record ReplicaSet(JsonObject tree) implements ApiObject {
    /// How many pods it shall have.
    public int replicas() {
        return (int) tree.number(1, "spec", "replicas");
    }

    public LabelSelector selector() {
        return LabelSelector.of(tree.object("spec", "selector"));
    }

    public JsonObject template() {
        return tree.object("spec", "template");
    }

    public int minReadySeconds() {
        return (int) tree.number(0, "spec", "minReadySeconds");
    }

    /// How many pods it has, as its controller saw them last.
    public int currentReplicas() {
        return (int) tree.number(0, "status", "replicas");
    }

    public int readyReplicas() {
        return (int) tree.number(0, "status", "readyReplicas");
    }

    public int availableReplicas() {
        return (int) tree.number(0, "status", "availableReplicas");
    }

    public Optional<JsonObject> condition(String type) {
        return tree.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .map(condition -> (JsonObject) condition)
                .findFirst();
    }
}
