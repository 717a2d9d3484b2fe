package io.fairlead.controllers;

import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.StatefulSet;
import io.fairlead.client.EventSubject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The next step of one StatefulSet. Made for one look at the cluster, used by one thread, and thrown away.
///
/// First every pod that shall be there is, in ascending order; then those that shall not be go, in descending order; only then an update takes
/// pods of the old template away, in descending order. Where order is asked for, each waits for the one before to be available.
final class StatefulRollout {
    private final StatefulSet set;
    private final StatefulPods naming;
    private final List<Pod> pods;
    private final Instant now;
    private final Map<Integer, Pod> wanted = new TreeMap<>();
    private final List<Pod> condemned = new ArrayList<>();
    private final List<Write> writes = new ArrayList<>();
    private final Duration minReady;
    private String currentName;
    private String updateName;
    private long collisions;

    /// @param pods the set's
    StatefulRollout(StatefulSet set, StatefulPods naming, List<Pod> pods, Instant now) {
        this.set = set;
        this.naming = naming;
        this.pods = pods;
        this.now = now;
        this.minReady = Duration.ofSeconds(set.minReadySeconds());
        this.currentName = set.currentRevision();
        this.updateName = set.tree().text("status", "updateRevision");
        this.collisions = set.tree().number(0, "status", "collisionCount");
        for (Pod pod : pods) {
            OptionalInt ordinal = naming.ordinal(pod);
            if (ordinal.isEmpty()) {
                continue;
            }
            int number = ordinal.getAsInt();
            if (number >= set.firstOrdinal() && number < set.endOrdinal()) {
                wanted.put(number, pod);
            } else {
                condemned.add(pod);
            }
        }
        condemned.sort(Comparator.comparingInt(this::number).reversed());
    }

    List<Write> writes() {
        return writes;
    }

    /// @param current the revision that a complete rollout reached last
    /// @param update the present template's
    void run(JsonObject current, TemplateHistory.Present update) {
        currentName = current.text("metadata", "name");
        updateName = update.name();
        collisions = update.collisions();
        boolean established = fill(current, update.revision()) && shrink();
        if (established && !set.updatesOnDelete()) {
            update();
        }
    }

    /// Whether all pods that shall be there are, as far as the next step depends on it.
    private boolean fill(JsonObject current, JsonObject update) {
        for (int ordinal = set.firstOrdinal(); ordinal < set.endOrdinal(); ordinal++) {
            Pod pod = wanted.get(ordinal);
            if (pod == null) {
                JsonObject revision = isOfCurrent(ordinal) ? current : update;
                writes.addAll(
                        naming.creation(
                                ordinal,
                                TemplateHistory.template(revision),
                                revision.text("metadata", "name")));
                if (!set.isParallel()) {
                    return false;
                }
                continue;
            }
            if (pod.isFinished()) {
                if (!pod.isBeingDeleted()) {
                    tellReplacement(pod);
                    writes.add(naming.deletion(pod));
                }
                // Its successor of the same name comes when it is gone.
                if (!set.isParallel()) {
                    return false;
                }
                continue;
            }
            if (pod.phase().equals("Pending")) {
                writes.addAll(naming.missingClaims(ordinal));
            }
            writes.addAll(naming.retention(pod, ordinal, StatefulPods.Stay.STAYS));
            if (!set.isParallel() && !isAvailable(pod)) {
                return false;
            }
        }
        return true;
    }

    /// Pods below an update's partition, and those that it has not reached yet, come back with their old template.
    private boolean isOfCurrent(int ordinal) {
        return !set.updatesOnDelete()
                && !currentName.equals(updateName)
                && ordinal < set.firstOrdinal() + set.partition();
    }

    private void tellReplacement(Pod pod) {
        boolean failed = pod.phase().equals("Failed");
        EventSubject subject = EventSubject.of(ResourceType.STATEFUL_SET, set);
        String message =
                "StatefulSet %s/%s is recreating %s Pod %s"
                        .formatted(
                                set.namespace(),
                                set.name(),
                                failed ? "failed" : "terminated",
                                pod.name());
        writes.add(
                failed
                        ? Write.warn(subject, "RecreatingFailedPod", message)
                        : Write.tell(subject, "RecreatingTerminatedPod", message));
    }

