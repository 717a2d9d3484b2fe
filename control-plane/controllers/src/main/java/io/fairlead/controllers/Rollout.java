package io.fairlead.controllers;

import io.fairlead.api.Deployment;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The next step of one Deployment. Made for one look at the cluster, used by one thread, and thrown away.
///
/// Each step scales in one direction only, then waits until that is seen: the sums of pods that the limits are about are right only then.
final class Rollout {
    private final Deployment deployment;
    private final List<ReplicaSet> sets;
    private final List<ReplicaSet> old;
    private final ClusterIndex index;
    private final Revision revision;
    private final List<Write> writes = new ArrayList<>();
    private final DeploymentStatus status;
    private Optional<ReplicaSet> current;

    /// @param sets the deployment's replica sets, oldest first
    Rollout(Deployment deployment, List<ReplicaSet> sets, ClusterIndex index, Instant now) {
        this.deployment = deployment;
        this.sets = sets;
        this.index = index;
        this.current =
                sets.stream()
                        .filter(set -> PodTemplate.areEqual(set.template(), deployment.template()))
                        .findFirst();
        this.old = new ArrayList<>(sets);
        current.ifPresent(old::remove);
        this.revision = new Revision(deployment, old);
        this.status = new DeploymentStatus(deployment, sets, current, now);
    }

    Plan plan() {
        if (deployment.isBeingDeleted()) {
            return status.finish(writes);
        }
        status.notePause();
        if (deployment.isPaused()) {
            current.ifPresent(this::bringUpToDate);
            scale();
            cleanUp();
            return status.finish(writes);
        }
        if (isResized()) {
            scale();
            return status.finish(writes);
        }
        if (deployment.recreates()) {
            recreate();
        } else {
            roll();
        }
        if (status.isComplete()) {
            cleanUp();
        }
        status.noteProgress();
        return status.finish(writes);
    }

    private void roll() {
        if (!ensureCurrent()) {
            return;
        }
        ReplicaSet newest = current.orElseThrow();
        if (newest.replicas() > deployment.replicas()) {
            resize(newest, deployment.replicas());
            return;
        }
        int grown = grownSize(newest.replicas());
        if (grown > newest.replicas()) {
            resize(newest, grown);
            return;
        }
        shrinkOld(newest);
    }

    private void recreate() {
        boolean shrinks = false;
        for (ReplicaSet set : old) {
            if (set.replicas() > 0) {
                resize(set, 0);
                shrinks = true;
            }
        }
        if (shrinks || oldPodsRun()) {
            return;
        }
        if (ensureCurrent() && current.orElseThrow().replicas() != deployment.replicas()) {
            resize(current.orElseThrow(), deployment.replicas());
        }
    }

    private boolean oldPodsRun() {
        for (ReplicaSet set : old) {
            for (Key key : index.ownedBy(set.uid())) {
                if (index.find(key, Pod::new).filter(pod -> !pod.isFinished()).isPresent()) {
                    return true;
                }
            }
        }
        return old.stream().anyMatch(set -> set.currentReplicas() > 0);
    }

    /// Whether there is a replica set with the present template and everything about it in order; else writes what is missing.
    private boolean ensureCurrent() {
        if (current.isPresent()) {
            bringUpToDate(current.get());
            status.noteFound(current.get());
            return writes.isEmpty();
        }
        long collisions = deployment.tree().number(0, "status", "collisionCount");
        String hash = PodTemplate.hash(deployment.template(), collisions);
        int size = deployment.recreates() ? deployment.replicas() : grownSize(0);
        JsonObject set = revision.replicaSet(hash, size);
        Key key = new Key(ResourceType.REPLICA_SET, new GenericObject(set).objectName());
        if (index.find(key).isPresent()) {
            // Another template has taken this name: the next try hashes differently.
            status.countCollision();
            return false;
        }
        writes.add(Write.create(ResourceType.REPLICA_SET, set));
        if (size > 0) {
            tellScaling(key.name().name(), 0, size);
        }
        revision.deploymentPatch(revision.next()).ifPresent(writes::add);
        status.noteCreated(key.name().name());
        return false;
    }

    private void bringUpToDate(ReplicaSet set) {
        revision.replicaSetPatch(set).ifPresent(writes::add);
        revision.deploymentPatch(revision.of(set)).ifPresent(writes::add);
    }

    /// How large the present replica set may be, given what the others have.
    private int grownSize(int size) {
        if (deployment.recreates()) {
            return deployment.replicas();
        }
        int most = deployment.replicas() + deployment.maxSurge();
        int pods = sets.stream().mapToInt(ReplicaSet::replicas).sum();
        if (pods >= most) {
            return size;
        }
        return size + Math.min(most - pods, deployment.replicas() - size);
    }

    /// Shrinks old replica sets as far as enough pods stay available: first by what is not available anyway, then oldest first.
    private void shrinkOld(ReplicaSet newest) {
        int least = deployment.replicas() - deployment.maxUnavailable();
        int pods = sets.stream().mapToInt(ReplicaSet::replicas).sum();
        int missing = newest.replicas() - newest.availableReplicas();
        int shrinkable = pods - least - missing;
        if (shrinkable <= 0) {
            return;
        }
        // A status may lie behind: pods that are to go already no longer count.
        int available =
                sets.stream()
                        .mapToInt(set -> Math.min(set.replicas(), set.availableReplicas()))
                        .sum();
        int left = shrinkable;
        int healthyLeft = Math.max(0, available - least);
        for (ReplicaSet set : old) {
            if (set.replicas() == 0) {
                continue;
            }
            int unhealthy = Math.min(left, Math.max(0, set.replicas() - set.availableReplicas()));
            left -= unhealthy;
            int healthy = Math.min(Math.min(healthyLeft, left), set.replicas() - unhealthy);
            healthyLeft -= healthy;
            left -= healthy;
            if (unhealthy + healthy > 0) {
                resize(set, set.replicas() - unhealthy - healthy);
            }
        }
    }

