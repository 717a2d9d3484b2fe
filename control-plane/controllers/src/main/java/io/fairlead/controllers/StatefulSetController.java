package io.fairlead.controllers;

import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.StatefulSet;
import io.fairlead.client.ObjectChange;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Keeps the numbered pods of StatefulSets, one after the other where order is asked for. Keys are StatefulSets; what is to be done for
/// one is [StatefulRollout]'s business.
public final class StatefulSetController implements Controller {
    private static final String HASH_LABEL = "controller.kubernetes.io/hash";

    private final InstantSource clock;

    public StatefulSetController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "statefulset-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(
                ResourceType.STATEFUL_SET,
                ResourceType.POD,
                ResourceType.PERSISTENT_VOLUME_CLAIM,
                ResourceType.CONTROLLER_REVISION);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.STATEFUL_SET)) {
            return List.of(new Key(ResourceType.STATEFUL_SET, change.name()));
        }
        if (change.type().equals(ResourceType.POD)) {
            return OwnedPods.keys(
                    change,
                    index,
                    ResourceType.STATEFUL_SET,
                    tree -> LabelSelector.of(tree.object("spec", "selector")));
        }
        // Claims and revisions are read when something else asks for it.
        return List.of();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<StatefulSet> found = index.find(key, StatefulSet::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        StatefulSet set = found.get();
        List<Write> writes = new ArrayList<>();
        StatefulPods naming = new StatefulPods(set, index);
        List<Pod> pods =
                new OwnedPods(ResourceType.STATEFUL_SET, set, set.selector())
                        .claim(index, pod -> naming.ordinal(pod).isPresent(), writes);
        TemplateHistory history =
                TemplateHistory.of(ResourceType.STATEFUL_SET, set, HASH_LABEL, index);
        if (set.isBeingDeleted()) {
            return new StatefulRollout(set, naming, pods, clock.instant()).finish(writes);
        }
        TemplateHistory.Present update =
                history.present(index, set.tree().number(0, "status", "collisionCount"));
        update.write().ifPresent(writes::add);
        JsonObject current = history.named(set.currentRevision()).orElse(update.revision());
        StatefulRollout rollout = new StatefulRollout(set, naming, pods, clock.instant());
        rollout.run(current, update);
        Set<String> live = new HashSet<>(List.of(update.name(), current.text("metadata", "name")));
        pods.forEach(pod -> live.add(StatefulPods.revision(pod)));
        List<Write> obsolete = history.truncate(live, set.historyLimit());
        writes.addAll(rollout.writes());
        writes.addAll(obsolete);
        return rollout.finish(writes);
    }
}
