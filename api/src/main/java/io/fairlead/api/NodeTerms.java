package io.fairlead.api;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a pod says about the labels and names of nodes, and a volume about where it can be reached.
public final class NodeTerms {
    private NodeTerms() {}

    public static boolean matchesSelector(JsonObject pod, JsonObject node) {
        Map<String, String> labels = node.texts("metadata", "labels");
        return labels.entrySet().containsAll(pod.texts("spec", "nodeSelector").entrySet());
    }

    /// One of the terms must hold; where none is given all nodes match.
    public static boolean matchesRequiredAffinity(JsonObject pod, JsonObject node) {
        JsonObject required =
                pod.object(
                        "spec",
                        "affinity",
                        "nodeAffinity",
                        "requiredDuringSchedulingIgnoredDuringExecution");
        return required.isEmpty()
                || required.list("nodeSelectorTerms").stream().anyMatch(term -> holds(term, node));
    }

    /// Whether a node selector, as volumes have it, selects a node; an empty one selects all.
    public static boolean matches(JsonObject selector, JsonObject node) {
        return selector.isEmpty()
                || selector.list("nodeSelectorTerms").stream().anyMatch(term -> holds(term, node));
    }

    /// The sum of the weights of the preferences that hold.
    public static long preference(JsonObject pod, JsonObject node) {
        return pod
                .list(
                        "spec",
                        "affinity",
                        "nodeAffinity",
                        "preferredDuringSchedulingIgnoredDuringExecution")
                .stream()
                .filter(preferred -> holds(preferred.object("preference"), node))
                .mapToLong(preferred -> preferred.number(0, "weight"))
                .sum();
    }

    private static boolean holds(Json term, JsonObject node) {
        List<Json> byLabel = term.list("matchExpressions");
        List<Json> byField = term.list("matchFields");
        // A term without any requirement matches nothing.
        return !(byLabel.isEmpty() && byField.isEmpty())
                && byLabel.stream()
                        .allMatch(wanted -> meets(wanted, label(node, wanted.text("key"))))
                && byField.stream()
                        .allMatch(wanted -> meets(wanted, field(node, wanted.text("key"))));
    }

    private static boolean meets(Json wanted, @Nullable String actual) {
        List<String> values = wanted.list("values").stream().map(value -> value.text()).toList();
        return switch (wanted.text("operator")) {
            case "In" -> actual != null && values.contains(actual);
            case "NotIn" -> actual == null || !values.contains(actual);
            case "Exists" -> actual != null;
            case "DoesNotExist" -> actual == null;
            case "Gt" -> compare(actual, values) > 0;
            case "Lt" -> compare(actual, values) < 0;
            default -> false;
        };
    }

    /// Zero also where either is no number, which meets neither of the two comparisons.
    private static int compare(@Nullable String actual, List<String> values) {
        try {
            return actual == null || values.size() != 1
                    ? 0
                    : Long.compare(Long.parseLong(actual), Long.parseLong(values.getFirst()));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static @Nullable String label(JsonObject node, String key) {
        return node.texts("metadata", "labels").get(key);
    }

    private static @Nullable String field(JsonObject node, String key) {
        return key.equals("metadata.name") ? node.text("metadata", "name") : null;
    }
}
