package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// The pods that a job makes from its template.
final class JobPods {
    private static final String VARIABLE = "JOB_COMPLETION_INDEX";

    private JobPods() {}

    static JsonObject plain(Job job, OwnedPods owned) {
        JsonObject pod = owned.from(job.template());
        JsonArray finalizers = new JsonArray(pod.list("metadata", "finalizers"));
        return pod.withAt(Json.of(job.name() + "-"), "metadata", "generateName")
                .withAt(finalizers.plus(Json.of(Job.TRACKING)), "metadata", "finalizers");
    }

    /// A pod that knows its index by annotation, label, host name and environment.
    ///
    /// @param tries the pods of this index that failed before
    static JsonObject indexed(Job job, OwnedPods owned, int index, List<JobPod> tries) {
        String number = String.valueOf(index);
        JsonObject pod =
                plain(job, owned)
                        .withAt(Json.of(job.name() + "-" + index + "-"), "metadata", "generateName")
                        .withAt(Json.of(number), "metadata", "annotations", Job.INDEX)
                        .withAt(Json.of(number), "metadata", "labels", Job.INDEX)
                        .withAt(Json.of(job.name() + "-" + index), "spec", "hostname");
        if (job.backoffLimitPerIndex().isPresent()) {
            int failures = 0;
            int ignored = 0;
            for (JobPod failed : tries) {
                if (PodFailurePolicy.of(job, failed.pod()).action()
                        == PodFailurePolicy.Action.IGNORE) {
                    failures = Math.max(failures, failed.number(JobPod.INDEX_FAILURES, 0));
                    ignored =
                            Math.max(ignored, failed.number(JobPod.INDEX_IGNORED_FAILURES, 0) + 1);
                } else {
                    failures = Math.max(failures, failed.number(JobPod.INDEX_FAILURES, 0) + 1);
                }
            }
            pod =
                    pod.withAt(
                            Json.of(String.valueOf(failures)),
                            "metadata",
                            "annotations",
                            JobPod.INDEX_FAILURES);
            if (ignored > 0) {
                pod =
                        pod.withAt(
                                Json.of(String.valueOf(ignored)),
                                "metadata",
                                "annotations",
                                JobPod.INDEX_IGNORED_FAILURES);
            }
        }
        return withVariable(withVariable(pod, "initContainers"), "containers");
    }

    private static JsonObject withVariable(JsonObject pod, String list) {
        List<Json> containers = new ArrayList<>();
        for (Json container : pod.list("spec", list)) {
            List<Json> variables = container.list("env");
            boolean known = variables.stream().anyMatch(one -> one.text("name").equals(VARIABLE));
            JsonObject source =
                    JsonObject.of(
                            "fieldRef",
                            JsonObject.of(
                                    "fieldPath", Json.of("metadata.labels['" + Job.INDEX + "']")));
            containers.add(
                    known || !(container instanceof JsonObject tree)
                            ? container
                            : tree.with(
                                    "env",
                                    new JsonArray(variables)
                                            .plus(
                                                    JsonObject.of(
                                                            "name",
                                                            Json.of(VARIABLE),
                                                            "valueFrom",
                                                            source))));
        }
        return containers.isEmpty() ? pod : pod.withAt(new JsonArray(containers), "spec", list);
    }
}
