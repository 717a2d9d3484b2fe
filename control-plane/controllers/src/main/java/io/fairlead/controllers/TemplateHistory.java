package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The templates that a StatefulSet or DaemonSet has had, each kept in a ControllerRevision: `kubectl rollout history` and `undo` read them.
///
/// @param hashLabel the label that carries a revision's hash
/// @param revisions oldest first
record TemplateHistory(
        ResourceType type, ApiObject owner, String hashLabel, List<JsonObject> revisions) {
    static TemplateHistory of(
            ResourceType type, ApiObject owner, String hashLabel, ClusterIndex index) {
        List<JsonObject> revisions = new ArrayList<>();
        for (Key key : index.ownedBy(owner.uid())) {
            if (key.type().equals(ResourceType.CONTROLLER_REVISION)) {
                index.find(key).ifPresent(revisions::add);
            }
        }
        revisions.sort(
                Comparator.comparingLong(TemplateHistory::number)
                        .thenComparing(revision -> revision.text("metadata", "name")));
        return new TemplateHistory(type, owner, hashLabel, revisions);
    }

    /// The revision of the present template, and what is to be written so that it is the newest one.
    ///
    /// @param collisions how often a hash met another template's
    record Present(JsonObject revision, Optional<Write> write, long collisions) {
        String name() {
            return revision.text("metadata", "name");
        }
    }

    Present present(ClusterIndex index, long collisions) {
        JsonObject data = data();
        Optional<JsonObject> equal =
                revisions.stream().filter(one -> one.object("data").equals(data)).findFirst();
        long next = revisions.isEmpty() ? 1 : number(revisions.getLast()) + 1;
        if (equal.isPresent()) {
            boolean newest = equal.get().equals(revisions.getLast());
            JsonObject moved = equal.get().with("revision", Json.of(next));
            return new Present(
                    newest ? equal.get() : moved,
                    newest
                            ? Optional.empty()
                            : Optional.of(
                                    new Write.Update(ResourceType.CONTROLLER_REVISION, moved)),
                    collisions);
        }
        long tries = collisions;
        while (true) {
            JsonObject fresh = fresh(data, next, tries);
            Key key =
                    new Key(
                            ResourceType.CONTROLLER_REVISION,
                            new GenericObject(fresh).objectName());
            if (index.find(key).isEmpty()) {
                return new Present(
                        fresh,
                        Optional.of(Write.create(ResourceType.CONTROLLER_REVISION, fresh)),
                        tries);
            }
            // Another template has taken this name.
            tries++;
        }
    }

    Optional<JsonObject> named(String name) {
        return revisions.stream()
                .filter(revision -> revision.text("metadata", "name").equals(name))
                .findFirst();
    }

    /// The template that a revision keeps.
    static JsonObject template(JsonObject revision) {
        return revision.object("data", "spec", "template").without("$patch");
    }

    /// Deletes the oldest of those that nothing needs, as far as the limit asks for it.
    List<Write> truncate(Set<String> live, int limit) {
        List<JsonObject> unused =
                revisions.stream()
                        .filter(revision -> !live.contains(revision.text("metadata", "name")))
                        .toList();
        List<Write> deletions = new ArrayList<>();
        for (JsonObject revision :
                unused.subList(0, Math.max(0, Math.min(unused.size(), unused.size() - limit)))) {
            GenericObject view = new GenericObject(revision);
            deletions.add(
                    Write.delete(ResourceType.CONTROLLER_REVISION, view.objectName(), view.uid()));
        }
        return deletions;
    }

    private static long number(JsonObject revision) {
        return revision.number(0, "revision");
    }

    /// A patch that brings the template back.
    private JsonObject data() {
        JsonObject template = owner.tree().object("spec", "template");
        return JsonObject.of(
                "spec", JsonObject.of("template", template.with("$patch", Json.of("replace"))));
    }

    private JsonObject fresh(JsonObject data, long number, long collisions) {
        String hash = PodTemplate.hash(data, collisions);
        Map<String, String> labels =
                new TreeMap<>(owner.tree().texts("spec", "template", "metadata", "labels"));
        labels.put(hashLabel, hash);
        ObjectName name = owner.objectName();
        return JsonObject.builder()
                .put("apiVersion", "apps/v1")
                .put("kind", "ControllerRevision")
                .put(
                        "metadata",
                        JsonObject.builder()
                                .put("name", name.name() + "-" + hash)
                                .put("namespace", name.namespace())
                                .put("labels", JsonObject.ofStrings(labels))
                                .putUnlessEmpty(
                                        "annotations", JsonObject.ofStrings(owner.annotations()))
                                .put(
                                        "ownerReferences",
                                        JsonArray.of(Ownership.reference(type, owner)))
                                .build())
                .put("data", data)
                .put("revision", number)
                .build();
    }
}
