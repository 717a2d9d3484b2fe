package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import java.util.Optional;

/// Wishes of a pod that this scheduler cannot fulfil and therefore must not ignore.
final class UnknownWishes {
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

    private UnknownWishes() {}

    /// A sentence that names the field; empty when every wish is understood.
    static Optional<String> of(JsonObject pod) {
        for (String kind : new String[] {"podAffinity", "podAntiAffinity"}) {
            if (!pod.list("spec", "affinity", kind, REQUIRED).isEmpty()) {
                return Optional.of(
                        "spec.affinity.%s.%s is not supported by this scheduler yet"
                                .formatted(kind, REQUIRED));
            }
        }
        boolean mustSpread =
                pod.list("spec", "topologySpreadConstraints").stream()
                        .anyMatch(constraint ->
                                constraint.text("whenUnsatisfiable").equals("DoNotSchedule"));
        return mustSpread
                ? Optional.of(
                        "spec.topologySpreadConstraints with whenUnsatisfiable DoNotSchedule is not"
                                + " supported by this scheduler yet")
                : Optional.empty();
    }
}
