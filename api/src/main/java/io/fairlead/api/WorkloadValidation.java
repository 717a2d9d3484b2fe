package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The rules for the kinds that make pods.
final class WorkloadValidation {
    // Eleven characters are kept for what the Jobs' names end with.
    private static final int CRON_JOB_NAME_LENGTH_MAX = 52;

    private final JsonObject object;
    private final JsonObject spec;
    private final FieldErrors errors;

    private WorkloadValidation(JsonObject object, FieldErrors errors) {
        this.object = object;
        this.spec = object.object("spec");
        this.errors = errors;
    }

    static void check(JsonObject object, String kind, FieldErrors errors) {
        WorkloadValidation rules = new WorkloadValidation(object, errors);
        switch (kind) {
            case "Deployment" -> rules.deployment();
            case "ReplicaSet" -> rules.replicaSet();
            case "StatefulSet" -> rules.statefulSet();
            case "DaemonSet" -> rules.daemonSet();
            case "Job" -> rules.job("spec", rules.spec);
            case "CronJob" -> rules.cronJob();
            default -> {}
        }
    }

    static void checkUpdate(JsonObject before, JsonObject after, String kind, FieldErrors errors) {
        if (kind.equals("StatefulSet")) {
            JsonObject old = mutableSetParts(before);
            if (!old.equals(mutableSetParts(after))) {
                errors.forbidden(
                        "spec",
                        "updates to statefulset spec for fields other than 'replicas', 'ordinals',"
                                + " 'template', 'updateStrategy', 'revisionHistoryLimit',"
                                + " 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are"
                                + " forbidden");
            }
            return;
        }
        List<String> fixed =
                kind.equals("Job")
                        ? List.of("selector", "template", "completionMode", "completions")
                        : List.of("selector");
        if (kind.equals("CronJob")) {
            return;
        }
        for (String name : fixed) {
            Json old = before.find("spec", name).orElse(JsonNull.NULL);
            Json now = after.find("spec", name).orElse(JsonNull.NULL);
            if (!old.equals(now)) {
                errors.invalid("spec." + name, now, "field is immutable");
            }
        }
    }

    private static JsonObject mutableSetParts(JsonObject set) {
        JsonObject rest = set.object("spec");
        for (String name :
                List.of(
                        "replicas",
                        "ordinals",
                        "template",
                        "updateStrategy",
                        "revisionHistoryLimit",
                        "persistentVolumeClaimRetentionPolicy",
                        "minReadySeconds")) {
            rest = rest.without(name);
        }
        return rest;
    }

    private void deployment() {
        errors.notNegative("spec", spec, "replicas");
        selector();
        strategy();
        errors.notNegative("spec", spec, "minReadySeconds");
        errors.notNegative("spec", spec, "revisionHistoryLimit");
        errors.notNegative("spec", spec, "progressDeadlineSeconds");
        if (spec.has("progressDeadlineSeconds")
                && spec.number(0, "progressDeadlineSeconds") <= spec.number(0, "minReadySeconds")) {
            errors.invalid(
                    "spec.progressDeadlineSeconds",
                    Json.of(spec.number(0, "progressDeadlineSeconds")),
                    "must be greater than minReadySeconds");
        }
    }

