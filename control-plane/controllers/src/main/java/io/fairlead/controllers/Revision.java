package io.fairlead.controllers;

import io.fairlead.api.Deployment;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ReplicaSet;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Which rollout a replica set stands for, told in annotations: `kubectl rollout history` and `undo` go by them.
///
/// @param old the replica sets of other templates
record Revision(Deployment deployment, List<ReplicaSet> old) {
    static final String DESIRED = "deployment.kubernetes.io/desired-replicas";
    static final String MOST = "deployment.kubernetes.io/max-replicas";

    private static final String HISTORY = "deployment.kubernetes.io/revision-history";

    /// A deployment's annotations that are not for its replica sets.
    private static final Set<String> OWN =
            Set.of(
                    "kubectl.kubernetes.io/last-applied-configuration",
                    Deployment.REVISION,
                    HISTORY,
                    DESIRED,
                    MOST,
                    "deprecated.deployment.rollback.to");

    long of(ReplicaSet set) {
        try {
            return Long.parseLong(set.annotations().getOrDefault(Deployment.REVISION, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /// What the present template's replica set is to be numbered, when it is new or comes back.
    long next() {
        return old.stream().mapToLong(this::of).max().orElse(0) + 1;
    }

    /// The replica set of the present template, to be created.
    JsonObject replicaSet(String hash, int size) {
        Map<String, String> annotations = new TreeMap<>();
        deployment
                .annotations()
                .forEach((name, value) -> {
                    if (!OWN.contains(name)) {
                        annotations.put(name, value);
                    }
                });
        annotations.put(Deployment.REVISION, String.valueOf(next()));
        annotations.putAll(size());
        JsonObject template = PodTemplate.withHash(deployment.template(), hash);
        JsonObject selector =
                deployment
                        .tree()
                        .object("spec", "selector")
                        .withAt(Json.of(hash), "matchLabels", PodTemplate.HASH_LABEL);
        JsonObject metadata =
                JsonObject.builder()
                        .put("name", deployment.name() + "-" + hash)
                        .put("namespace", deployment.namespace())
                        .put("labels", template.object("metadata", "labels"))
                        .put("annotations", JsonObject.ofStrings(annotations))
                        .put(
                                "ownerReferences",
                                JsonArray.of(
                                        Ownership.reference(ResourceType.DEPLOYMENT, deployment)))
                        .build();
        JsonObject.Builder spec = JsonObject.builder().put("replicas", size);
        if (deployment.minReadySeconds() > 0) {
            spec.put("minReadySeconds", deployment.minReadySeconds());
        }
        spec.put("selector", selector).put("template", template);
        return JsonObject.builder()
                .put("apiVersion", "apps/v1")
                .put("kind", "ReplicaSet")
                .put("metadata", metadata)
                .put("spec", spec.build())
                .build();
    }

    /// What is to be changed at the present template's replica set; its size is somebody else's business.
    Optional<Write> replicaSetPatch(ReplicaSet set) {
        JsonObject.Builder changed = JsonObject.builder();
        Map<String, String> annotations = set.annotations();
        deployment
                .annotations()
                .forEach((name, value) -> {
                    if (!OWN.contains(name) && !value.equals(annotations.get(name))) {
                        changed.put(name, value);
                    }
                });
        long known = of(set);
        if (known < next()) {
            changed.put(Deployment.REVISION, String.valueOf(next()));
            if (known > 0) {
                String history = annotations.getOrDefault(HISTORY, "");
                changed.put(HISTORY, history.isEmpty() ? "" + known : history + "," + known);
            }
        }
        JsonObject.Builder patch = JsonObject.builder();
        JsonObject annotationChanges = changed.build();
        if (!annotationChanges.isEmpty()) {
            patch.put("metadata", JsonObject.of("annotations", annotationChanges));
        }
        if (set.minReadySeconds() != deployment.minReadySeconds()) {
            patch.put(
                    "spec",
                    JsonObject.of("minReadySeconds", Json.of(deployment.minReadySeconds())));
        }
        JsonObject all = patch.build();
        return all.isEmpty()
                ? Optional.empty()
                : Optional.of(Write.merge(ResourceType.REPLICA_SET, set.objectName(), all));
    }

    /// Tells at the deployment which revision it is at.
    Optional<Write> deploymentPatch(long present) {
        String number = String.valueOf(Math.max(present, next()));
        if (number.equals(deployment.annotations().get(Deployment.REVISION))) {
            return Optional.empty();
        }
        JsonObject annotations = JsonObject.of(Deployment.REVISION, Json.of(number));
        return Optional.of(
                new Write.Amend(
                        ResourceType.DEPLOYMENT,
                        deployment.objectName(),
                        JsonObject.of("metadata", JsonObject.of("annotations", annotations))));
    }

    /// The annotations that tell for which size a replica set was scaled; empty when they are right.
    Optional<JsonObject> sizeAnnotations(ReplicaSet set) {
        boolean right =
                size().entrySet().stream()
                        .allMatch(entry ->
                                entry.getValue().equals(set.annotations().get(entry.getKey())));
        return right ? Optional.empty() : Optional.of(JsonObject.ofStrings(size()));
    }

    private Map<String, String> size() {
        return Map.of(
                DESIRED,
                String.valueOf(deployment.replicas()),
                MOST,
                String.valueOf(deployment.replicas() + deployment.maxSurge()));
    }
}
