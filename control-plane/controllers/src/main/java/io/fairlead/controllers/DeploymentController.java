package io.fairlead.controllers;

import io.fairlead.api.Deployment;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.Pod;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Moves a Deployment's pods to its present template, by scaling one replica set up and the others down. Keys are Deployments; what is to
/// be done for one is [Rollout]'s business.
public final class DeploymentController implements Controller {
    private final InstantSource clock;

    public DeploymentController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "deployment-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.DEPLOYMENT, ResourceType.REPLICA_SET, ResourceType.POD);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        if (change.type().equals(ResourceType.DEPLOYMENT)) {
            return List.of(new Key(ResourceType.DEPLOYMENT, change.name()));
        }
        if (change.type().equals(ResourceType.POD)) {
            // Only who waits for the last old pod to go cares about pods.
            return change.after().isPresent() && new Pod(change.after().get()).isActive()
                    ? List.of()
                    : change.before().stream()
                            .flatMap(pod -> recreating(new Pod(pod), index).stream())
                            .toList();
        }
        Set<Key> keys = new LinkedHashSet<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            side.map(ReplicaSet::new).ifPresent(set -> keys.addAll(concerned(set, index)));
        }
        return keys;
    }

    private static List<Key> concerned(ReplicaSet set, ClusterIndex index) {
        Optional<JsonObject> controller = set.controllerReference();
        if (controller.isPresent()) {
            return index.withUid(controller.get().text("uid")).stream()
                    .filter(owner -> owner.type().equals(ResourceType.DEPLOYMENT))
                    .toList();
        }
        return index.list(ResourceType.DEPLOYMENT, set.namespace(), Deployment::new).stream()
                .filter(deployment -> deployment.selector().matches(set.tree()))
                .map(deployment -> Key.of(ResourceType.DEPLOYMENT, deployment))
                .toList();
    }

    private static Optional<Key> recreating(Pod pod, ClusterIndex index) {
        return pod.controllerReference()
                .flatMap(owner -> index.withUid(owner.text("uid")))
                .filter(owner -> owner.type().equals(ResourceType.REPLICA_SET))
                .flatMap(owner -> index.find(owner, ReplicaSet::new))
                .flatMap(ReplicaSet::controllerReference)
                .flatMap(owner -> index.withUid(owner.text("uid")))
                .filter(owner ->
                        index.find(owner, Deployment::new)
                                .filter(Deployment::recreates)
                                .isPresent());
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<Deployment> found = index.find(key, Deployment::new);
        if (found.isEmpty() || found.get().selector().isEverything()) {
            return Plan.NOTHING;
        }
        Deployment deployment = found.get();
        List<Write> claims = new ArrayList<>();
        List<ReplicaSet> sets = claim(deployment, index, claims);
        if (!claims.isEmpty()) {
            return Plan.of(claims);
        }
        return new Rollout(deployment, sets, index, clock.instant()).plan();
    }

    /// The replica sets that are this deployment's, oldest first.
    private static List<ReplicaSet> claim(
            Deployment deployment, ClusterIndex index, List<Write> claims) {
        LabelSelector selector = deployment.selector();
        List<ReplicaSet> owned = new ArrayList<>();
        for (ReplicaSet set :
                index.list(ResourceType.REPLICA_SET, deployment.namespace(), ReplicaSet::new)) {
            boolean matches = selector.matches(set.tree());
            if (Ownership.isControlledBy(set, deployment.uid())) {
                if (!matches && !deployment.isBeingDeleted()) {
                    claims.add(Ownership.release(ResourceType.REPLICA_SET, set, deployment.uid()));
                } else {
                    owned.add(set);
                }
            } else if (matches
                    && set.controllerReference().isEmpty()
                    && !set.isBeingDeleted()
                    && !deployment.isBeingDeleted()) {
                claims.add(
                        Ownership.adopt(
                                ResourceType.REPLICA_SET,
                                set,
                                ResourceType.DEPLOYMENT,
                                deployment));
            }
        }
        owned.sort(
                Comparator.comparing((ReplicaSet set) ->
                                set.tree().text("metadata", "creationTimestamp"))
                        .thenComparing(ReplicaSet::name));
        return owned;
    }
}
