package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Deletion;
import io.fairlead.client.EventSubject;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// How a workload finds, makes and ends its pods.
///
/// @param type the workload's
record OwnedPods(ResourceType type, ApiObject owner, LabelSelector selector) {
    /// The workloads of a type that a pod's change concerns: those that own it, else those that may take it.
    ///
    /// @param selector what a workload selects, from its tree
    static Collection<Key> keys(
            ObjectChange change,
            ClusterIndex index,
            ResourceType type,
            Function<JsonObject, LabelSelector> selector) {
        Set<Key> keys = new LinkedHashSet<>();
        for (Optional<JsonObject> side : List.of(change.before(), change.after())) {
            if (side.isEmpty()) {
                continue;
            }
            Pod pod = new Pod(side.get());
            Optional<JsonObject> controller = pod.controllerReference();
            if (controller.isPresent()) {
                index.withUid(controller.get().text("uid"))
                        .filter(owner -> owner.type().equals(type))
                        .ifPresent(keys::add);
                continue;
            }
            for (JsonObject workload : index.list(type, pod.namespace())) {
                if (selector.apply(workload).matches(pod.tree())) {
                    keys.add(
                            new Key(
                                    type,
                                    new ObjectName(
                                            pod.namespace(), workload.text("metadata", "name"))));
                }
            }
        }
        return keys;
    }

    /// The workload's pods. Orphans that it selects are taken, those it no longer selects are let go.
    ///
    /// @param mayTake which orphans it wants
    /// @param writes gets what is to be written for that
    List<Pod> claim(ClusterIndex index, Predicate<Pod> mayTake, List<Write> writes) {
        List<Pod> owned = new ArrayList<>();
        for (Key key : index.ownedBy(owner.uid())) {
            Optional<Pod> pod =
                    key.type().equals(ResourceType.POD)
                            ? index.find(key, Pod::new)
                            : Optional.empty();
            if (pod.isEmpty() || !Ownership.isControlledBy(pod.get(), owner.uid())) {
                continue;
            }
            if (selector.matches(pod.get().tree()) || owner.isBeingDeleted()) {
                owned.add(pod.get());
            } else {
                writes.add(Ownership.release(ResourceType.POD, pod.get(), owner.uid()));
            }
        }
        if (owner.isBeingDeleted()) {
            return owned;
        }
        for (JsonObject tree : index.list(ResourceType.POD, owner.namespace())) {
            Pod pod = new Pod(tree);
            if (pod.controllerReference().isEmpty()
                    && pod.isActive()
                    && selector.matches(tree)
                    && mayTake.test(pod)) {
                writes.add(Ownership.adopt(ResourceType.POD, pod, type, owner));
                owned.add(pod);
            }
        }
        return owned;
    }

    /// A pod of a template, which belongs to the workload and has no name yet.
    JsonObject from(JsonObject template) {
        JsonObject.Builder metadata =
                JsonObject.builder()
                        .put("namespace", owner.namespace())
                        .putUnlessEmpty("labels", template.object("metadata", "labels"))
                        .putUnlessEmpty("annotations", template.object("metadata", "annotations"))
                        .putUnlessEmpty(
                                "finalizers",
                                new JsonArray(template.list("metadata", "finalizers")))
                        .put("ownerReferences", JsonArray.of(Ownership.reference(type, owner)));
        return JsonObject.builder()
                .put("apiVersion", "v1")
                .put("kind", "Pod")
                .put("metadata", metadata.build())
                .put("spec", template.object("spec"))
                .build();
    }

    Write create(JsonObject pod) {
        return new Write.Create(
                ResourceType.POD,
                pod,
                Optional.of(
                        new Write.Announcement(
                                EventSubject.of(type, owner),
                                "SuccessfulCreate",
                                "Created pod: {}",
                                "FailedCreate",
                                "Error creating: ")));
    }

    Write delete(Pod pod) {
        return new Write.Delete(
                ResourceType.POD,
                pod.objectName(),
                Deletion.of(pod),
                Optional.of(
                        new Write.Announcement(
                                EventSubject.of(type, owner),
                                "SuccessfulDelete",
                                "Deleted pod: {}",
                                "FailedDelete",
                                "Error deleting: ")));
    }
}
