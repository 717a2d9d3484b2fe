package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A status' list of conditions, of which there is one of each type.
final class Conditions {
    private Conditions() {}

    /// A condition as it comes to be now.
    static JsonObject of(String type, String status, String reason, String message, Instant now) {
        return JsonObject.builder()
                .put("type", type)
                .put("status", status)
                .put("lastUpdateTime", seconds(now))
                .put("lastTransitionTime", seconds(now))
                .put("reason", reason)
                .put("message", message)
                .build();
    }

    static Optional<JsonObject> find(List<JsonObject> conditions, String type) {
        return conditions.stream()
                .filter(condition -> condition.text("type").equals(type))
                .findFirst();
    }

    /// With one condition set. Its transition time moves with its status only; nothing moves when status and reason are the same.
    static List<JsonObject> with(List<JsonObject> conditions, JsonObject wanted) {
        Optional<JsonObject> current = find(conditions, wanted.text("type"));
        if (current.isPresent()
                && current.get().text("status").equals(wanted.text("status"))
                && current.get().text("reason").equals(wanted.text("reason"))) {
            return conditions;
        }
        JsonObject next = wanted;
        if (current.isPresent()
                && current.get().text("status").equals(wanted.text("status"))
                && current.get().has("lastTransitionTime")) {
            next =
                    wanted.with(
                            "lastTransitionTime",
                            Json.of(current.get().text("lastTransitionTime")));
        }
        List<JsonObject> changed = without(conditions, wanted.text("type"));
        changed.add(next);
        return changed;
    }

    static List<JsonObject> without(List<JsonObject> conditions, String type) {
        List<JsonObject> others = new ArrayList<>(conditions);
        others.removeIf(condition -> condition.text("type").equals(type));
        return others;
    }

    static List<JsonObject> of(JsonObject object) {
        List<JsonObject> conditions = new ArrayList<>();
        for (Json condition : object.list("status", "conditions")) {
            if (condition instanceof JsonObject tree) {
                conditions.add(tree);
            }
        }
        return conditions;
    }

    static JsonArray tree(List<JsonObject> conditions) {
        return JsonArray.from(conditions, condition -> condition);
    }

    static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }
}
