package io.fairlead.controllers;

import io.fairlead.api.DaemonSet;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps one pod of each DaemonSet on every node that it fits. Keys are DaemonSets; what is to be done for one is [DaemonRollout]'s business.
public final class DaemonSetController implements Controller {
    private final InstantSource clock;

    public DaemonSetController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "daemon-set-controller";
    }

    @Override
    public String eventSource() {
        return "daemonset-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(
                ResourceType.DAEMON_SET,
                ResourceType.POD,
                ResourceType.NODE,
                ResourceType.CONTROLLER_REVISION);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.DAEMON_SET)) {
            return List.of(new Key(ResourceType.DAEMON_SET, change.name()));
        }
        if (change.type().equals(ResourceType.POD)) {
            return OwnedPods.keys(
                    change,
                    index,
                    ResourceType.DAEMON_SET,
                    tree -> LabelSelector.of(tree.object("spec", "selector")));
        }
        boolean concerns =
                change.type().equals(ResourceType.NODE)
                        && !change.before()
                                .map(DaemonSetController::part)
                                .equals(change.after().map(DaemonSetController::part));
        return concerns
                ? index.list(ResourceType.DAEMON_SET).stream()
                        .map(DaemonSet::new)
                        .map(set -> Key.of(ResourceType.DAEMON_SET, set))
                        .toList()
                : List.of();
    }

    /// What of a node decides about pods on it.
    private static JsonObject part(JsonObject node) {
        return JsonObject.of(
                "labels", node.object("metadata", "labels"),
                "spec", node.object("spec"));
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<DaemonSet> found = index.find(key, DaemonSet::new);
        if (found.isEmpty() || found.get().isBeingDeleted()) {
            return Plan.NOTHING;
        }
        DaemonSet set = found.get();
        JsonObject selector = set.tree().object("spec", "selector");
        if (selector.isEmpty()) {
            return Plan.of(
                    Write.warn(
                            EventSubject.of(ResourceType.DAEMON_SET, set),
                            "SelectingAll",
                            "This daemon set is selecting all pods. A non-empty selector is"
                                    + " required."));
        }
        List<Write> writes = new ArrayList<>();
        OwnedPods owned = new OwnedPods(ResourceType.DAEMON_SET, set, set.selector());
        List<Pod> pods = owned.claim(index, _ -> true, writes);
        TemplateHistory history =
                TemplateHistory.of(ResourceType.DAEMON_SET, set, DaemonPods.HASH_LABEL, index);
        TemplateHistory.Present present =
                history.present(index, set.tree().number(0, "status", "collisionCount"));
        present.write().ifPresent(writes::add);
        String hash = present.revision().text("metadata", "labels", DaemonPods.HASH_LABEL);
        DaemonRollout rollout =
                new DaemonRollout(
                        new DaemonPods(set, hash),
                        owned,
                        pods,
                        index.list(ResourceType.NODE),
                        clock.instant());
        writes.addAll(rollout.writes());
        Set<String> live = new HashSet<>(Set.of(present.name()));
        for (Pod pod : pods) {
            live.add(set.name() + "-" + pod.labels().getOrDefault(DaemonPods.HASH_LABEL, ""));
        }
        writes.addAll(history.truncate(live, set.historyLimit()));
        Write.status(ResourceType.DAEMON_SET, set, rollout.status(present.collisions()))
                .ifPresent(writes::add);
        return new Plan(
                writes, Availability.nextChange(pods, set.minReadySeconds(), clock.instant()));
    }
}
