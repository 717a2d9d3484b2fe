package io.fairlead.controllers;

import io.fairlead.api.Job;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A job's view of one of its pods.
record JobPod(Job job, Pod pod) {
    static final String INDEX_FAILURES = "batch.kubernetes.io/job-index-failure-count";
    static final String INDEX_IGNORED_FAILURES =
            "batch.kubernetes.io/job-index-ignored-failure-count";

    boolean isTracked() {
        return pod.tree().list("metadata", "finalizers").contains(Json.of(Job.TRACKING));
    }

    boolean isSucceeded() {
        return pod.phase().equals("Succeeded");
    }

    /// A pod on its way out counts as failed already, unless the job replaces only those that have failed.
    boolean isFailed() {
        return pod.phase().equals("Failed")
                || (pod.isBeingDeleted() && !isSucceeded() && !job.replacesFailedOnly());
    }

    boolean isActive() {
        return pod.isActive();
    }

    boolean isTerminating() {
        return pod.isBeingDeleted() && !pod.isFinished();
    }

    /// -1 where it has none.
    int index() {
        return number(Job.INDEX, -1);
    }

    int number(String annotation, int fallback) {
        String text = pod.annotations().getOrDefault(annotation, "");
        return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : fallback;
    }

    /// When the last of its containers ended, as far as that is known.
    Instant finishTime() {
        return pod.tree().list("status", "containerStatuses").stream()
                .map(status -> status.text("state", "terminated", "finishedAt"))
                .filter(text -> !text.isEmpty())
                .map(Instant::parse)
                .max(Instant::compareTo)
                .or(() -> pod.readyTransition())
                .or(() -> pod.deletionTime())
                .or(() -> pod.creationTime())
                .orElse(Instant.EPOCH);
    }

    /// Lets the pod go: it has been counted.
    Optional<Write> release() {
        if (!isTracked()) {
            return Optional.empty();
        }
        List<Json> others =
                pod.tree().list("metadata", "finalizers").stream()
                        .filter(finalizer -> !finalizer.equals(Json.of(Job.TRACKING)))
                        .toList();
        JsonObject metadata =
                JsonObject.of(
                        "uid",
                        Json.of(pod.uid()),
                        "resourceVersion",
                        Json.of(pod.tree().text("metadata", "resourceVersion")),
                        "finalizers",
                        new JsonArray(others));
        return Optional.of(
                Write.merge(
                        ResourceType.POD, pod.objectName(), JsonObject.of("metadata", metadata)));
    }
}
