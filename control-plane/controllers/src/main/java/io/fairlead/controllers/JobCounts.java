package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/// How many of a job's pods succeeded and failed, each counted once although pods vanish: the status first names a pod that ended, then the
/// pod's finalizer goes, then its name becomes a number.
///
/// @param succeeded with those that are named
/// @param failed with those that are named
/// @param status its members about all that
/// @param releases let pods go that are named
record JobCounts(
        int succeeded,
        int failed,
        SortedSet<Integer> completedIndexes,
        SortedSet<Integer> failedIndexes,
        JsonObject status,
        List<Write> releases) {
    /// @param ended whether the job is over, so that pods which still run count no more
    static JobCounts of(Job job, List<JobPod> pods, boolean ended) {
        Map<String, JobPod> tracked = new LinkedHashMap<>();
        pods.stream().filter(JobPod::isTracked).forEach(pod -> tracked.put(pod.pod().uid(), pod));
        JsonObject before = job.tree().object("status");
        int completions = job.completions().orElse(0);
        SortedSet<Integer> completed =
                IndexRanges.parse(before.text("completedIndexes"), completions);
        SortedSet<Integer> failedIndexes =
                IndexRanges.parse(before.text("failedIndexes"), completions);
        long succeeded = before.number(0, "succeeded");
        long failed = before.number(0, "failed");
        List<Json> namedSucceeded = new ArrayList<>();
        List<Json> namedFailed = new ArrayList<>();
        List<Write> releases = new ArrayList<>();
        List<Json> known = new ArrayList<>();
        for (Json uid : before.list("uncountedTerminatedPods", "succeeded")) {
            known.add(uid);
            if (tracked.containsKey(text(uid))) {
                namedSucceeded.add(uid);
            } else {
                succeeded++;
            }
        }
        for (Json uid : before.list("uncountedTerminatedPods", "failed")) {
            known.add(uid);
            if (tracked.containsKey(text(uid))) {
                namedFailed.add(uid);
            } else {
                failed++;
            }
        }
        for (JobPod pod : tracked.values()) {
            Json uid = Json.of(pod.pod().uid());
            boolean isNew = !known.contains(uid);
            boolean countsFailure =
                    PodFailurePolicy.of(job, pod.pod()).action() != PodFailurePolicy.Action.IGNORE;
            if (pod.isSucceeded()) {
                if (job.isIndexed()) {
                    int index = pod.index();
                    if (index >= 0 && index < completions) {
                        completed.add(index);
                    }
                } else if (isNew) {
                    namedSucceeded.add(uid);
                }
                pod.release().ifPresent(releases::add);
            } else if (pod.isFailed() || (ended && pod.isTerminating())) {
                if (isNew && countsFailure) {
                    namedFailed.add(uid);
                }
                if (job.backoffLimitPerIndex().isPresent() && exhausts(job, pod)) {
                    failedIndexes.add(pod.index());
                }
                pod.release().ifPresent(releases::add);
            }
        }
        failedIndexes.removeAll(completed);
        long allSucceeded = job.isIndexed() ? completed.size() : succeeded;
        JsonObject.Builder status = JsonObject.builder();
        ReplicaSetController.putUnlessZero(status, "succeeded", allSucceeded);
        ReplicaSetController.putUnlessZero(status, "failed", failed);
        status.putUnlessEmpty("completedIndexes", IndexRanges.text(completed));
        if (job.backoffLimitPerIndex().isPresent()) {
            status.put("failedIndexes", IndexRanges.text(failedIndexes));
        }
        status.put(
                "uncountedTerminatedPods",
                JsonObject.builder()
                        .putUnlessEmpty("succeeded", new JsonArray(namedSucceeded))
                        .putUnlessEmpty("failed", new JsonArray(namedFailed))
                        .build());
        return new JobCounts(
                (int) allSucceeded + namedSucceeded.size(),
                (int) failed + namedFailed.size(),
                new TreeSet<>(completed),
                failedIndexes,
                status.build(),
                releases);
    }

    private static String text(Json uid) {
        return uid instanceof JsonString text ? text.value() : "";
    }

    /// Whether a failed pod was its index's last try.
    private static boolean exhausts(Job job, JobPod pod) {
        PodFailurePolicy.Action action = PodFailurePolicy.of(job, pod.pod()).action();
        return pod.index() >= 0
                && (action == PodFailurePolicy.Action.FAIL_INDEX
                        || (action != PodFailurePolicy.Action.IGNORE
                                && pod.number(JobPod.INDEX_FAILURES, 0)
                                        >= job.backoffLimitPerIndex().orElse(Integer.MAX_VALUE)));
    }
}