    /// Whether nothing is left that has to go first.
    private boolean shrink() {
        Optional<Pod> unhealthy =
                Stream.concat(
                                wanted.values().stream(),
                                condemned.stream().sorted(Comparator.comparingInt(this::number)))
                        .filter(pod -> !isHealthy(pod))
                        .findFirst();
        for (Pod pod : condemned) {
            if (pod.isBeingDeleted()) {
                if (!set.isParallel()) {
                    return false;
                }
                continue;
            }
            if (!set.isParallel()
                    && !isAvailable(pod)
                    && unhealthy.filter(first -> first.equals(pod)).isEmpty()) {
                return false;
            }
            writes.addAll(naming.retention(pod, number(pod), StatefulPods.Stay.GOES));
            writes.add(naming.deletion(pod));
            if (!set.isParallel()) {
                return false;
            }
        }
        return true;
    }

    private void update() {
        int least = set.firstOrdinal() + set.partition();
        List<Pod> descending = new ArrayList<>(wanted.values());
        descending.sort(Comparator.comparingInt(this::number).reversed());
        int most = set.maxUnavailable();
        int unavailable = 0;
        if (most > 1) {
            unavailable =
                    set.replicas()
                            - (int) wanted.values().stream().filter(this::isAvailable).count();
        }
        for (Pod pod : descending) {
            if (number(pod) < least || unavailable >= most) {
                return;
            }
            boolean old = !StatefulPods.revision(pod).equals(updateName);
            if (old && !pod.isBeingDeleted()) {
                writes.add(naming.deletion(pod));
                // With one at a time, whatever is below waits also for a pod that was not
                // available.
                unavailable += most == 1 || isAvailable(pod) ? 1 : 0;
            } else if (most == 1 && !isAvailable(pod)) {
                return;
            }
        }
    }

    private int number(Pod pod) {
        return naming.ordinal(pod).orElseThrow();
    }

    private boolean isHealthy(Pod pod) {
        return isRunningAndReady(pod) && !pod.isBeingDeleted();
    }

    private static boolean isRunningAndReady(Pod pod) {
        return pod.phase().equals("Running") && pod.isReady();
    }

    private boolean isAvailable(Pod pod) {
        return isHealthy(pod) && Availability.isAvailable(pod, minReady, now);
    }

    /// The plan, with the status at its end.
    Plan finish(List<Write> before) {
        List<Write> all = new ArrayList<>(before);
        Write.status(ResourceType.STATEFUL_SET, set, status()).ifPresent(all::add);
        return new Plan(all, Availability.nextChange(pods, set.minReadySeconds(), now));
    }

    private JsonObject status() {
        long replicas = pods.stream().filter(pod -> !pod.phase().isEmpty()).count();
        long ready = pods.stream().filter(StatefulRollout::isRunningAndReady).count();
        long available =
                pods.stream()
                        .filter(StatefulRollout::isRunningAndReady)
                        .filter(pod -> Availability.isAvailable(pod, minReady, now))
                        .count();
        long updated = of(updateName);
        long current = of(currentName);
        String reached = currentName;
        boolean complete =
                !set.updatesOnDelete()
                        && updated == set.replicas()
                        && replicas == set.replicas()
                        && ready == set.replicas();
        if (complete) {
            reached = updateName;
            current = updated;
        }
        JsonObject.Builder status =
                JsonObject.builder()
                        .put("observedGeneration", set.generation())
                        .put("replicas", replicas);
        ReplicaSetController.putUnlessZero(status, "readyReplicas", ready);
        ReplicaSetController.putUnlessZero(status, "currentReplicas", current);
        ReplicaSetController.putUnlessZero(status, "updatedReplicas", updated);
        status.putUnlessEmpty("currentRevision", reached)
                .putUnlessEmpty("updateRevision", updateName)
                .put("collisionCount", collisions)
                .put("availableReplicas", available);
        return status.build();
    }

    private long of(String revision) {
        return pods.stream()
                .filter(pod -> !pod.phase().isEmpty() && !pod.isBeingDeleted())
                .filter(pod -> StatefulPods.revision(pod).equals(revision))
                .count();
    }
}
