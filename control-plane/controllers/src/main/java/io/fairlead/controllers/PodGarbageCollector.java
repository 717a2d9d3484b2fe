package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Removes pods that nobody else will: of nodes that are gone, on their way out before they had a node, and the oldest of too many
/// that have ended. Keys are Nodes, and one key for all pods.
public final class PodGarbageCollector implements Controller {
    private static final Key ALL = new Key(ResourceType.POD, new ObjectName("", ""));
    private static final int ENDED_MAX = 12_500;

    /// How long a node must be gone before its pods are: it may come back.
    private static final Duration QUARANTINE = Duration.ofSeconds(40);

    private final InstantSource clock;
    private final int endedMax;
    private final Map<String, Instant> goneSince = new ConcurrentHashMap<>();

    public PodGarbageCollector(InstantSource clock) {
        this(clock, ENDED_MAX);
    }

    /// @param endedMax how many pods that have ended may stay
    PodGarbageCollector(InstantSource clock, int endedMax) {
        this.clock = clock;
        this.endedMax = endedMax;
    }

    @Override
    public String name() {
        return "pod-garbage-collector";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.POD, ResourceType.NODE);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.NODE)) {
            return List.of(new Key(ResourceType.NODE, change.name()));
        }
        Optional<Pod> pod = change.after().map(Pod::new);
        if (pod.isEmpty()) {
            return List.of();
        }
        String node = pod.get().nodeName();
        Key there = new Key(ResourceType.NODE, ObjectName.clusterWide(node));
        if (!node.isEmpty() && index.find(there).isEmpty()) {
            return List.of(there);
        }
        boolean concerns = pod.get().isFinished() || (pod.get().isBeingDeleted() && node.isEmpty());
        return concerns ? List.of(ALL) : List.of();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        return key.equals(ALL) ? surplus(index) : orphans(index, key);
    }

    private Plan orphans(ClusterIndex index, Key key) {
        String node = key.name().name();
        if (index.find(key).isPresent()) {
            goneSince.remove(node);
            return Plan.NOTHING;
        }
        List<Pod> pods = Terms.podsOn(index, node);
        if (pods.isEmpty()) {
            goneSince.remove(node);
            return Plan.NOTHING;
        }
        Instant now = clock.instant();
        Instant end = goneSince.computeIfAbsent(node, _ -> now).plus(QUARANTINE);
        if (end.isAfter(now)) {
            return Plan.NOTHING.again(Duration.between(now, end).plusMillis(1));
        }
        List<Write> writes = new ArrayList<>();
        for (Pod pod : pods) {
            if (!pod.isFinished()) {
                JsonObject why =
                        JsonObject.builder()
                                .put("type", "DisruptionTarget")
                                .put("status", "True")
                                .put("lastTransitionTime", Conditions.seconds(now))
                                .put("reason", "DeletionByPodGC")
                                .put("message", "PodGC: node no longer exists")
                                .build();
                Write.status(
                                ResourceType.POD,
                                pod,
                                pod.tree()
                                        .object("status")
                                        .with("phase", Json.of("Failed"))
                                        .with(
                                                "conditions",
                                                Conditions.tree(
                                                        NodeLifecycleController.replaced(
                                                                Conditions.of(pod.tree()), why))))
                        .ifPresent(writes::add);
            }
            writes.add(removal(pod));
        }
        return Plan.of(writes);
    }

    private Plan surplus(ClusterIndex index) {
        List<Write> writes = new ArrayList<>();
        List<Pod> ended = new ArrayList<>();
        for (JsonObject tree : index.list(ResourceType.POD)) {
            Pod pod = new Pod(tree);
            if (pod.isBeingDeleted() && pod.nodeName().isEmpty()) {
                writes.add(removal(pod));
            } else if (pod.isFinished()) {
                ended.add(pod);
            }
        }
        ended.sort(
                Comparator.comparing((Pod pod) -> pod.creationTime().orElse(Instant.EPOCH))
                        .thenComparing(Pod::objectName));
        ended.subList(0, Math.max(0, ended.size() - endedMax))
                .forEach(pod -> writes.add(removal(pod)));
        return Plan.of(writes);
    }

    private static Write removal(Pod pod) {
        return new Write.Delete(
                ResourceType.POD,
                pod.objectName(),
                Deletion.of(new GenericObject(pod.tree())).withGrace(Duration.ZERO),
                Optional.empty());
    }
}
