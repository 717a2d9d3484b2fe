package io.fairlead.apiserver;

import io.fairlead.api.Defaults;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;
import io.fairlead.api.ResourceType;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What an object uses up of what resource quotas count, and which quotas it counts for.
final class QuotaUsage {
    private static final Set<String> COUNTED_BY_NAME =
            Set.of(
                    "pods",
                    "services",
                    "secrets",
                    "configmaps",
                    "persistentvolumeclaims",
                    "replicationcontrollers",
                    "resourcequotas",
                    "resourceclaims.resource.k8s.io");
    private static final Set<String> PLAIN_REQUESTS = Set.of("cpu", "memory", "ephemeral-storage");
    private static final String CLASS_SUFFIX = ".storageclass.storage.k8s.io/";

    private QuotaUsage() {}

    static Map<String, Quantity> of(ResourceType type, JsonObject object) {
        Map<String, Quantity> usage = new TreeMap<>();
        Quantity one = Quantity.of(1);
        boolean isPod = type.equals(ResourceType.POD);
        usage.put("count/" + type.qualifiedPlural(), one);
        if (isPod && isOver(object)) {
            return usage;
        }
        if (COUNTED_BY_NAME.contains(type.qualifiedPlural())) {
            usage.put(type.plural(), one);
        }
        if (isPod) {
            pod(object.object("spec"), usage);
        } else if (type.equals(ResourceType.SERVICE)) {
            service(object.object("spec"), usage);
        } else if (type.qualifiedPlural().equals("persistentvolumeclaims")) {
            claim(object, usage);
        }
        return usage;
    }

    private static boolean isOver(JsonObject pod) {
        String phase = pod.text("status", "phase");
        return phase.equals("Succeeded") || phase.equals("Failed");
    }

    private static void pod(JsonObject spec, Map<String, Quantity> usage) {
        PodResources.of(spec, "requests")
                .forEach((name, amount) -> {
                    if (PLAIN_REQUESTS.contains(name) || name.startsWith("hugepages-")) {
                        usage.put(name, amount);
                    }
                    usage.put("requests." + name, amount);
                });
        PodResources.of(spec, "limits")
                .forEach((name, amount) -> usage.put("limits." + name, amount));
    }

    private static void service(JsonObject spec, Map<String, Quantity> usage) {
        String type = spec.text("type");
        boolean isBalanced = type.equals("LoadBalancer");
        if (isBalanced) {
            usage.put("services.loadbalancers", Quantity.of(1));
        }
        long ports =
                isBalanced
                                && spec.has("allocateLoadBalancerNodePorts")
                                && !spec.flag("allocateLoadBalancerNodePorts")
                        ? spec.list("ports").stream()
                                .filter(port -> port.number(0, "nodePort") != 0)
                                .count()
                        : spec.list("ports").size();
        if (isBalanced || type.equals("NodePort")) {
            usage.put("services.nodeports", Quantity.of(ports));
        }
    }

    private static void claim(JsonObject claim, Map<String, Quantity> usage) {
        Quantity size =
                Quantity.of(claim.find("spec", "resources", "requests", "storage").orElse(null));
        usage.put("requests.storage", size);
        String storageClass = claim.text("spec", "storageClassName");
        if (!storageClass.isEmpty()) {
            usage.put(storageClass + CLASS_SUFFIX + "requests.storage", size);
            usage.put(storageClass + CLASS_SUFFIX + "persistentvolumeclaims", Quantity.of(1));
        }
    }

    /// Whether a quota counts this object. Quotas with scopes count pods only.
    static boolean isCounted(JsonObject quota, ResourceType type, JsonObject object) {
        boolean hasScopes =
                !quota.list("spec", "scopes").isEmpty()
                        || !quota.list("spec", "scopeSelector", "matchExpressions").isEmpty();
        if (!hasScopes) {
            return true;
        }
        if (!type.equals(ResourceType.POD)) {
            return false;
        }
        return quota.list("spec", "scopes").stream()
                        .allMatch(scope -> isIn(scope.text(), object, Json.of("")))
                && quota.list("spec", "scopeSelector", "matchExpressions").stream()
                        .allMatch(term -> isIn(term.text("scopeName"), object, term));
    }

    private static boolean isIn(String scope, JsonObject pod, Json term) {
        JsonObject spec = pod.object("spec");
        boolean isBestEffort = Defaults.qosClass(pod).equals("BestEffort");
        return switch (scope) {
            case "Terminating" -> spec.has("activeDeadlineSeconds");
            case "NotTerminating" -> !spec.has("activeDeadlineSeconds");
            case "BestEffort" -> isBestEffort;
            case "NotBestEffort" -> !isBestEffort;
            case "PriorityClass" -> hasPriority(spec.text("priorityClassName"), term);
            case "CrossNamespacePodAffinity" -> reachesOtherNamespaces(spec.object("affinity"));
            default -> false;
        };
    }

    private static boolean hasPriority(String name, Json term) {
        boolean isListed = term.list("values").contains(Json.of(name));
        return switch (term.text("operator")) {
            case "In" -> isListed;
            case "NotIn" -> !isListed;
            case "DoesNotExist" -> name.isEmpty();
            default -> !name.isEmpty();
        };
    }

    private static boolean reachesOtherNamespaces(Json affinity) {
        return switch (affinity) {
            case JsonObject object ->
                    !object.list("namespaces").isEmpty()
                            || object.has("namespaceSelector")
                            || object.names().stream()
                                    .anyMatch(name ->
                                            object.find(name)
                                                    .filter(QuotaUsage::reachesOtherNamespaces)
                                                    .isPresent());
            case io.fairlead.api.JsonArray array ->
                    array.items().stream().anyMatch(QuotaUsage::reachesOtherNamespaces);
            default -> false;
        };
    }
}
