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
        unknownStrategy("strategy", "Recreate", "RollingUpdate");
        if (type.equals("RollingUpdate")
                && isZero("strategy", "rollingUpdate", "maxUnavailable")
                && isZero("strategy", "rollingUpdate", "maxSurge")) {
            errors.invalid(
                    "spec.strategy.rollingUpdate.maxUnavailable",
                    spec.find("strategy", "rollingUpdate", "maxUnavailable").orElse(Json.of(0)),
                    "may not be 0 when `maxSurge` is 0");
        }
    }

    /// Complains about the strategy as a whole when its type is none of these.
    private void unknownStrategy(String name, String... types) {
        String type = spec.text(name, "type");
        if (!List.of(types).contains(type)) {
            JsonObject shown =
                    JsonObject.of(
                            "Type",
                            Json.of(type),
                            "RollingUpdate",
                            spec.find(name, "rollingUpdate")
                                    .<Json>map(rolling ->
                                            JsonObject.of(
                                                    "MaxUnavailable",
                                                    rolling.find("maxUnavailable")
                                                            .orElse(JsonNull.NULL),
                                                    "MaxSurge",
                                                    rolling.find("maxSurge").orElse(JsonNull.NULL)))
                                    .orElse(JsonNull.NULL));
            errors.notSupported("spec." + name, shown, types);
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
                    JsonObject.of("Type", Json.of(type), "RollingUpdate", partition()),
                    "must be 'RollingUpdate' or 'OnDelete'");
        }
        errors.notNegative("spec", spec, "replicas");
        selector();
    }

    private Json partition() {
        return spec.find("updateStrategy", "rollingUpdate")
                .<Json>map(rolling ->
                        JsonObject.of(
                                "Partition",
                                rolling.find("partition").orElse(JsonNull.NULL),
                                "MaxUnavailable",
                                JsonNull.NULL))
                .orElse(JsonNull.NULL);
    }

    private void daemonSet() {
        selector();
        unknownStrategy("updateStrategy", "RollingUpdate", "OnDelete");
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
        } else {
            errors.oneOf(at + ".template.spec.restartPolicy", policy, "OnFailure", "Never");
        }
        errors.labels(at + ".template.labels", job.object("template", "metadata", "labels"));
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
        JsonObject labels = spec.object("template", "metadata", "labels");
        if (selectorIsSound()
                && !(spec.has("selector")
                        && LabelSelector.of(spec.object("selector")).matches(labels.strings()))) {
            errors.invalid(
                    "spec.template.metadata.labels",
                    spec.find("template", "metadata", "labels").orElse(JsonNull.NULL),
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

    private boolean selectorIsSound() {
        String kind = object.text("kind");
        if (!spec.has("selector")) {
            // A DaemonSet is only told that nothing matches.
            if (!kind.equals("DaemonSet")) {
                errors.required("spec.selector");
            }
            return true;
        }
        JsonObject selector = spec.object("selector");
        int before = errors.count();
        errors.selector("spec.selector", selector);
        boolean sound = errors.count() == before;
        if (!sound && !kind.equals("DaemonSet")) {
            errors.invalid(
                    "spec.selector",
                    inOrder(selector),
                    kind.equals("StatefulSet") ? "" : "invalid label selector");
        }
        if (selector.list("matchExpressions").isEmpty()
                && selector.object("matchLabels").isEmpty()) {
            String told = kind.equals("ReplicaSet") ? "Deployment" : kind;
            errors.invalid(
                    "spec.selector",
                    selector,
                    "empty selector is invalid for " + told.toLowerCase(Locale.ROOT));
        }
        return sound;
    }

    /// As Kubernetes prints a selector.
    private static JsonObject inOrder(JsonObject selector) {
        JsonArray expressions =
                JsonArray.from(
                        selector.list("matchExpressions"),
                        expression -> {
                            JsonObject shown =
                                    JsonObject.of(
                                            "key",
                                            Json.of(expression.text("key")),
                                            "operator",
                                            Json.of(expression.text("operator")));
                            return expression.list("values").isEmpty()
                                    ? shown
                                    : shown.with(
                                            "values", new JsonArray(expression.list("values")));
                        });
        return JsonObject.builder()
                .putUnlessEmpty("matchLabels", selector.object("matchLabels"))
                .putUnlessEmpty("matchExpressions", expressions)
                .build();
    }

    private boolean isZero(String... path) {
        return switch (IntOrString.of(spec.find(path).orElse(JsonNull.NULL))) {
            case IntOrString.Whole whole -> whole.value() == 0;
            case IntOrString.Text text -> text.value().equals("0%");
        };
    }
}
