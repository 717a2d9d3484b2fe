package io.fairlead.api;

import java.util.List;
import java.util.Optional;

/// Which of a node's taints a pod puts up with.
public final class Tolerations {
    private Tolerations() {}

    public static boolean tolerates(JsonObject pod, Json taint) {
        return of(pod, taint).stream().findAny().isPresent();
    }

    /// The pod's tolerations of a taint.
    public static List<Json> of(JsonObject pod, Json taint) {
        return pod.list("spec", "tolerations").stream()
                .filter(toleration -> matches(toleration, taint))
                .toList();
    }

    /// The first taint of one of these effects that the pod does not put up with.
    public static Optional<Json> untolerated(
            JsonObject pod, JsonObject node, List<String> effects) {
        return node.list("spec", "taints").stream()
                .filter(taint -> effects.contains(taint.text("effect")))
                .filter(taint -> !tolerates(pod, taint))
                .findFirst();
    }

    /// An empty key, effect or operator of a toleration stands for all keys, all effects and `Equal`.
    private static boolean matches(Json toleration, Json taint) {
        String key = toleration.text("key");
        String effect = toleration.text("effect");
        boolean exists = toleration.text("operator").equals("Exists");
        return (effect.isEmpty() || effect.equals(taint.text("effect")))
                && (key.isEmpty() ? exists : key.equals(taint.text("key")))
                && (exists || toleration.text("value").equals(taint.text("value")));
    }
}
