package io.fairlead.api;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Rows of the kinds that make pods.
final class WorkloadRows {
    private WorkloadRows() {}

    static boolean fill(TableRow row, String kind) {
        JsonObject object = row.object();
        switch (kind) {
            case "Deployment" -> deployment(row);
            case "ReplicaSet" -> replicas(row);
            case "StatefulSet" ->
                    row.name()
                            .text(readyOf(object))
                            .age()
                            .containers(object.object("spec", "template", "spec"));
            case "DaemonSet" -> daemonSet(row);
            case "Job" -> job(row);
            case "CronJob" -> cronJob(row);
            default -> {
                return false;
            }
        }
        return true;
    }

    /// ReplicaSets and ReplicationControllers look the same but for their selectors.
    static void replicas(TableRow row) {
        JsonObject object = row.object();
        row.name()
                .number(object.number(0, "spec", "replicas"))
                .number(object.number(0, "status", "replicas"))
                .number(object.number(0, "status", "readyReplicas"))
                .age()
                .containers(object.object("spec", "template", "spec"));
        if (object.text("apiVersion").equals("v1")) {
            row.text(TableRow.labels(object.texts("spec", "selector")));
        } else {
            row.selector(object.object("spec", "selector"));
        }
    }

    private static String readyOf(JsonObject object) {
        return object.number(0, "status", "readyReplicas")
                + "/"
                + object.number(0, "spec", "replicas");
    }

    private static void deployment(TableRow row) {
        JsonObject object = row.object();
        row.name()
                .text(readyOf(object))
                .number(object.number(0, "status", "updatedReplicas"))
                .number(object.number(0, "status", "availableReplicas"))
                .age()
                .containers(object.object("spec", "template", "spec"))
                .selector(object.object("spec", "selector"));
    }

    private static void daemonSet(TableRow row) {
        JsonObject object = row.object();
        row.name();
        for (String count :
                new String[] {
                    "desiredNumberScheduled",
                    "currentNumberScheduled",
                    "numberReady",
                    "updatedNumberScheduled",
                    "numberAvailable"
                }) {
            row.number(object.number(0, "status", count));
        }
        row.text(TableRow.labels(object.texts("spec", "template", "spec", "nodeSelector")))
                .age()
                .containers(object.object("spec", "template", "spec"))
                .selector(object.object("spec", "selector"));
    }

    private static void job(TableRow row) {
        JsonObject job = row.object();
        row.name()
                .text(jobStatus(job))
                .text(completions(job))
                .text(duration(job, row.now()))
                .age()
                .containers(job.object("spec", "template", "spec"))
                .selector(job.object("spec", "selector"));
    }

    private static String jobStatus(JsonObject job) {
        for (String type :
                new String[] {
                    "Complete", "Failed", "Suspended", "FailureTarget", "SuccessCriteriaMet"
                }) {
            for (Json condition : job.list("status", "conditions")) {
                if (condition.text("type").equals(type)
                        && condition.text("status").equals("True")) {
                    return type;
                }
            }
        }
        return job.has("metadata", "deletionTimestamp") ? "Terminating" : "Running";
    }

    private static String completions(JsonObject job) {
        long succeeded = job.number(0, "status", "succeeded");
        if (job.has("spec", "completions")) {
            return succeeded + "/" + job.number(0, "spec", "completions");
        }
        long parallelism = job.number(0, "spec", "parallelism");
        return parallelism > 1 ? succeeded + "/1 of " + parallelism : succeeded + "/1";
    }

    private static String duration(JsonObject job, Instant now) {
        GenericObject view = new GenericObject(job);
        Optional<Instant> start = view.time("status", "startTime");
        Instant end = view.time("status", "completionTime").orElse(now);
        return start.map(from -> AgeText.of(Duration.between(from, end))).orElse("");
    }

    private static void cronJob(TableRow row) {
        JsonObject job = row.object();
        row.name()
                .text(job.text("spec", "schedule"))
                .textOrNone(job.text("spec", "timeZone"))
                .text(job.flag("spec", "suspend") ? "True" : "False")
                .number(job.list("status", "active").size())
                .text(
                        job.has("status", "lastScheduleTime")
                                ? row.ageOf("status", "lastScheduleTime")
                                : "<none>")
                .age()
                .containers(job.object("spec", "jobTemplate", "spec", "template", "spec"))
                .selector(job.object("spec", "jobTemplate", "spec", "selector"));
    }
}
