package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.StatefulSet;
import io.fairlead.client.Deletion;
import io.fairlead.client.EventSubject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/// The pods of a StatefulSet and their claims: each has a number, which its name, its host name and its claims carry.
record StatefulPods(StatefulSet set, ClusterIndex index) {
    static final String REVISION_LABEL = "controller-revision-hash";

    private static final String NAME_LABEL = "statefulset.kubernetes.io/pod-name";
    private static final String INDEX_LABEL = "apps.kubernetes.io/pod-index";

    /// A pod's number, when its name is one that this set gives.
    OptionalInt ordinal(Pod pod) {
        String start = set.name() + "-";
        String digits = pod.name().startsWith(start) ? pod.name().substring(start.length()) : "";
        return digits.matches("0|[1-9][0-9]{0,8}")
                ? OptionalInt.of(Integer.parseInt(digits))
                : OptionalInt.empty();
    }

    String name(int ordinal) {
        return set.name() + "-" + ordinal;
    }

    static String revision(Pod pod) {
        return pod.labels().getOrDefault(REVISION_LABEL, "");
    }

    /// Creates the claims that are missing for a pod, then the pod.
    ///
    /// @param template the one of the revision
    List<Write> creation(int ordinal, JsonObject template, String revision) {
        List<Write> writes = new ArrayList<>(missingClaims(ordinal));
        String name = name(ordinal);
        Map<String, String> labels = new TreeMap<>(template.texts("metadata", "labels"));
        labels.put(NAME_LABEL, name);
        labels.put(INDEX_LABEL, String.valueOf(ordinal));
        labels.put(REVISION_LABEL, revision);
        JsonObject pod =
                new OwnedPods(ResourceType.STATEFUL_SET, set, set.selector())
                        .from(template)
                        .withAt(Json.of(name), "metadata", "name")
                        .withAt(JsonObject.ofStrings(labels), "metadata", "labels")
                        .withAt(Json.of(name), "spec", "hostname");
        if (!set.serviceName().isEmpty()) {
            pod = pod.withAt(Json.of(set.serviceName()), "spec", "subdomain");
        }
        pod = pod.withAt(volumes(template, ordinal), "spec", "volumes");
        if (pod.list("spec", "volumes").isEmpty()) {
            pod = pod.withoutAt("spec", "volumes");
        }
        writes.add(
                new Write.Create(
                        ResourceType.POD, pod, Optional.of(announcement("Create", "Pod " + name))));
        return writes;
    }

    List<Write> missingClaims(int ordinal) {
        List<Write> writes = new ArrayList<>();
        for (JsonObject template : set.claimTemplates()) {
            ObjectName name = claimName(template, ordinal);
            Key key = new Key(ResourceType.PERSISTENT_VOLUME_CLAIM, name);
            if (index.find(key).isPresent()) {
                continue;
            }
            Map<String, String> labels = new TreeMap<>(template.texts("metadata", "labels"));
            labels.putAll(set.tree().texts("spec", "selector", "matchLabels"));
            JsonObject claim =
                    JsonObject.builder()
                            .put("apiVersion", "v1")
                            .put("kind", "PersistentVolumeClaim")
                            .put(
                                    "metadata",
                                    JsonObject.builder()
                                            .put("name", name.name())
                                            .put("namespace", name.namespace())
                                            .putUnlessEmpty("labels", JsonObject.ofStrings(labels))
                                            .putUnlessEmpty(
                                                    "annotations",
                                                    template.object("metadata", "annotations"))
                                            .putUnlessEmpty("ownerReferences", claimOwners(true))
                                            .build())
                            .put("spec", template.object("spec"))
                            .build();
            writes.add(
                    new Write.Create(
                            ResourceType.PERSISTENT_VOLUME_CLAIM,
                            claim,
                            Optional.of(
                                    announcement(
                                            "Create",
                                            "Claim %s Pod %s"
                                                    .formatted(name.name(), name(ordinal))))));
        }
        return writes;
    }

    Write deletion(Pod pod) {
        return new Write.Delete(
                ResourceType.POD,
                pod.objectName(),
                Deletion.of(pod),
                Optional.of(announcement("Delete", "Pod " + pod.name())));
    }

    /// Makes a pod's claims belong to whom the retention policy says.
    ///
    /// @param stays whether the pod is one of those that the set shall have
    List<Write> retention(Pod pod, int ordinal, Stay stays) {
        List<Write> writes = new ArrayList<>();
        for (JsonObject template : set.claimTemplates()) {
            Key key = new Key(ResourceType.PERSISTENT_VOLUME_CLAIM, claimName(template, ordinal));
            Optional<JsonObject> claim = index.find(key);
            if (claim.isEmpty()) {
                continue;
            }
            List<Json> owners = new ArrayList<>();
            for (Json owner : claim.get().list("metadata", "ownerReferences")) {
                boolean ours =
                        owner.text("uid").equals(set.uid()) || owner.text("uid").equals(pod.uid());
                if (!ours) {
                    owners.add(owner);
                }
            }
            boolean goesWithPod = stays == Stay.GOES && set.deletesClaimsWhenScaled();
            if (goesWithPod) {
                owners.add(reference(ResourceType.POD, pod));
            } else {
                owners.addAll(claimOwners(stays == Stay.STAYS).items());
            }
            if (!owners.equals(claim.get().list("metadata", "ownerReferences"))) {
                writes.add(
                        new Write.Amend(
                                key.type(),
                                key.name(),
                                JsonObject.of(
                                        "metadata",
                                        JsonObject.of("ownerReferences", new JsonArray(owners)))));
            }
        }
        return writes;
    }

    /// Whether a pod is to stay, or is scaled away.
    enum Stay {
        STAYS,
        GOES
    }

    private JsonArray claimOwners(boolean stays) {
        boolean goesWithSet =
                set.deletesClaimsWhenDeleted() && (stays || !set.deletesClaimsWhenScaled());
        return goesWithSet
                ? JsonArray.of(reference(ResourceType.STATEFUL_SET, set))
                : JsonArray.EMPTY;
    }

    private static JsonObject reference(ResourceType type, ApiObject owner) {
        return Ownership.reference(type, owner);
    }

    private ObjectName claimName(JsonObject template, int ordinal) {
        return new ObjectName(
                set.namespace(), template.text("metadata", "name") + "-" + name(ordinal));
    }

    /// The template's volumes; a claim template takes the place of a volume of the same name.
    private JsonArray volumes(JsonObject template, int ordinal) {
        Map<String, Json> volumes = new LinkedHashMap<>();
        for (JsonObject claim : set.claimTemplates()) {
            String name = claim.text("metadata", "name");
            volumes.put(
                    name,
                    JsonObject.of(
                            "name",
                            Json.of(name),
                            "persistentVolumeClaim",
                            JsonObject.of("claimName", Json.of(claimName(claim, ordinal).name()))));
        }
        for (Json volume : template.list("spec", "volumes")) {
            volumes.putIfAbsent(volume.text("name"), volume);
        }
        return new JsonArray(List.copyOf(volumes.values()));
    }

    private Write.Announcement announcement(String verb, String what) {
        String sentence =
                "%s %s in StatefulSet %s "
                        .formatted(verb.toLowerCase(Locale.ROOT), what, set.name());
        return new Write.Announcement(
                EventSubject.of(ResourceType.STATEFUL_SET, set),
                "Successful" + verb,
                sentence + (what.startsWith("Claim") ? "success" : "successful"),
                "Failed" + verb,
                sentence + "failed error: ");
    }
}
