package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// What every new pod gets: an identity, with its token mounted where client libraries look for it; patience with nodes that are away; and a priority.
final class PodAdmission implements Admission.Step {
    private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
    private static final List<String> TOPOLOGY_LABELS =
            List.of("topology.kubernetes.io/zone", "topology.kubernetes.io/region");
    private static final String MIRROR = "kubernetes.io/config.mirror";
    private static final int SUFFIX_LENGTH = 5;
    private static final String SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
    private static final ResourceType PRIORITY_CLASS =
            new ResourceType(
                    "scheduling.k8s.io",
                    "v1",
                    "priorityclasses",
                    "PriorityClass",
                    ResourceType.Scope.CLUSTER);

    private final RandomGenerator random;

    PodAdmission(RandomGenerator random) {
        this.random = random;
    }

    @Override
    public JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        if (!write.resource().type().equals(ResourceType.POD)) {
            return object;
        }
        if (before.isPresent()) {
            // Whoever replaces the tolerations keeps those that every pod has.
            return withTolerations(object);
        }
        JsonObject pod =
                withTopology(
                        withTolerations(withPriority(object, write)),
                        object.text("spec", "nodeName"),
                        write);
        return pod.has("metadata", "annotations", MIRROR) ? pod : withIdentity(pod, write);
    }

    /// The pod with the labels that say where its node is.
    static JsonObject withTopology(JsonObject pod, String node, Write write) {
        if (node.isEmpty()) {
            return pod;
        }
        String key = StorageKeys.key(ResourceType.NODE, ObjectName.clusterWide(node));
        JsonObject labels = pod.object("metadata", "labels");
        Optional<Stored<StoredObject>> found = write.snapshot().get(key);
        if (found.isPresent()) {
            for (String label : TOPOLOGY_LABELS) {
                String value = found.get().value().tree().text("metadata", "labels", label);
                if (!value.isEmpty()) {
                    labels = labels.with(label, value);
                }
            }
        }
        return labels.isEmpty() ? pod : pod.withAt(labels, "metadata", "labels");
    }

    private JsonObject withIdentity(JsonObject pod, Write write) {
        String name = pod.text("spec", "serviceAccountName");
        if (name.isEmpty()) {
            name = pod.text("spec", "serviceAccount");
        }
        if (name.isEmpty()) {
            name = "default";
        }
        ObjectName account = new ObjectName(pod.text("metadata", "namespace"), name);
        Optional<Stored<StoredObject>> found =
                write.snapshot().get(StorageKeys.key(ResourceType.SERVICE_ACCOUNT, account));
        if (found.isEmpty()) {
            throw new ApiException(
                    Status.about(
                            403,
                            "Forbidden",
                            "pods \"%s\" is forbidden: error looking up service account %s/%s: serviceaccount \"%s\" not found"
                                    .formatted(
                                            pod.text("metadata", "name"),
                                            account.namespace(),
                                            name,
                                            name),
                            ResourceType.POD,
                            pod.text("metadata", "name")));
        }
        JsonObject serviceAccount = found.get().value().tree();
        JsonObject spec =
                pod.object("spec").with("serviceAccountName", name).with("serviceAccount", name);
        if (spec.list("imagePullSecrets").isEmpty()
                && !serviceAccount.list("imagePullSecrets").isEmpty()) {
            spec =
                    spec.with(
                            "imagePullSecrets",
                            new JsonArray(serviceAccount.list("imagePullSecrets")));
        }
        return pod.with("spec", wantsToken(spec, serviceAccount) ? withToken(spec) : spec);
    }

    private static boolean wantsToken(JsonObject spec, JsonObject serviceAccount) {
        if (spec.has("automountServiceAccountToken")) {
            return spec.flag("automountServiceAccountToken");
        }
        return !serviceAccount.has("automountServiceAccountToken")
                || serviceAccount.flag("automountServiceAccountToken");
    }

    private JsonObject withToken(JsonObject spec) {
        String existing = existingVolume(spec);
        String volume = existing.isEmpty() ? "kube-api-access-" + suffix() : existing;
        boolean[] isUsed = new boolean[1];
        JsonObject changed = spec;
        for (String list : new String[] {"initContainers", "containers"}) {
            if (changed.list(list).isEmpty()) {
                continue;
            }
            List<Json> containers = new ArrayList<>();
            for (Json container : changed.list(list)) {
                boolean isMounted =
                        container.list("volumeMounts").stream()
                                .anyMatch(mount -> mount.text("mountPath").equals(MOUNT_PATH));
                if (isMounted) {
                    containers.add(container);
                } else {
                    isUsed[0] = true;
                    containers.add(withMount((JsonObject) container, volume));
                }
            }
            changed = changed.with(list, new JsonArray(containers));
        }
        if (!isUsed[0] || !existing.isEmpty()) {
            return changed;
        }
        List<Json> volumes = new ArrayList<>(changed.list("volumes"));
        volumes.add(tokenVolume(volume));
        return changed.with("volumes", new JsonArray(volumes));
    }

    private static String existingVolume(JsonObject spec) {
        return spec.list("volumes").stream()
                .map(volume -> volume.text("name"))
                .filter(name -> name.startsWith("kube-api-access-"))
                .findFirst()
                .orElse("");
    }

    private static JsonObject withMount(JsonObject container, String volume) {
        List<Json> mounts = new ArrayList<>(container.list("volumeMounts"));
        mounts.add(
                JsonObject.of(
                        "name",
                        Json.of(volume),
                        "readOnly",
                        Json.of(true),
                        "mountPath",
                        Json.of(MOUNT_PATH)));
        return container.with("volumeMounts", new JsonArray(mounts));
    }

    private static JsonObject tokenVolume(String name) {
        return JsonObject.of(
                "name",
                Json.of(name),
                "projected",
                JsonReader.read(
                        """
                        {"sources":[
                         {"serviceAccountToken":{"expirationSeconds":3607,"path":"token"}},
                         {"configMap":{"name":"kube-root-ca.crt","items":[{"key":"ca.crt","path":"ca.crt"}]}},
                         {"downwardAPI":{"items":[{"path":"namespace","fieldRef":{"apiVersion":"v1","fieldPath":"metadata.namespace"}}]}}
                        ],"defaultMode":420}
                        """));
    }

    private static JsonObject withTolerations(JsonObject pod) {
        List<Json> tolerations = new ArrayList<>(pod.list("spec", "tolerations"));
        for (String condition : new String[] {"not-ready", "unreachable"}) {
            String key = "node.kubernetes.io/" + condition;
            boolean isTolerated =
                    tolerations.stream().anyMatch(toleration -> covers(toleration, key));
            if (!isTolerated) {
                tolerations.add(
                        JsonObject.builder()
                                .put("key", key)
                                .put("operator", "Exists")
                                .put("effect", "NoExecute")
                                .put("tolerationSeconds", 300)
                                .build());
            }
        }
        return pod.withAt(new JsonArray(tolerations), "spec", "tolerations");
    }

    private static boolean covers(Json toleration, String key) {
        String own = toleration.text("key");
        return isForEffect(toleration) && (own.isEmpty() || own.equals(key));
    }

    private static boolean isForEffect(Json toleration) {
        String effect = toleration.text("effect");
        return effect.isEmpty() || effect.equals("NoExecute");
    }

    private static JsonObject withPriority(JsonObject pod, Write write) {
        String name = pod.text("spec", "priorityClassName");
        Optional<JsonObject> priorityClass =
                write.snapshot().list(StorageKeys.prefix(PRIORITY_CLASS)).stream()
                        .map(stored -> stored.value().tree())
                        .filter(tree ->
                                name.isEmpty()
                                        ? tree.flag("globalDefault")
                                        : tree.text("metadata", "name").equals(name))
                        .findFirst();
        if (priorityClass.isEmpty() && !name.isEmpty()) {
            throw new ApiException(
                    Status.about(
                            403,
                            "Forbidden",
                            "pods \"%s\" is forbidden: no PriorityClass with name %s was found"
                                    .formatted(pod.text("metadata", "name"), name),
                            ResourceType.POD,
                            pod.text("metadata", "name")));
        }
        JsonObject spec = pod.object("spec");
        if (priorityClass.isEmpty()) {
            spec = spec.with("priority", Json.of(0));
        } else {
            JsonObject found = priorityClass.get();
            spec =
                    spec.with("priorityClassName", found.text("metadata", "name"))
                            .with("priority", Json.of(found.number(0, "value")));
            String policy = found.text("preemptionPolicy");
            if (!policy.isEmpty()) {
                spec = spec.with("preemptionPolicy", policy);
            }
        }
        if (!spec.has("preemptionPolicy")) {
            spec = spec.with("preemptionPolicy", "PreemptLowerPriority");
        }
        return pod.with("spec", spec);
    }

    private String suffix() {
        StringBuilder suffix = new StringBuilder();
        for (int i = 0; i < SUFFIX_LENGTH; i++) {
            suffix.append(SUFFIX_LETTERS.charAt(random.nextInt(SUFFIX_LETTERS.length())));
        }
        return suffix.toString();
    }
}
