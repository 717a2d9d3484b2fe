package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.util.List;
import java.util.Optional;

/// The stage that lets the cluster's policies change a write, and then refuse it. An ordered chain, made once.
final class Admission {
    private final List<Step> steps;

    Admission(List<Step> steps) {
        this.steps = List.copyOf(steps);
    }

    /// One policy.
    interface Step {
        /// @param before empty when the object is being made
        default JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
            return object;
        }

        /// @throws io.fairlead.api.ApiException to refuse
        default void validate(Optional<JsonObject> before, JsonObject object, Write write) {}

        /// @throws io.fairlead.api.ApiException to refuse that the object goes
        default void delete(JsonObject object, Write write) {}
    }

    JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        JsonObject changed = object;
        for (Step step : steps) {
            changed = step.mutate(before, changed, write);
        }
        return changed;
    }

    void validate(Optional<JsonObject> before, JsonObject object, Write write) {
        for (Step step : steps) {
            step.validate(before, object, write);
        }
    }

    void delete(JsonObject object, Write write) {
        for (Step step : steps) {
            step.delete(object, write);
        }
    }
}
