package io.fairlead.api;

import static io.fairlead.api.TreeEdits.edit;
import static io.fairlead.api.TreeEdits.editEach;
import static io.fairlead.api.TreeEdits.orElse;

/// What Kubernetes fills into objects of the groups `apps` and `batch`.
final class WorkloadDefaults {
    private WorkloadDefaults() {}

    static JsonObject apply(JsonObject object, String kind) {
        JsonObject filled =
                kind.equals("CronJob")
                        ? edit(
                                object,
                                PodDefaults::spec,
                                "spec",
                                "jobTemplate",
                                "spec",
                                "template",
                                "spec")
                        : edit(object, PodDefaults::spec, "spec", "template", "spec");
        return switch (kind) {
            case "Deployment" -> edit(filled, WorkloadDefaults::deployment, "spec");
            case "ReplicaSet" -> edit(filled, spec -> orElse(spec, "replicas", 1), "spec");
            case "StatefulSet" -> edit(filled, WorkloadDefaults::statefulSet, "spec");
            case "DaemonSet" -> edit(filled, WorkloadDefaults::daemonSet, "spec");
            case "Job" -> job(filled);
            case "CronJob" -> edit(filled, WorkloadDefaults::cronJob, "spec");
            default -> filled;
        };
    }

    private static JsonObject deployment(JsonObject spec) {
        JsonObject filled = orElse(spec, "replicas", 1);
        filled = orElse(filled, "revisionHistoryLimit", 10);
        filled = orElse(filled, "progressDeadlineSeconds", 600);
        return rolling(
                filled,
                "strategy",
                JsonObject.of("maxUnavailable", Json.of("25%"), "maxSurge", Json.of("25%")));
    }

    private static JsonObject statefulSet(JsonObject spec) {
        JsonObject filled = orElse(spec, "replicas", 1);
        filled = orElse(filled, "revisionHistoryLimit", 10);
        filled = orElse(filled, "podManagementPolicy", "OrderedReady");
        filled = orElse(filled, "persistentVolumeClaimRetentionPolicy", JsonObject.EMPTY);
        filled =
                edit(
                        filled,
                        policy ->
                                orElse(
                                        orElse(policy, "whenDeleted", "Retain"),
                                        "whenScaled",
                                        "Retain"),
                        "persistentVolumeClaimRetentionPolicy");
        filled =
                editEach(
                        filled,
                        claim ->
                                orElse(
                                        orElse(
                                                CoreDefaults.claim(claim),
                                                "kind",
                                                "PersistentVolumeClaim"),
                                        "apiVersion",
                                        "v1"),
                        "volumeClaimTemplates");
        // Kubernetes leaves it out while the feature gate for it is off, as it is by default.
        filled = filled.withoutAt("updateStrategy", "rollingUpdate", "maxUnavailable");
        return rolling(filled, "updateStrategy", JsonObject.of("partition", Json.of(0)));
    }

    private static JsonObject daemonSet(JsonObject spec) {
        return rolling(
                orElse(spec, "revisionHistoryLimit", 10),
                "updateStrategy",
                JsonObject.of("maxUnavailable", Json.of(1), "maxSurge", Json.of(0)));
    }

    /// A strategy, by default `RollingUpdate`, and what that is rolled by.
    private static JsonObject rolling(JsonObject spec, String name, JsonObject defaults) {
        JsonObject strategy = orElse(spec.object(name), "type", "RollingUpdate");
        if (strategy.text("type").equals("RollingUpdate")) {
            JsonObject rolling = strategy.object("rollingUpdate");
            for (String member : defaults.names()) {
                Json value = defaults.get(member);
                if (value != null) {
                    rolling = orElse(rolling, member, value);
                }
            }
            strategy = strategy.with("rollingUpdate", rolling);
        }
        return spec.with(name, strategy);
    }

    private static JsonObject job(JsonObject job) {
        JsonObject filled = edit(job, WorkloadDefaults::jobSpec, "spec");
        JsonObject labels = job.object("spec", "template", "metadata", "labels");
        return filled.object("metadata", "labels").isEmpty() && !labels.isEmpty()
                ? filled.withAt(labels, "metadata", "labels")
                : filled;
    }

    private static JsonObject jobSpec(JsonObject spec) {
        JsonObject filled = spec;
        if (!spec.has("completions") && !spec.has("parallelism")) {
            filled = filled.with("completions", Json.of(1));
        }
        filled = orElse(filled, "parallelism", 1);
        filled =
                orElse(
                        filled,
                        "backoffLimit",
                        spec.has("backoffLimitPerIndex") ? Integer.MAX_VALUE : 6);
        filled = orElse(filled, "completionMode", "NonIndexed");
        filled = orElse(filled, "suspend", Json.of(false));
        filled = orElse(filled, "manualSelector", Json.of(false));
        return orElse(
                filled,
                "podReplacementPolicy",
                spec.has("podFailurePolicy") ? "Failed" : "TerminatingOrFailed");
    }

    private static JsonObject cronJob(JsonObject spec) {
        JsonObject filled = orElse(spec, "concurrencyPolicy", "Allow");
        filled = orElse(filled, "suspend", Json.of(false));
        filled = orElse(filled, "successfulJobsHistoryLimit", 3);
        return orElse(filled, "failedJobsHistoryLimit", 1);
    }
}
