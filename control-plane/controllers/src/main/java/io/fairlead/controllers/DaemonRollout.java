package io.fairlead.controllers;

import io.fairlead.api.DaemonSet;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The next step of one DaemonSet. Made for one look at the cluster, used by one thread, and thrown away.
final class DaemonRollout {
    private static final int BURST_MAX = 250;

    private final DaemonSet set;
    private final DaemonPods daemon;
    private final OwnedPods owned;
    private final Instant now;
    private final Duration minReady;
    private final Map<String, DaemonPods.Place> places = new TreeMap<>();
    private final Map<String, List<Pod>> byNode = new TreeMap<>();

    /// @param pods the set's
    DaemonRollout(
            DaemonPods daemon,
            OwnedPods owned,
            List<Pod> pods,
            Collection<JsonObject> nodes,
            Instant now) {
        this.set = daemon.set();
        this.daemon = daemon;
        this.owned = owned;
        this.now = now;
        this.minReady = Duration.ofSeconds(set.minReadySeconds());
        for (JsonObject node : nodes) {
            places.put(node.text("metadata", "name"), daemon.on(node));
        }
        for (Pod pod : pods) {
            byNode.computeIfAbsent(DaemonPods.node(pod), _ -> new ArrayList<>()).add(pod);
        }
        Comparator<Pod> oldestFirst =
                Comparator.comparing((Pod pod) -> pod.creationTime().orElse(now))
                        .thenComparing(Pod::name);
        byNode.values().forEach(there -> there.sort(oldestFirst));
    }

    List<Write> writes() {
        List<Write> events = new ArrayList<>();
        List<String> starts = new ArrayList<>();
        List<Pod> ends = new ArrayList<>();
        places.forEach((node, place) -> settle(node, place, starts, ends, events));
        for (var there : byNode.entrySet()) {
            if (!places.containsKey(there.getKey())) {
                // Pods that wait for a node which is gone; those on it are the garbage collector's.
                there.getValue().stream()
                        .filter(pod -> pod.nodeName().isEmpty() && !pod.isBeingDeleted())
                        .forEach(ends::add);
            }
        }
        if (!set.updatesOnDelete() && starts.isEmpty() && ends.isEmpty()) {
            update(starts, ends);
        }
        List<Write> writes = new ArrayList<>(events);
        if (!starts.isEmpty()) {
            writes.add(
                    new Write.Together(
                            starts.stream()
                                    .limit(BURST_MAX)
                                    .map(node -> owned.create(daemon.podFor(node)))
                                    .toList()));
        }
        if (!ends.isEmpty()) {
            writes.add(
                    new Write.Together(ends.stream().limit(BURST_MAX).map(owned::delete).toList()));
        }
        return writes;
    }

    private List<Pod> on(String node) {
        return byNode.getOrDefault(node, List.of());
    }

    /// Brings a node to one pod, or none.
    private void settle(
            String node,
            DaemonPods.Place place,
            List<String> starts,
            List<Pod> ends,
            List<Write> events) {
        List<Pod> there = on(node);
        if (place == DaemonPods.Place.UNWANTED) {
            there.stream().filter(pod -> !pod.isBeingDeleted()).forEach(ends::add);
            return;
        }
        if (there.isEmpty() && place == DaemonPods.Place.WANTED) {
            starts.add(node);
            return;
        }
        List<Pod> running = new ArrayList<>();
        for (Pod pod : there) {
            if (pod.isBeingDeleted()) {
                continue;
            }
            if (pod.isFinished()) {
                boolean failed = pod.phase().equals("Failed");
                EventSubject subject = EventSubject.of(ResourceType.DAEMON_SET, set);
                String message =
                        "Found %s daemon pod %s on node %s, will try to %s it"
                                .formatted(
                                        failed ? "failed" : "succeeded",
                                        pod.objectName(),
                                        node,
                                        failed ? "kill" : "delete");
                events.add(
                        failed
                                ? Write.warn(subject, "FailedDaemonPod", message)
                                : Write.tell(subject, "SucceededDaemonPod", message));
                ends.add(pod);
            } else {
                running.add(pod);
            }
        }
        if (running.size() <= 1) {
            return;
        }
        Optional<Pod> updated = running.stream().filter(daemon::isUpdated).findFirst();
        boolean mayHaveTwo = set.maxSurge(desired()) > 0 && updated.isPresent();
        Optional<Pod> old = running.stream().filter(pod -> !daemon.isUpdated(pod)).findFirst();
        if (!mayHaveTwo || old.isEmpty()) {
            ends.addAll(running.subList(1, running.size()));
            return;
        }
        // The new one takes over once it is available, or at once where the old one is not.
        boolean takesOver = isAvailable(updated.get()) || !isAvailable(old.get());
        for (Pod pod : running) {
            boolean keeps = pod.equals(updated.get()) || (!takesOver && pod.equals(old.get()));
            if (!keeps) {
                ends.add(pod);
            }
        }
    }

