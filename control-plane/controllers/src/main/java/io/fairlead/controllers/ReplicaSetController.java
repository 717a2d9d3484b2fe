package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps as many pods as a ReplicaSet wants, or a ReplicationController. Keys are these.
public final class ReplicaSetController implements Controller {
    /// At most so many pods are made or ended in one go.
    private static final int BURST_MAX = 500;

    private final ResourceType type;
    private final String name;
    private final InstantSource clock;

    private ReplicaSetController(ResourceType type, String name, InstantSource clock) {
        this.type = type;
        this.name = name;
        this.clock = clock;
    }

    public ReplicaSetController(InstantSource clock) {
        this(ResourceType.REPLICA_SET, "replicaset-controller", clock);
    }

    /// The one for what replica sets came from.
    public static ReplicaSetController ofReplicationControllers(InstantSource clock) {
        return new ReplicaSetController(
                ResourceType.REPLICATION_CONTROLLER, "replication-controller", clock);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(type, ResourceType.POD);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(type)) {
            return List.of(new Key(type, change.name()));
        }
        return OwnedPods.keys(change, index, type, tree -> view(tree).selector());
    }

    /// A replication controller writes its selector as plain labels, and is like a replica set in all else.
    private ReplicaSet view(JsonObject tree) {
        return new ReplicaSet(
                type.equals(ResourceType.REPLICATION_CONTROLLER)
                        ? tree.withAt(
                                JsonObject.of("matchLabels", tree.object("spec", "selector")),
                                "spec",
                                "selector")
                        : tree);
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<ReplicaSet> found = index.find(key, this::view);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        ReplicaSet set = found.get();
        List<Write> writes = new ArrayList<>();
        OwnedPods pods = new OwnedPods(type, set, set.selector());
        List<Pod> owned = pods.claim(index, _ -> true, writes);
        List<Pod> active = owned.stream().filter(Pod::isActive).toList();
        if (!set.isBeingDeleted()) {
            int missing = set.replicas() - active.size();
            if (missing > 0) {
                Write one =
                        pods.create(
                                pods.from(set.template())
                                        .withAt(
                                                Json.of(set.name() + "-"),
                                                "metadata",
                                                "generateName"));
                writes.add(
                        new Write.Together(Collections.nCopies(Math.min(missing, BURST_MAX), one)));
            } else if (missing < 0) {
                writes.add(deletions(pods, set, active, Math.min(-missing, BURST_MAX), index));
            }
        }
        Instant now = clock.instant();
        Write.status(type, set, status(set, active, now)).ifPresent(writes::add);
        return new Plan(writes, Availability.nextChange(active, set.minReadySeconds(), now));
    }

    private Write deletions(
            OwnedPods pods, ReplicaSet set, List<Pod> active, int count, ClusterIndex index) {
        List<Pod> sorted = new ArrayList<>(active);
        sorted.sort(DeletionOrder.of(relatedPods(set, index), clock.instant()));
        return new Write.Together(sorted.subList(0, count).stream().map(pods::delete).toList());
    }

    /// The active pods of all sets with the same controller: a node that has many of them gives some up first.
    private List<Pod> relatedPods(ReplicaSet set, ClusterIndex index) {
        Optional<JsonObject> controller = set.controllerReference();
        List<Pod> related = new ArrayList<>();
        for (ReplicaSet other : index.list(type, set.namespace(), this::view)) {
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
