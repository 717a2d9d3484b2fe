package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Names the class of claims and ingresses that leave it out, where the cluster has a default one; and brings in what a pod's runtime class says.
final class DefaultClasses implements Admission.Step {
    private static final ResourceType STORAGE_CLASS =
            new ResourceType(
                    "storage.k8s.io", "v1", "storageclasses", "StorageClass", Scope.CLUSTER);
    private static final ResourceType INGRESS_CLASS =
            new ResourceType(
                    "networking.k8s.io", "v1", "ingressclasses", "IngressClass", Scope.CLUSTER);
    private static final ResourceType RUNTIME_CLASS =
            new ResourceType("node.k8s.io", "v1", "runtimeclasses", "RuntimeClass", Scope.CLUSTER);

    @Override
    public JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        if (before.isPresent()) {
            return object;
        }
        return switch (write.resource().type().qualifiedPlural()) {
            case "persistentvolumeclaims" -> claim(object, write);
            case "ingresses.networking.k8s.io" -> ingress(object, write);
            case "pods" -> pod(object, write);
            default -> object;
        };
    }

    private static JsonObject claim(JsonObject claim, Write write) {
        boolean isChosen =
                claim.object("spec").contains("storageClassName")
                        || claim.has(
                                "metadata",
                                "annotations",
                                "volume.beta.kubernetes.io/storage-class");
        List<JsonObject> defaults =
                isChosen ? List.of() : defaults(write, STORAGE_CLASS, "storageclass.kubernetes.io");
        return defaults.isEmpty()
                ? claim
                : claim.withAt(name(defaults.getFirst()), "spec", "storageClassName");
    }

    private static JsonObject ingress(JsonObject ingress, Write write) {
        boolean isChosen =
                ingress.has("spec", "ingressClassName")
                        || ingress.has("metadata", "annotations", "kubernetes.io/ingress.class");
        List<JsonObject> defaults =
                isChosen ? List.of() : defaults(write, INGRESS_CLASS, "ingressclass.kubernetes.io");
        return defaults.isEmpty()
                ? ingress
                : ingress.withAt(name(defaults.getFirst()), "spec", "ingressClassName");
    }

    // The newest wins; of equally new ones, the first by name.
    private static List<JsonObject> defaults(Write write, ResourceType type, String domain) {
        return write.snapshot().list(StorageKeys.prefix(type)).stream()
                .map(stored -> stored.value().tree())
                .filter(tree ->
                        tree.text("metadata", "annotations", domain + "/is-default-class")
                                .equals("true"))
                .sorted(
                        Comparator.comparing((JsonObject tree) ->
                                        tree.text("metadata", "creationTimestamp"))
                                .reversed()
                                .thenComparing(tree -> tree.text("metadata", "name")))
                .toList();
    }

    private static Json name(JsonObject object) {
        return Json.of(object.text("metadata", "name"));
    }

    private static JsonObject pod(JsonObject pod, Write write) {
        String name = pod.text("spec", "runtimeClassName");
        if (name.isEmpty()) {
            return pod;
        }
        JsonObject runtime =
                write.snapshot()
                        .get(StorageKeys.key(RUNTIME_CLASS, ObjectName.clusterWide(name)))
                        .map(stored -> stored.value().tree())
                        .orElseThrow(() ->
                                Refusal.of(
                                        ResourceType.POD,
                                        pod,
                                        "pod rejected: RuntimeClass \"" + name + "\" not found"));
        JsonObject changed = pod;
        JsonObject overhead = runtime.object("overhead", "podFixed");
        if (!overhead.isEmpty()) {
            JsonObject own = pod.object("spec", "overhead");
            if (!own.isEmpty() && !own.equals(overhead)) {
                throw Refusal.of(
                        ResourceType.POD,
                        pod,
                        "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined"
                                + " Overhead");
            }
            changed = changed.withAt(overhead, "spec", "overhead");
        }
        JsonObject selector = pod.object("spec", "nodeSelector");
        for (var wanted : runtime.texts("scheduling", "nodeSelector").entrySet()) {
            String present = selector.text(wanted.getKey());
            if (!present.isEmpty() && !present.equals(wanted.getValue())) {
                throw Refusal.of(
                        ResourceType.POD,
                        pod,
                        "conflict: runtimeClass.scheduling.nodeSelector[%s] = %s; pod.spec.nodeSelector[%s] = %s"
                                .formatted(
                                        wanted.getKey(),
                                        wanted.getValue(),
                                        wanted.getKey(),
                                        present));
            }
            selector = selector.with(wanted.getKey(), wanted.getValue());
        }
        if (!selector.isEmpty()) {
            changed = changed.withAt(selector, "spec", "nodeSelector");
        }
        List<Json> more = runtime.list("scheduling", "tolerations");
        if (!more.isEmpty()) {
            List<Json> all = new java.util.ArrayList<>(pod.list("spec", "tolerations"));
            more.stream().filter(toleration -> !all.contains(toleration)).forEach(all::add);
            changed = changed.withAt(new io.fairlead.api.JsonArray(all), "spec", "tolerations");
        }
        return changed;
    }
}