    private void strategy() {
        String type = spec.text("strategy", "type");
        if (type.equals("Recreate")) {
            if (spec.has("strategy", "rollingUpdate")) {
                errors.forbidden(
                        "spec.strategy.rollingUpdate",
                        "may not be specified when strategy `type` is 'Recreate'");
            }
            return;
        }
        errors.oneOf("spec.strategy.type", type, "Recreate", "RollingUpdate");
        if (type.equals("RollingUpdate")
                && isZero("strategy", "rollingUpdate", "maxUnavailable")
                && isZero("strategy", "rollingUpdate", "maxSurge")) {
            errors.invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    spec.find("strategy", "rollingUpdate", "maxUnavailable").orElse(Json.of(0)),
                    "may not be 0 when `maxSurge` is 0");
        }
    }

    private void replicaSet() {
        errors.notNegative("spec", spec, "replicas");
        errors.notNegative("spec", spec, "minReadySeconds");
        selector();
    }

    private void statefulSet() {
        String management = spec.text("podManagementPolicy");
        if (!management.equals("OrderedReady") && !management.equals("Parallel")) {
            errors.invalid(
                    "spec.podManagementPolicy", management, "must be 'OrderedReady' or 'Parallel'");
        }
        String type = spec.text("updateStrategy", "type");
        if (!type.equals("RollingUpdate") && !type.equals("OnDelete")) {
            errors.invalid(
                    "spec.updateStrategy",
                    JsonObject.of("Type", Json.of(type), "RollingUpdate", JsonNull.NULL),
                    "must be 'RollingUpdate' or 'OnDelete'");
        }
        errors.notNegative("spec", spec, "replicas");
        selector();
    }

    private void daemonSet() {
        selector();
        if (spec.text("updateStrategy", "type").equals("RollingUpdate")
                && isZero("updateStrategy", "rollingUpdate", "maxUnavailable")
                && isZero("updateStrategy", "rollingUpdate", "maxSurge")) {
            errors.required(
                    "spec.updateStrategy.rollingUpdate.maxUnavailable",
                    "cannot be 0 when maxSurge is 0");
        }
    }

    private void cronJob() {
        String schedule = spec.text("schedule");
        String zone = spec.text("timeZone");
        if (schedule.isEmpty()) {
            errors.required("spec.schedule");
        } else {
            CronSyntax.problem(schedule)
                    .ifPresent(why -> errors.invalid("spec.schedule", schedule, why));
            if (schedule.contains("TZ")) {
                errors.invalid(
                        "spec.schedule",
                        schedule,
                        zone.isEmpty()
                                ? "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
                                : "cannot use both timeZone field and TZ or CRON_TZ in schedule");
            }
        }
        errors.notNegative("spec", spec, "startingDeadlineSeconds");
        if (spec.has("timeZone")) {
            CronSyntax.zoneProblem(zone)
                    .ifPresent(why -> errors.invalid("spec.timeZone", zone, why));
        }
        errors.oneOf(
                "spec.concurrencyPolicy",
                spec.text("concurrencyPolicy"),
                "Allow",
                "Forbid",
                "Replace");
        job("spec.jobTemplate.spec", spec.object("jobTemplate", "spec"));
        errors.notNegative("spec", spec, "successfulJobsHistoryLimit");
        errors.notNegative("spec", spec, "failedJobsHistoryLimit");
        String name = object.text("metadata", "name");
        if (name.length() > CRON_JOB_NAME_LENGTH_MAX) {
            errors.invalid("metadata.name", name, "must be no more than 52 characters");
        }
    }

    private void job(String at, JsonObject job) {
        for (String name : List.of("parallelism", "completions", "backoffLimit")) {
            errors.notNegative(at, job, name);
        }
        JsonObject pod = job.object("template", "spec");
        String policy = pod.text("restartPolicy");
        PodValidation.check(at + ".template.spec", pod, errors);
        if (policy.equals("Always")) {
            errors.required(
                    at + ".template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\"");
        }
    }

    /// A template may mount claims that only the set knows: they come after the template's own volumes.
    private JsonObject withClaims(JsonObject pod) {
        List<Json> volumes = new ArrayList<>(pod.list("volumes"));
        for (Json claim : spec.list("volumeClaimTemplates")) {
            String name = claim.text("metadata", "name");
            boolean known = volumes.stream().anyMatch(one -> one.text("name").equals(name));
            if (!known) {
                volumes.add(
                        JsonObject.of(
                                "name",
                                Json.of(name),
                                "persistentVolumeClaim",
                                JsonObject.of("claimName", Json.of(name))));
            }
        }
        return volumes.isEmpty() ? pod : pod.with("volumes", new JsonArray(volumes));
    }

    /// The selector, the template, and that the one selects the other.
    private void selector() {
        if (!spec.has("selector")) {
            errors.required("spec.selector");
        } else {
            JsonObject selector = spec.object("selector");
            errors.selector("spec.selector", selector);
            if (LabelSelector.of(selector).isEverything()) {
                errors.invalid(
                        "spec.selector",
                        selector,
                        "empty selector is invalid for "
                                + object.text("kind").toLowerCase(Locale.ROOT));
            }
        }
        JsonObject labels = spec.object("template", "metadata", "labels");
        boolean selects =
                spec.has("selector")
                        && LabelSelector.of(spec.object("selector")).matches(labels.strings());
        if (!selects) {
            errors.invalid(
                    "spec.template.metadata.labels",
                    labels,
                    "`selector` does not match template `labels`");
        }
        errors.labels("spec.template.labels", labels);
        JsonObject pod = spec.object("template", "spec");
        PodValidation.check("spec.template.spec", withClaims(pod), errors);
        String policy = pod.text("restartPolicy");
        if (policy.equals("Never") || policy.equals("OnFailure")) {
            errors.notSupported("spec.template.spec.restartPolicy", policy, "Always");
        }
    }

    private boolean isZero(String... path) {
        return switch (IntOrString.of(spec.find(path).orElse(JsonNull.NULL))) {
            case IntOrString.Whole whole -> whole.value() == 0;
            case IntOrString.Text text -> text.value().equals("0%");
        };
    }
}
