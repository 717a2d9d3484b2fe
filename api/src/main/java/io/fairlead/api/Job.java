package io.fairlead.api;

import java.util.Optional;
import java.util.OptionalInt;

/// A view of a Job.
public record Job(JsonObject tree) implements ApiObject {
    /// The finalizer that keeps a pod until its job has counted it.
    public static final String TRACKING = "batch.kubernetes.io/job-tracking";

    public static final String INDEX = "batch.kubernetes.io/job-completion-index";

    private static final int BACKOFF_LIMIT_DEFAULT = 6;

    public LabelSelector selector() {
        return LabelSelector.of(tree.object("spec", "selector"));
    }

    public JsonObject template() {
        return tree.object("spec", "template");
    }

    /// How many pods may run at once.
    public int parallelism() {
        return (int) tree.number(1, "spec", "parallelism");
    }

    /// How many pods must succeed; empty where the first success is the last.
    public OptionalInt completions() {
        return number("completions");
    }

    public boolean isIndexed() {
        return tree.text("spec", "completionMode").equals("Indexed");
    }

    public boolean isSuspended() {
        return tree.flag("spec", "suspend");
    }

    public int backoffLimit() {
        return (int) tree.number(BACKOFF_LIMIT_DEFAULT, "spec", "backoffLimit");
    }

    public OptionalInt backoffLimitPerIndex() {
        return number("backoffLimitPerIndex");
    }

    public OptionalInt maxFailedIndexes() {
        return number("maxFailedIndexes");
    }

    public OptionalInt activeDeadlineSeconds() {
        return number("activeDeadlineSeconds");
    }

    /// Empty where it stays after its end.
    public OptionalInt ttlSecondsAfterFinished() {
        return number("ttlSecondsAfterFinished");
    }

    /// Whether a pod is replaced only once it has failed, not while it ends.
    public boolean replacesFailedOnly() {
        return tree.text("spec", "podReplacementPolicy").equals("Failed")
                || tree.has("spec", "podFailurePolicy");
    }

    /// Whether its containers are restarted within their pod.
    public boolean restartsContainers() {
        return template().text("spec", "restartPolicy").equals("OnFailure");
    }

    /// The condition that tells its end, once it has one.
    public Optional<JsonObject> end() {
        return trueCondition("Complete").or(() -> trueCondition("Failed"));
    }

    public Optional<JsonObject> trueCondition(String type) {
        return tree.list("status", "conditions").stream()
                .filter(condition ->
                        condition.text("type").equals(type)
                                && condition.text("status").equals("True"))
                .map(condition -> (JsonObject) condition)
                .findFirst();
    }

    private OptionalInt number(String field) {
        return tree.has("spec", field)
                ? OptionalInt.of((int) tree.number(0, "spec", field))
                : OptionalInt.empty();
    }
}
