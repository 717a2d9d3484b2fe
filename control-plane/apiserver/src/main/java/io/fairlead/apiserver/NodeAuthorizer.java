package io.fairlead.apiserver;

import io.fairlead.api.FieldSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.apiserver.AccessRequest.ToResource;
import io.fairlead.apiserver.RoleBasedAuthorizer.Decision;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Lets each node see what its own pods need, and nothing else of that sort: secrets, configuration, volumes, accounts. What is not of that sort is left to the
/// rules of ClusterRole `system:node`. Safe for use by many threads.
final class NodeAuthorizer {
    private static final Set<String> READS = Set.of("get", "list", "watch");
    private static final Set<String> KEEPS = Set.of("get", "create", "update", "patch", "delete");
    private static final String LEASES = "kube-node-lease";

    /// What a node sees when one of its pods needs it; each with what may be done to it.
    private static final Map<String, Set<String>> NEEDED =
            Map.of(
                    "secrets", READS,
                    "configmaps", READS,
                    "persistentvolumeclaims", Set.of("get"),
                    "persistentvolumeclaims/status", Set.of("get", "update", "patch"),
                    "persistentvolumes", Set.of("get"),
                    "resourceclaims", Set.of("get"),
                    "serviceaccounts", Set.of("get"),
                    "serviceaccounts/token", Set.of("create"));

    private final NodePods pods;

    NodeAuthorizer(NodePods pods) {
        this.pods = pods;
    }

    /// @param attached finds the node of a volume attachment
    /// @return empty where a role decides
    Optional<Decision> decide(
            String node, ToResource request, Function<String, Optional<String>> attached) {
        String resource = request.qualifiedResource();
        return switch (resource) {
            case "secrets",
                    "configmaps",
                    "persistentvolumeclaims",
                    "persistentvolumeclaims/status",
                    "persistentvolumes",
                    "resourceclaims.resource.k8s.io",
                    "serviceaccounts",
                    "serviceaccounts/token" ->
                    Optional.of(needed(node, request));
            case "volumeattachments.storage.k8s.io" ->
                    Optional.of(
                            request.verb().equals("get")
                                            && attached.apply(request.name())
                                                    .equals(Optional.of(node))
                                    ? Decision.ALLOWED
                                    : unrelated(node));
            case "leases.coordination.k8s.io" ->
                    Optional.of(own(node, request, LEASES.equals(request.namespace())));
            case "csinodes.storage.k8s.io" -> Optional.of(own(node, request, true));
            case "nodes", "nodes/status" -> node(node, request);
            case "pods", "pods/status", "pods/eviction" -> pod(node, request);
            case "resourceslices.resource.k8s.io" -> Optional.of(slice(node, request));
            default -> Optional.empty();
        };
    }

    private Decision needed(String node, ToResource request) {
        Set<String> verbs = NEEDED.getOrDefault(request.resource(), Set.of());
        if (!verbs.contains(request.verb())) {
            return Decision.refused(
                    "can only %s individual resources of this type"
                            .formatted(String.join("/", verbs.stream().sorted().toList())));
        }
        if (request.name().isEmpty()) {
            return Decision.refused("No Object name found");
        }
        ResourceType type =
                new ResourceType(
                        request.group(),
                        request.version(),
                        request.plural(),
                        "",
                        request.namespace().isEmpty() ? Scope.CLUSTER : Scope.NAMESPACED);
        return pods.needs(node, type, new ObjectName(request.namespace(), request.name()))
                ? Decision.ALLOWED
                : unrelated(node);
    }

    private static Decision own(String node, ToResource request, boolean isInPlace) {
        if (!KEEPS.contains(request.verb())) {
            return Decision.refused("can only get, create, update, patch, or delete a node lease");
        }
        boolean isOwn =
                request.name().equals(node)
                        // Who creates says the name in the body, which admission looks at.
                        || (request.verb().equals("create") && request.name().isEmpty());
        return isInPlace && isOwn
                ? Decision.ALLOWED
                : Decision.refused(
                        "can only access node lease with the same name as the requesting node");
    }

    private static Optional<Decision> node(String node, ToResource request) {
        if (READS.contains(request.verb()) && !request.name().equals(node)) {
            return Optional.of(
                    Decision.refused(
                            "node '%s' cannot read '%s', only its own Node object"
                                    .formatted(node, request.name())));
        }
        return Optional.empty();
    }

    private Optional<Decision> pod(String node, ToResource request) {
        boolean isPod = request.resource().equals("pods");
        return switch (request.verb()) {
            case "get" ->
                    isPod
                            ? Optional.of(
                                    pods.runs(
                                                    node,
                                                    new ObjectName(
                                                            request.namespace(), request.name()))
                                            ? Decision.ALLOWED
                                            : unrelated(node))
                            : Optional.empty();
            case "list", "watch" ->
                    isPod && !isBound(request, node)
                            ? Optional.of(
                                    Decision.refused(
                                            "can only list/watch pods with spec.nodeName field"
                                                    + " selector"))
                            : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static Decision slice(String node, ToResource request) {
        boolean isMany =
                request.verb().equals("list")
                        || request.verb().equals("watch")
                        || request.verb().equals("deletecollection");
        return !isMany || isBound(request, node)
                ? Decision.ALLOWED
                : Decision.refused(
                        "can only list/watch/deletecollection resourceslices with spec.nodeName"
                                + " field selector");
    }

    private static boolean isBound(ToResource request, String node) {
        return FieldSelector.required(request.fieldSelector(), "spec.nodeName")
                .equals(Optional.of(node));
    }

    private static Decision unrelated(String node) {
        return Decision.refused(
                "no relationship found between node '%s' and this object".formatted(node));
    }
}