    /// Whether the deployment's size changed since the replica sets were sized for it.
    private boolean isResized() {
        return sets.stream()
                .filter(set -> set.replicas() > 0)
                .map(set -> set.annotations().get(Revision.DESIRED))
                .anyMatch(desired ->
                        desired != null && !desired.equals(String.valueOf(deployment.replicas())));
    }

    /// Fits the replica sets to the deployment's size, without moving the rollout on.
    private void scale() {
        List<ReplicaSet> active = sets.stream().filter(set -> set.replicas() > 0).toList();
        if (active.size() <= 1) {
            Optional<ReplicaSet> only =
                    active.isEmpty()
                            ? current.or(() ->
                                    sets.isEmpty() ? Optional.empty() : Optional.of(sets.getLast()))
                            : Optional.of(active.getFirst());
            only.ifPresent(set -> resize(set, deployment.replicas()));
            return;
        }
        if (current.filter(this::isSaturated).isPresent()) {
            old.stream().filter(set -> set.replicas() > 0).forEach(set -> resize(set, 0));
            return;
        }
        if (!deployment.recreates()) {
            scaleInProportion(active);
        }
    }

    private boolean isSaturated(ReplicaSet set) {
        String size = String.valueOf(deployment.replicas());
        return set.replicas() == deployment.replicas()
                && size.equals(set.annotations().get(Revision.DESIRED))
                && set.availableReplicas() == deployment.replicas();
    }

    /// In the middle of a rollout every replica set takes its share of the change, the larger ones first; what rounding leaves goes to the first.
    private void scaleInProportion(List<ReplicaSet> active) {
        int allowed =
                deployment.replicas() == 0 ? 0 : deployment.replicas() + deployment.maxSurge();
        int pods = active.stream().mapToInt(ReplicaSet::replicas).sum();
        int change = allowed - pods;
        List<ReplicaSet> ordered = new ArrayList<>(active);
        ordered.sort(Comparator.comparingInt(ReplicaSet::replicas).reversed());
        int[] sizes = new int[ordered.size()];
        int left = change;
        for (int i = 0; i < sizes.length; i++) {
            ReplicaSet set = ordered.get(i);
            int share = change == 0 ? 0 : share(set, allowed, left);
            sizes[i] = set.replicas() + share;
            left -= share;
        }
        sizes[0] = Math.max(0, sizes[0] + left);
        for (int i = 0; i < sizes.length; i++) {
            resize(ordered.get(i), Math.max(0, sizes[i]));
        }
    }

    private int share(ReplicaSet set, int allowed, int left) {
        if (deployment.replicas() == 0) {
            return -set.replicas();
        }
        int allowedBefore = number(set.annotations().get(Revision.MOST));
        int base = allowedBefore > 0 ? allowedBefore : Math.max(1, allowed);
        int share = (int) Math.round(set.replicas() * (double) allowed / base) - set.replicas();
        return left > 0 ? Math.min(share, left) : Math.max(share, left);
    }

    private static int number(@Nullable String text) {
        try {
            return text == null ? 0 : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private void resize(ReplicaSet set, int size) {
        Optional<JsonObject> annotations = revision.sizeAnnotations(set);
        if (set.replicas() == size && annotations.isEmpty()) {
            return;
        }
        JsonObject.Builder patch = JsonObject.builder();
        annotations.ifPresent(
                changed -> patch.put("metadata", JsonObject.of("annotations", changed)));
        if (set.replicas() != size) {
            patch.put("spec", JsonObject.of("replicas", Json.of(size)));
        }
        writes.add(Write.merge(ResourceType.REPLICA_SET, set.objectName(), patch.build()));
        if (set.replicas() != size) {
            tellScaling(set.name(), set.replicas(), size);
        }
    }

    private void tellScaling(String set, int from, int to) {
        String direction = to > from ? "up" : "down";
        writes.add(
                Write.tell(
                        EventSubject.of(ResourceType.DEPLOYMENT, deployment),
                        "ScalingReplicaSet",
                        "Scaled %s replica set %s from %d to %d"
                                .formatted(direction, set, from, to)));
    }

    /// Deletes what lies further back than the history goes.
    private void cleanUp() {
        List<ReplicaSet> past =
                old.stream()
                        .filter(set -> set.replicas() == 0 && set.currentReplicas() == 0)
                        .filter(set -> !set.isBeingDeleted())
                        .filter(set ->
                                set.generation()
                                        <= set.tree().number(0, "status", "observedGeneration"))
                        .sorted(Comparator.comparingLong(revision::of))
                        .toList();
        int surplus = past.size() - deployment.historyLimit();
        for (int i = 0; i < surplus; i++) {
            ReplicaSet set = past.get(i);
            writes.add(Write.delete(ResourceType.REPLICA_SET, set.objectName(), set.uid()));
        }
    }
}
