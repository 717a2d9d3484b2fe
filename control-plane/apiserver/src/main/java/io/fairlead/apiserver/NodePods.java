package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.store.Store;
import io.fairlead.store.Stored;
import io.fairlead.store.Watcher;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/// Which pods are bound to each node, and what those pods need to run. Written by the store's thread as pods change, read by many.
final class NodePods implements Watcher<StoredObject>, AutoCloseable {
    private static final List<String> CONTAINERS =
            List.of("containers", "initContainers", "ephemeralContainers");

    private final Store<StoredObject> store;
    private final Map<String, Map<String, JsonObject>> byNode = new ConcurrentHashMap<>();
    private Optional<Store.Subscription> subscription = Optional.empty();

    NodePods(Store<StoredObject> store) {
        this.store = store;
    }

    /// Reads the present state and follows it; called once, before the first request.
    void start() {
        String prefix = StorageKeys.prefix(ResourceType.POD);
        var snapshot = store.snapshot();
        for (Stored<StoredObject> stored : snapshot.list(prefix)) {
            put(stored);
        }
        subscription = store.watch(snapshot.revision(), prefix, this);
    }

    @Override
    public void onChanges(long revision, List<Change<StoredObject>> changes) {
        for (Change<StoredObject> change : changes) {
            change.before().ifPresent(this::remove);
            change.after().ifPresent(this::put);
        }
    }

    @Override
    public void close() {
        subscription.ifPresent(Store.Subscription::close);
    }

    boolean runs(String node, ObjectName pod) {
        return on(node).stream().anyMatch(each -> nameOf(each).equals(pod));
    }

    /// Whether a pod of that node needs the object.
    boolean needs(String node, ResourceType type, ObjectName object) {
        return switch (type.plural()) {
            case "persistentvolumes" -> needsVolume(node, object.name());
            case "secrets" ->
                    anyNeeds(node, object, pod -> needsSecret(pod, object.name()))
                            || volumes(node).anyMatch(volume -> namesSecret(volume, object));
            case "configmaps" -> anyNeeds(node, object, pod -> needsConfig(pod, object.name()));
            case "persistentvolumeclaims" ->
                    anyNeeds(node, object, pod -> claims(pod).contains(object.name()));
            case "serviceaccounts" ->
                    anyNeeds(
                            node,
                            object,
                            pod -> pod.text("spec", "serviceAccountName").equals(object.name()));
            case "resourceclaims" ->
                    anyNeeds(
                            node,
                            object,
                            pod ->
                                    pod.list("spec", "resourceClaims").stream()
                                                    .anyMatch(claim ->
                                                            claim.text("resourceClaimName")
                                                                    .equals(object.name()))
                                            || pod.list("status", "resourceClaimStatuses").stream()
                                                    .anyMatch(claim ->
                                                            claim.text("resourceClaimName")
                                                                    .equals(object.name())));
            default -> false;
        };
    }

    private Collection<JsonObject> on(String node) {
        return byNode.getOrDefault(node, Map.of()).values();
    }

    private boolean anyNeeds(String node, ObjectName object, Predicate<JsonObject> need) {
        return on(node).stream()
                .anyMatch(pod ->
                        pod.text("metadata", "namespace").equals(object.namespace())
                                // A node makes these itself, so they prove nothing.
                                && !pod.has("metadata", "annotations", NodeRestriction.MIRROR)
                                && need.test(pod));
    }

    private boolean needsVolume(String node, String volume) {
        return volumes(node).anyMatch(each -> each.text("metadata", "name").equals(volume));
    }

    /// The persistent volumes that the node's pods claim.
    private java.util.stream.Stream<JsonObject> volumes(String node) {
        var snapshot = store.snapshot();
        return on(node).stream()
                .flatMap(pod ->
                        claims(pod).stream()
                                .map(claim ->
                                        new ObjectName(pod.text("metadata", "namespace"), claim)))
                .flatMap(claim ->
                        snapshot
                                .get(StorageKeys.key(ResourceType.PERSISTENT_VOLUME_CLAIM, claim))
                                .stream())
                .map(claim -> claim.value().tree().text("spec", "volumeName"))
                .filter(volume -> !volume.isEmpty())
                .flatMap(volume ->
                        snapshot
                                .get(
                                        StorageKeys.key(
                                                ResourceType.PERSISTENT_VOLUME,
                                                ObjectName.clusterWide(volume)))
                                .stream())
                .map(volume -> volume.value().tree());
    }

