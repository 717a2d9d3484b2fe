package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps as many pods as a ReplicaSet wants. Keys are ReplicaSets.
public final class ReplicaSetController implements Controller {
    /// At most so many pods are made or ended in one go.
    private static final int BURST_MAX = 500;

    private final InstantSource clock;

    public ReplicaSetController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "replicaset-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.REPLICA_SET, ResourceType.POD);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.REPLICA_SET)) {
            return List.of(new Key(ResourceType.REPLICA_SET, change.name()));
        }
        Set<Key> keys = new LinkedHashSet<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            if (side.isPresent()) {
                Pod pod = new Pod(side.get());
                Optional<JsonObject> controller = pod.controllerReference();
                if (controller.isPresent()) {
                    index.withUid(controller.get().text("uid"))
                            .filter(owner -> owner.type().equals(ResourceType.REPLICA_SET))
                            .ifPresent(keys::add);
                } else {
                    keys.addAll(selecting(pod, index));
                }
            }
        }
        return keys;
    }

    /// Those that may take an orphan.
    private static List<Key> selecting(Pod pod, ClusterIndex index) {
        return index.list(ResourceType.REPLICA_SET, pod.namespace(), ReplicaSet::new).stream()
                .filter(set -> set.selector().matches(pod.tree()))
                .map(set -> Key.of(ResourceType.REPLICA_SET, set))
                .toList();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<ReplicaSet> found = index.find(key, ReplicaSet::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        ReplicaSet set = found.get();
        List<Write> writes = new ArrayList<>();
        List<Pod> owned = claim(set, index, writes);
        List<Pod> active = owned.stream().filter(Pod::isActive).toList();
        if (!set.isBeingDeleted()) {
            int missing = set.replicas() - active.size();
            if (missing > 0) {
                writes.add(creations(set, Math.min(missing, BURST_MAX)));
            } else if (missing < 0) {
                writes.add(deletions(set, active, Math.min(-missing, BURST_MAX), index));
            }
        }
        Instant now = clock.instant();
        Write.status(ResourceType.REPLICA_SET, set, status(set, active, now))
                .ifPresent(writes::add);
        return new Plan(writes, Availability.nextChange(active, set.minReadySeconds(), now));
    }

    /// The pods that are this set's. Orphans it selects are taken, those it no longer selects are let go.
    private static List<Pod> claim(ReplicaSet set, ClusterIndex index, List<Write> writes) {
        LabelSelector selector = set.selector();
        List<Pod> owned = new ArrayList<>();
        for (Key key : index.ownedBy(set.uid())) {
            Optional<Pod> pod = index.find(key, Pod::new);
            if (!key.type().equals(ResourceType.POD)
                    || pod.isEmpty()
                    || !Ownership.isControlledBy(pod.get(), set.uid())) {
                continue;
            }
            if (selector.matches(pod.get().tree()) || set.isBeingDeleted()) {
                owned.add(pod.get());
            } else {
                writes.add(Ownership.release(ResourceType.POD, pod.get(), set.uid()));
            }
        }
        if (set.isBeingDeleted()) {
            return owned;
        }
        for (JsonObject tree : index.list(ResourceType.POD, set.namespace())) {
            Pod pod = new Pod(tree);
            if (pod.controllerReference().isEmpty() && pod.isActive() && selector.matches(tree)) {
                writes.add(Ownership.adopt(ResourceType.POD, pod, ResourceType.REPLICA_SET, set));
                owned.add(pod);
            }
        }
        return owned;
    }

    private static Write creations(ReplicaSet set, int count) {
        Write.Announcement words =
                new Write.Announcement(
                        EventSubject.of(ResourceType.REPLICA_SET, set),
                        "SuccessfulCreate",
                        "Created pod: ",
                        "FailedCreate",
                        "Error creating: ");
        JsonObject pod = podOf(set);
        List<Write> creations = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            creations.add(new Write.Create(ResourceType.POD, pod, Optional.of(words)));
        }
        return new Write.Together(creations);
    }

    private static JsonObject podOf(ReplicaSet set) {
        JsonObject template = set.template();
        JsonObject.Builder metadata =
                JsonObject.builder()
                        .put("generateName", set.name() + "-")
                        .put("namespace", set.namespace())
                        .putUnlessEmpty("labels", template.object("metadata", "labels"))
                        .putUnlessEmpty("annotations", template.object("metadata", "annotations"))
                        .putUnlessEmpty(
                                "finalizers",
                                new JsonArray(template.list("metadata", "finalizers")))
                        .put(
                                "ownerReferences",
                                JsonArray.of(Ownership.reference(ResourceType.REPLICA_SET, set)));
        return JsonObject.builder()
                .put("apiVersion", "v1")
                .put("kind", "Pod")
                .put("metadata", metadata.build())
                .put("spec", template.object("spec"))
                .build();
    }

    private Write deletions(ReplicaSet set, List<Pod> active, int count, ClusterIndex index) {
        Write.Announcement words =
                new Write.Announcement(
                        EventSubject.of(ResourceType.REPLICA_SET, set),
                        "SuccessfulDelete",
                        "Deleted pod: ",
                        "FailedDelete",
                        "Error deleting: ");
        List<Pod> sorted = new ArrayList<>(active);
        sorted.sort(DeletionOrder.of(relatedPods(set, index), clock.instant()));
        List<Write> deletions = new ArrayList<>();
        for (Pod pod : sorted.subList(0, count)) {
            deletions.add(
                    new Write.Delete(
                            ResourceType.POD,
                            pod.objectName(),
                            Deletion.of(pod),
                            Optional.of(words)));
        }
        return new Write.Together(deletions);
    }

    /// The active pods of all sets with the same controller: a node that has many of them gives some up first.
    private static List<Pod> relatedPods(ReplicaSet set, ClusterIndex index) {
        Optional<JsonObject> controller = set.controllerReference();
        List<Pod> related = new ArrayList<>();
        for (ReplicaSet other :
                index.list(ResourceType.REPLICA_SET, set.namespace(), ReplicaSet::new)) {
            boolean isRelated =
                    other.uid().equals(set.uid())
                            || (controller.isPresent()
                                    && Ownership.isControlledBy(
                                            other, controller.get().text("uid")));
            if (isRelated) {
                for (Key key : index.ownedBy(other.uid())) {
                    index.find(key, Pod::new).filter(Pod::isActive).ifPresent(related::add);
                }
            }
        }
        return related;
    }

    private static JsonObject status(ReplicaSet set, List<Pod> active, Instant now) {
        LabelSelector template = LabelSelector.ofLabels(set.template().texts("metadata", "labels"));
        long labelled = active.stream().filter(pod -> template.matches(pod.tree())).count();
        long ready = active.stream().filter(Pod::isReady).count();
        Duration wait = Duration.ofSeconds(set.minReadySeconds());
        long available =
                active.stream().filter(pod -> Availability.isAvailable(pod, wait, now)).count();
        JsonObject.Builder status = JsonObject.builder().put("replicas", active.size());
        putUnlessZero(status, "fullyLabeledReplicas", labelled);
        putUnlessZero(status, "readyReplicas", ready);
        putUnlessZero(status, "availableReplicas", available);
        status.put("observedGeneration", set.generation());
        Json conditions = set.tree().find("status", "conditions").orElse(JsonArray.EMPTY);
        if (conditions instanceof JsonArray array) {
            status.putUnlessEmpty("conditions", array);
        }
        return status.build();
    }

    static void putUnlessZero(JsonObject.Builder status, String name, long count) {
        if (count != 0) {
            status.put(name, count);
        }
    }
}
