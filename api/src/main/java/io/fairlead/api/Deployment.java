package io.fairlead.api;

import java.util.Optional;
import java.util.OptionalInt;

/// A view of a Deployment.
public record Deployment(JsonObject tree) implements ApiObject {
    public static final String REVISION = "deployment.kubernetes.io/revision";

    private static final int HISTORY_DEFAULT = 10;
    private static final int DEADLINE_SECONDS_DEFAULT = 600;

    public int replicas() {
        return (int) tree.number(1, "spec", "replicas");
    }

    public LabelSelector selector() {
        return LabelSelector.of(tree.object("spec", "selector"));
    }

    public JsonObject template() {
        return tree.object("spec", "template");
    }

    public boolean isPaused() {
        return tree.flag("spec", "paused");
    }

    /// Ends all old pods before it starts new ones.
    public boolean recreates() {
        return tree.text("spec", "strategy", "type").equals("Recreate");
    }

    public int minReadySeconds() {
        return (int) tree.number(0, "spec", "minReadySeconds");
    }

    /// How many replica sets of the past it keeps to roll back to.
    public int historyLimit() {
        return (int) tree.number(HISTORY_DEFAULT, "spec", "revisionHistoryLimit");
    }

    /// Empty when a rollout may take as long as it likes.
    public OptionalInt progressDeadlineSeconds() {
        long seconds = tree.number(DEADLINE_SECONDS_DEFAULT, "spec", "progressDeadlineSeconds");
        return seconds == Integer.MAX_VALUE ? OptionalInt.empty() : OptionalInt.of((int) seconds);
    }

    /// How many pods beyond its replicas a rolling update may have; a share is rounded up.
    public int maxSurge() {
        return recreates() ? 0 : share("maxSurge", Math::ceil);
    }

    /// How many of its replicas a rolling update may do without; a share is rounded down. One where neither this nor a surge would let it move.
    public int maxUnavailable() {
        if (recreates() || replicas() == 0) {
            return 0;
        }
        int unavailable = share("maxUnavailable", Math::floor);
        int moving = unavailable == 0 && maxSurge() == 0 ? 1 : unavailable;
        return Math.min(moving, replicas());
    }

    public long observedGeneration() {
        return tree.number(0, "status", "observedGeneration");
    }

    public Optional<JsonObject> condition(String type) {
        return tree.list("status", "conditions").stream()
                .filter(condition -> condition.text("type").equals(type))
                .map(condition -> (JsonObject) condition)
                .findFirst();
    }

    private interface Rounding {
        double round(double value);
    }

    private int share(String field, Rounding rounding) {
        Json value = tree.find("spec", "strategy", "rollingUpdate", field).orElse(Json.of("25%"));
        if (value instanceof JsonNumber number) {
            return number.value().intValue();
        }
        String text = value.text();
        if (!text.endsWith("%")) {
            return 0;
        }
        try {
            int percent = Integer.parseInt(text.substring(0, text.length() - 1));
            return (int) rounding.round(percent * (double) replicas() / 100);
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
