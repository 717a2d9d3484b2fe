package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.orElse;

import java.util.List;

/// What Kubernetes fills into HorizontalPodAutoscalers.
final class AutoscalingDefaults {
    private AutoscalingDefaults() {}

    static JsonObject apply(JsonObject object, ResourceType type) {
        if (!type.kind().equals("HorizontalPodAutoscaler")) {
            return object;
        }
        JsonObject filled = edit(object, spec -> orElse(spec, "minReplicas", 1), "spec");
        return type.version().equals("v2") ? edit(filled, AutoscalingDefaults::v2, "spec") : filled;
    }

    private static JsonObject v2(JsonObject spec) {
        JsonObject filled = spec;
        if (spec.list("metrics").isEmpty()) {
            filled = filled.with("metrics", JsonArray.of(processorMetric()));
        }
        if (!spec.has("behavior")) {
            return filled;
        }
        JsonObject behavior = filled.object("behavior");
        behavior =
                behavior.with(
                        "scaleUp",
                        rules(
                                orElse(behavior.object("scaleUp"), "stabilizationWindowSeconds", 0),
                                List.of(policy("Pods", 4), policy("Percent", 100))));
        behavior =
                behavior.with(
                        "scaleDown",
                        rules(behavior.object("scaleDown"), List.of(policy("Percent", 100))));
        return filled.with("behavior", behavior);
    }

    private static JsonObject rules(JsonObject rules, List<JsonObject> policies) {
        JsonObject filled = orElse(rules, "selectPolicy", "Max");
        return filled.list("policies").isEmpty()
                ? filled.with("policies", JsonArray.from(policies, policy -> policy))
                : filled;
    }

    private static JsonObject policy(String type, int value) {
        return JsonObject.of(
                "type", Json.of(type), "value", Json.of(value), "periodSeconds", Json.of(15));
    }

    private static JsonObject processorMetric() {
        JsonObject target =
                JsonObject.of("type", Json.of("Utilization"), "averageUtilization", Json.of(80));
        return JsonObject.of(
                "type",
                Json.of("Resource"),
                "resource",
                JsonObject.of("name", Json.of("cpu"), "target", target));
    }
}
