package io.fairlead.controllers;

import io.fairlead.api.Deployment;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A Deployment's status as it should be now. Made for one look at the cluster, as its [Rollout] is.
final class DeploymentStatus {
    private static final String PROGRESSING = "Progressing";
    private static final String AVAILABLE = "Available";

    /// The reason of a rollout that has reached its end.
    private static final String DONE = "NewReplicaSetAvailable";

    private static final String TIMED_OUT = "ProgressDeadlineExceeded";

    private final Deployment deployment;
    private final Optional<ReplicaSet> current;
    private final Instant now;
    private final int replicas;
    private final int ready;
    private final int available;
    private final int updated;
    private List<JsonObject> conditions;
    private long collisions;
    private Optional<Duration> again = Optional.empty();

    DeploymentStatus(
            Deployment deployment,
            List<ReplicaSet> sets,
            Optional<ReplicaSet> current,
            Instant now) {
        this.deployment = deployment;
        this.current = current;
        this.now = now;
        this.replicas = sets.stream().mapToInt(ReplicaSet::currentReplicas).sum();
        this.ready = sets.stream().mapToInt(ReplicaSet::readyReplicas).sum();
        this.available = sets.stream().mapToInt(ReplicaSet::availableReplicas).sum();
        this.updated = current.map(ReplicaSet::currentReplicas).orElse(0);
        this.conditions = Conditions.of(deployment.tree());
        this.collisions = deployment.tree().number(0, "status", "collisionCount");
    }

    /// Everything runs the present template, and all of it is available.
    boolean isComplete() {
        return updated == deployment.replicas()
                && replicas == deployment.replicas()
                && available == deployment.replicas()
                && deployment.observedGeneration() >= deployment.generation();
    }

    void countCollision() {
        collisions++;
    }

    void noteCreated(String set) {
        if (deployment.progressDeadlineSeconds().isPresent()) {
            progress("True", "NewReplicaSetCreated", "Created new replica set \"" + set + "\"");
        }
    }

    /// A replica set that was there already, as after a roll-back.
    void noteFound(ReplicaSet set) {
        if (deployment.progressDeadlineSeconds().isPresent()
                && Conditions.find(conditions, PROGRESSING).isEmpty()) {
            progress("True", "FoundNewReplicaSet", "Found new replica set \"" + set.name() + "\"");
        }
    }

    void notePause() {
        if (deployment.progressDeadlineSeconds().isEmpty()) {
            return;
        }
        String reason =
                Conditions.find(conditions, PROGRESSING)
                        .map(condition -> condition.text("reason"))
                        .orElse("");
        if (reason.equals(TIMED_OUT)) {
            return;
        }
        boolean noted = reason.equals("DeploymentPaused");
        if (deployment.isPaused() && !noted) {
            progress("Unknown", "DeploymentPaused", "Deployment is paused");
        } else if (!deployment.isPaused() && noted) {
            progress("Unknown", "DeploymentResumed", "Deployment is resumed");
        }
    }

    /// Judges how the rollout goes: done, moving, or stuck for too long.
    void noteProgress() {
        if (deployment.progressDeadlineSeconds().isEmpty()) {
            conditions = Conditions.without(conditions, PROGRESSING);
            return;
        }
        Optional<JsonObject> known = Conditions.find(conditions, PROGRESSING);
        String reason = known.map(condition -> condition.text("reason")).orElse("");
        if (replicas == updated && reason.equals(DONE)) {
            return;
        }
        if (isComplete()) {
            progress("True", DONE, quoted() + " has successfully progressed.");
        } else if (hasMoved()) {
            JsonObject moving =
                    Conditions.of(
                            PROGRESSING,
                            "True",
                            "ReplicaSetUpdated",
                            quoted() + " is progressing.",
                            now);
            // Every move counts anew towards the deadline, but it is no transition.
            JsonObject kept =
                    known.filter(condition -> condition.text("status").equals("True"))
                            .map(condition ->
                                    moving.with(
                                            "lastTransitionTime",
                                            Json.of(condition.text("lastTransitionTime"))))
                            .orElse(moving);
            conditions = Conditions.without(conditions, PROGRESSING);
            conditions.add(kept);
        } else if (known.isPresent() && !reason.equals(TIMED_OUT)) {
            judgeDeadline(known.get());
        }
        if (!isComplete() && again.isEmpty()) {
            Conditions.find(conditions, PROGRESSING)
                    .filter(condition -> !condition.text("reason").equals(TIMED_OUT))
                    .ifPresent(this::judgeDeadline);
        }
    }

    private void judgeDeadline(JsonObject condition) {
        Instant since = Instant.parse(condition.text("lastUpdateTime"));
        Instant deadline = since.plusSeconds(deployment.progressDeadlineSeconds().orElseThrow());
        if (deadline.isAfter(now)) {
            again = Optional.of(Duration.between(now, deadline).plusMillis(1));
        } else {
            progress("False", TIMED_OUT, quoted() + " has timed out progressing.");
        }
    }

    private boolean hasMoved() {
        JsonObject before = deployment.tree().object("status");
        long updatedBefore = before.number(0, "updatedReplicas");
        long oldBefore = before.number(0, "replicas") - updatedBefore;
        return updated > updatedBefore
                || replicas - updated < oldBefore
                || ready > before.number(0, "readyReplicas")
                || available > before.number(0, "availableReplicas");
    }

    private String quoted() {
        return current.map(set -> "ReplicaSet \"" + set.name() + "\"")
                .orElse("Deployment \"" + deployment.name() + "\"");
    }

    private void progress(String status, String reason, String message) {
        conditions =
                Conditions.with(
                        conditions, Conditions.of(PROGRESSING, status, reason, message, now));
    }

    /// The plan, with the status at its end.
    Plan finish(List<Write> writes) {
        boolean enough = available >= deployment.replicas() - deployment.maxUnavailable();
        conditions =
                Conditions.with(
                        conditions,
                        enough
                                ? Conditions.of(
                                        AVAILABLE,
                                        "True",
                                        "MinimumReplicasAvailable",
                                        "Deployment has minimum availability.",
                                        now)
                                : Conditions.of(
                                        AVAILABLE,
                                        "False",
                                        "MinimumReplicasUnavailable",
                                        "Deployment does not have minimum availability.",
                                        now));
        JsonObject.Builder status =
                JsonObject.builder().put("observedGeneration", deployment.generation());
        ReplicaSetController.putUnlessZero(status, "replicas", replicas);
        ReplicaSetController.putUnlessZero(status, "updatedReplicas", updated);
        ReplicaSetController.putUnlessZero(status, "readyReplicas", ready);
        ReplicaSetController.putUnlessZero(status, "availableReplicas", available);
        ReplicaSetController.putUnlessZero(
                status, "unavailableReplicas", Math.max(0, replicas - available));
        ReplicaSetController.putUnlessZero(status, "collisionCount", collisions);
        status.putUnlessEmpty("conditions", new JsonArray(List.copyOf(conditions)));
        List<Write> all = new ArrayList<>(writes);
        Write.status(ResourceType.DEPLOYMENT, deployment, status.build()).ifPresent(all::add);
        return new Plan(all, again);
    }
}