    private static List<String> claims(JsonObject pod) {
        return pod.list("spec", "volumes").stream()
                .map(volume ->
                        volume.has("ephemeral")
                                ? pod.text("metadata", "name") + "-" + volume.text("name")
                                : volume.text("persistentVolumeClaim", "claimName"))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    private static boolean needsSecret(JsonObject pod, String name) {
        return anyNames(pod.list("spec", "imagePullSecrets"), name)
                || containersName(pod, "secretRef", "secretKeyRef", name)
                || pod.list("spec", "volumes").stream()
                        .anyMatch(volume ->
                                volume.text("secret", "secretName").equals(name)
                                        || namesSecret(volume, name)
                                        || anySource(volume, "secret", name));
    }

    // The drivers that take a secret of the pod's own namespace.
    private static boolean namesSecret(Json volume, String name) {
        for (String driver :
                List.of(
                        "azureFile",
                        "cephfs",
                        "cinder",
                        "flexVolume",
                        "rbd",
                        "scaleIO",
                        "iscsi",
                        "storageos")) {
            if (volume.text(driver, "secretRef", "name").equals(name)
                    || volume.text(driver, "secretName").equals(name)) {
                return true;
            }
        }
        return volume.text("csi", "nodePublishSecretRef", "name").equals(name);
    }

    private static boolean namesSecret(JsonObject volume, ObjectName secret) {
        JsonObject spec = volume.object("spec");
        for (String driver : spec.names()) {
            for (String reference : spec.object(driver).names()) {
                Json named = spec.object(driver, reference);
                if (reference.endsWith("Ref")
                        && reference.toLowerCase(java.util.Locale.ROOT).contains("secret")
                        && named.text("name").equals(secret.name())
                        && named.text("namespace").equals(secret.namespace())) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean needsConfig(JsonObject pod, String name) {
        return containersName(pod, "configMapRef", "configMapKeyRef", name)
                || pod.list("spec", "volumes").stream()
                        .anyMatch(volume ->
                                volume.text("configMap", "name").equals(name)
                                        || anySource(volume, "configMap", name));
    }

    private static boolean anySource(Json volume, String sort, String name) {
        return volume.list("projected", "sources").stream()
                .anyMatch(source -> source.text(sort, "name").equals(name));
    }

    private static boolean anyNames(List<Json> references, String name) {
        return references.stream().anyMatch(reference -> reference.text("name").equals(name));
    }

    private static boolean containersName(
            JsonObject pod, String whole, String single, String name) {
        return CONTAINERS.stream()
                .flatMap(list -> pod.list("spec", list).stream())
                .anyMatch(container ->
                        container.list("envFrom").stream()
                                        .anyMatch(from -> from.text(whole, "name").equals(name))
                                || container.list("env").stream()
                                        .anyMatch(variable ->
                                                variable.text("valueFrom", single, "name")
                                                        .equals(name)));
    }

    private void put(Stored<StoredObject> stored) {
        JsonObject pod = stored.value().tree();
        String node = pod.text("spec", "nodeName");
        if (!node.isEmpty()) {
            byNode.computeIfAbsent(node, name -> new ConcurrentHashMap<>()).put(stored.key(), pod);
        }
    }

    private void remove(Stored<StoredObject> stored) {
        String node = stored.value().tree().text("spec", "nodeName");
        byNode.computeIfPresent(
                node,
                (name, pods) -> {
                    pods.remove(stored.key());
                    return pods.isEmpty() ? null : pods;
                });
    }

    private static ObjectName nameOf(JsonObject pod) {
        return new ObjectName(pod.text("metadata", "namespace"), pod.text("metadata", "name"));
    }
}