    private void update(List<String> starts, List<Pod> ends) {
        int surge = set.maxSurge(desired());
        int most = set.maxUnavailable(desired());
        int unavailable = 0;
        int surging = 0;
        List<Pod> broken = new ArrayList<>();
        List<Pod> candidates = new ArrayList<>();
        for (var place : places.entrySet()) {
            if (place.getValue() == DaemonPods.Place.UNWANTED) {
                continue;
            }
            List<Pod> there =
                    on(place.getKey()).stream().filter(pod -> !pod.isBeingDeleted()).toList();
            Optional<Pod> updated = there.stream().filter(daemon::isUpdated).findFirst();
            Optional<Pod> old = there.stream().filter(pod -> !daemon.isUpdated(pod)).findFirst();
            if (updated.isPresent() && old.isPresent()) {
                surging++;
            } else if (updated.isPresent()) {
                unavailable += isAvailable(updated.get()) ? 0 : 1;
            } else if (old.isEmpty()) {
                unavailable++;
            } else if (!isAvailable(old.get())) {
                unavailable++;
                broken.add(old.get());
            } else {
                candidates.add(old.get());
            }
        }
        if (surge == 0) {
            ends.addAll(broken);
            candidates.stream().limit(Math.max(0, most - unavailable)).forEach(ends::add);
        } else {
            broken.forEach(pod -> starts.add(DaemonPods.node(pod)));
            candidates.stream()
                    .limit(Math.max(0, surge - surging))
                    .forEach(pod -> starts.add(DaemonPods.node(pod)));
        }
    }

    private int desired() {
        return (int) places.values().stream().filter(DaemonPods.Place.WANTED::equals).count();
    }

    private boolean isAvailable(Pod pod) {
        return Availability.isAvailable(pod, minReady, now);
    }

    JsonObject status(long collisions) {
        int scheduled = 0;
        int misscheduled = 0;
        int ready = 0;
        int updated = 0;
        int available = 0;
        for (var place : places.entrySet()) {
            List<Pod> there = on(place.getKey());
            if (there.isEmpty()) {
                continue;
            }
            if (place.getValue() != DaemonPods.Place.WANTED) {
                misscheduled++;
                continue;
            }
            scheduled++;
            ready += there.stream().anyMatch(Pod::isReady) ? 1 : 0;
            available += there.stream().anyMatch(this::isAvailable) ? 1 : 0;
            updated += there.stream().anyMatch(daemon::isUpdated) ? 1 : 0;
        }
        JsonObject.Builder status =
                JsonObject.builder()
                        .put("currentNumberScheduled", scheduled)
                        .put("numberMisscheduled", misscheduled)
                        .put("desiredNumberScheduled", desired())
                        .put("numberReady", ready)
                        .put("observedGeneration", set.generation());
        ReplicaSetController.putUnlessZero(status, "updatedNumberScheduled", updated);
        ReplicaSetController.putUnlessZero(status, "numberAvailable", available);
        ReplicaSetController.putUnlessZero(status, "numberUnavailable", desired() - available);
        ReplicaSetController.putUnlessZero(status, "collisionCount", collisions);
        return status.build();
    }
}
