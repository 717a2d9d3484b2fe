package io.fairlead.controllers;

import io.fairlead.api.DaemonSet;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import io.fairlead.api.NodeTerms;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Tolerations;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The pods of a DaemonSet: each asks for one node by name, and puts up with what happens to nodes.
///
/// @param hash the present template's
record DaemonPods(DaemonSet set, String hash) {
    static final String HASH_LABEL = "controller-revision-hash";

    private static final String GENERATION = "deprecated.daemonset.template.generation";
    private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

    /// Whether a node is to have a pod, may keep the one it has, or neither.
    enum Place {
        WANTED,
        KEPT,
        UNWANTED
    }

    Place on(JsonObject node) {
        JsonObject pod = blueprint();
        String asked = pod.text("spec", "nodeName");
        boolean fits =
                (asked.isEmpty() || asked.equals(node.text("metadata", "name")))
                        && NodeTerms.matchesSelector(pod, node)
                        && NodeTerms.matchesRequiredAffinity(pod, node);
        if (!fits) {
            return Place.UNWANTED;
        }
        if (Tolerations.untolerated(pod, node, List.of("NoSchedule", "NoExecute")).isEmpty()) {
            return Place.WANTED;
        }
        return Tolerations.untolerated(pod, node, List.of("NoExecute")).isEmpty()
                ? Place.KEPT
                : Place.UNWANTED;
    }

    /// A pod as it is made, but for its node.
    private JsonObject blueprint() {
        JsonObject pod =
                new OwnedPods(ResourceType.DAEMON_SET, set, set.selector()).from(set.template());
        List<Json> tolerations = new ArrayList<>(pod.list("spec", "tolerations"));
        add(tolerations, "node.kubernetes.io/not-ready", "NoExecute");
        add(tolerations, "node.kubernetes.io/unreachable", "NoExecute");
        add(tolerations, "node.kubernetes.io/disk-pressure", "NoSchedule");
        add(tolerations, "node.kubernetes.io/memory-pressure", "NoSchedule");
        add(tolerations, "node.kubernetes.io/pid-pressure", "NoSchedule");
        add(tolerations, "node.kubernetes.io/unschedulable", "NoSchedule");
        if (pod.flag("spec", "hostNetwork")) {
            add(tolerations, "node.kubernetes.io/network-unavailable", "NoSchedule");
        }
        return pod.withAt(new JsonArray(tolerations), "spec", "tolerations");
    }

    private static void add(List<Json> tolerations, String key, String effect) {
        JsonObject toleration =
                JsonObject.of(
                        "key", Json.of(key),
                        "operator", Json.of("Exists"),
                        "effect", Json.of(effect));
        if (!tolerations.contains(toleration)) {
            tolerations.add(toleration);
        }
    }

    JsonObject podFor(String node) {
        JsonObject requirement =
                JsonObject.of(
                        "key", Json.of("metadata.name"),
                        "operator", Json.of("In"),
                        "values", JsonArray.of(Json.of(node)));
        JsonObject selector =
                JsonObject.of(
                        "nodeSelectorTerms",
                        JsonArray.of(JsonObject.of("matchFields", JsonArray.of(requirement))));
        Map<String, String> labels = new TreeMap<>(set.template().texts("metadata", "labels"));
        labels.put(HASH_LABEL, hash);
        String generation = set.annotations().getOrDefault(GENERATION, "");
        if (!generation.isEmpty()) {
            labels.put("pod-template-generation", generation);
        }
        return blueprint()
                .withAt(Json.of(set.name() + "-"), "metadata", "generateName")
                .withAt(JsonObject.ofStrings(labels), "metadata", "labels")
                .withAt(selector, "spec", "affinity", "nodeAffinity", REQUIRED);
    }

    boolean isUpdated(Pod pod) {
        return hash.equals(pod.labels().get(HASH_LABEL));
    }

    /// The node a pod is on, or waits for.
    static String node(Pod pod) {
        if (!pod.nodeName().isEmpty()) {
            return pod.nodeName();
        }
        for (Json term :
                pod.tree()
                        .list("spec", "affinity", "nodeAffinity", REQUIRED, "nodeSelectorTerms")) {
            for (Json field : term.list("matchFields")) {
                List<Json> values = field.list("values");
                if (field.text("key").equals("metadata.name")
                        && values.size() == 1
                        && values.getFirst() instanceof JsonString name) {
                    return name.value();
                }
            }
        }
        return "";
    }
}
