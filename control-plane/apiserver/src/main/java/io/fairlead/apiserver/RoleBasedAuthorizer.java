package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Decides what users may do by the roles and bindings in the store. Safe for use by many threads.
///
/// Nodes get what their own pods need ([NodeAuthorizer]), and the rules of ClusterRole `system:node` beside what bindings give them.
final class RoleBasedAuthorizer {
    private static final String GROUP = "rbac.authorization.k8s.io";
    static final ResourceType ROLE =
            new ResourceType(GROUP, "v1", "roles", "Role", Scope.NAMESPACED);
    static final ResourceType ROLE_BINDING =
            new ResourceType(GROUP, "v1", "rolebindings", "RoleBinding", Scope.NAMESPACED);
    static final ResourceType CLUSTER_ROLE =
            new ResourceType(GROUP, "v1", "clusterroles", "ClusterRole", Scope.CLUSTER);
    static final ResourceType CLUSTER_ROLE_BINDING =
            new ResourceType(
                    GROUP, "v1", "clusterrolebindings", "ClusterRoleBinding", Scope.CLUSTER);

    private static final ResourceType ATTACHMENT =
            new ResourceType(
                    "storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", Scope.CLUSTER);
    private static final List<ResourceType> TYPES =
            List.of(ROLE, ROLE_BINDING, CLUSTER_ROLE, CLUSTER_ROLE_BINDING);

    private final Supplier<Snapshot<StoredObject>> snapshots;
    private final LongSupplier changes;
    private final NodeAuthorizer nodes;
    private volatile @Nullable Policy policy;

    /// @param changes of roles and bindings, as [#prefixes] says where they are
    RoleBasedAuthorizer(
            Supplier<Snapshot<StoredObject>> snapshots,
            LongSupplier changes,
            NodeAuthorizer nodes) {
        this.snapshots = snapshots;
        this.changes = changes;
        this.nodes = nodes;
    }

    /// Where the roles and bindings are.
    static List<String> prefixes() {
        return TYPES.stream().map(StorageKeys::prefix).toList();
    }

    /// Whether something is allowed, and by what or why not.
    record Decision(boolean isAllowed, String reason) {
        static final Decision NO_OPINION = new Decision(false, "");
        static final Decision ALLOWED = new Decision(true, "");

        static Decision refused(String reason) {
            return new Decision(false, reason);
        }
    }

    Decision decide(AccessRequest request) {
        User user = request.user();
        if (user.isMaster()) {
            return Decision.ALLOWED;
        }
        Optional<Decision> ofNode =
                request instanceof AccessRequest.ToResource to && !user.nodeName().isEmpty()
                        ? nodes.decide(user.nodeName(), to, this::attachedTo)
                        : Optional.empty();
        if (ofNode.isPresent() && ofNode.get().isAllowed()) {
            return ofNode.get();
        }
        for (Grant grant : grants(user, namespaceOf(request), ofNode.isEmpty())) {
            if (grant.rules().stream().anyMatch(rule -> rule.allows(request))) {
                return new Decision(true, grant.reason());
            }
        }
        return ofNode.orElse(Decision.NO_OPINION);
    }

    private Optional<String> attachedTo(String attachment) {
        return snapshots
                .get()
                .get(StorageKeys.key(ATTACHMENT, ObjectName.clusterWide(attachment)))
                .map(stored -> stored.value().tree().text("spec", "nodeName"));
    }

    /// Every rule that applies to a user in a namespace, cluster-wide ones included.
    List<PolicyRule> rules(User user, String namespace) {
        List<PolicyRule> rules = new ArrayList<>();
        if (user.isMaster()) {
            rules.add(
                    new PolicyRule(List.of("*"), List.of("*"), List.of("*"), List.of(), List.of()));
            rules.add(new PolicyRule(List.of("*"), List.of(), List.of(), List.of(), List.of("*")));
        }
        grants(user, namespace, true).forEach(grant -> rules.addAll(grant.rules()));
        return rules;
    }

    /// The rules of the role that a binding refers to; empty when there is no such role.
    Optional<List<PolicyRule>> referred(JsonObject binding) {
        JsonObject reference = binding.object("roleRef");
        ResourceType type = reference.text("kind").equals("Role") ? ROLE : CLUSTER_ROLE;
        String namespace = type.isNamespaced() ? binding.text("metadata", "namespace") : "";
        return snapshots
                .get()
                .get(StorageKeys.key(type, new ObjectName(namespace, reference.text("name"))))
                .map(stored -> PolicyRule.rulesOf(stored.value().tree()));
    }

    /// The rules of `wanted` that the user does not hold.
    List<PolicyRule> missing(User user, String namespace, List<PolicyRule> wanted) {
        List<PolicyRule> held = rules(user, namespace);
        return wanted.stream()
                .flatMap(rule -> rule.split().stream())
                .filter(part -> held.stream().noneMatch(rule -> rule.covers(part)))
                .toList();
    }

    private static String namespaceOf(AccessRequest request) {
        return request instanceof AccessRequest.ToResource to ? to.namespace() : "";
    }

    private record Grant(List<PolicyRule> rules, String reason) {}

    private List<Grant> grants(User user, String namespace, boolean withNodeRole) {
        Policy current = current();
        List<Grant> grants = new ArrayList<>();
        if (withNodeRole && !user.nodeName().isEmpty()) {
            grants.add(new Grant(current.clusterRole("system:node"), ""));
        }
        for (Binding binding : current.clusterBindings()) {
            collect(binding, user, grants, current);
        }
        for (Binding binding : current.bindings().getOrDefault(namespace, List.of())) {
            collect(binding, user, grants, current);
        }
        return grants;
    }

    private static void collect(Binding binding, User user, List<Grant> grants, Policy policy) {
        binding.subjects().stream()
                .filter(subject -> subject.isMatchedBy(user, binding.namespace()))
                .findFirst()
                .ifPresent(subject ->
                        grants.add(new Grant(policy.rules(binding), binding.reason(subject))));
    }

    private record Subject(String kind, String namespace, String name) {
        boolean isMatchedBy(User user, String bindingNamespace) {
            return switch (kind) {
                case "User" -> user.name().equals(name);
                case "Group" -> user.groups().contains(name);
                case "ServiceAccount" -> {
                    String home = namespace.isEmpty() ? bindingNamespace : namespace;
                    yield user.name().equals("system:serviceaccount:" + home + ":" + name);
                }
                default -> false;
            };
        }

        String text() {
            return kind.equals("ServiceAccount")
                    ? kind + " \"" + name + "/" + namespace + "\""
                    : kind + " \"" + name + "\"";
        }
    }

    private record Binding(
            String namespace,
            String name,
            String roleKind,
            String roleName,
            List<Subject> subjects) {
        static Binding of(JsonObject tree) {
            List<Subject> subjects = new ArrayList<>();
            for (Json subject : tree.list("subjects")) {
                subjects.add(
                        new Subject(
                                subject.text("kind"),
                                subject.text("namespace"),
                                subject.text("name")));
            }
            return new Binding(
                    tree.text("metadata", "namespace"),
                    tree.text("metadata", "name"),
                    tree.text("roleRef", "kind"),
                    tree.text("roleRef", "name"),
                    subjects);
        }

        String reason(Subject subject) {
            return "RBAC: allowed by %s \"%s\" of %s \"%s\" to %s"
                    .formatted(
                            namespace.isEmpty() ? "ClusterRoleBinding" : "RoleBinding",
                            namespace.isEmpty() ? name : name + "/" + namespace,
                            roleKind,
                            roleName,
                            subject.text());
        }
    }

    /// All roles and bindings, read out of the store's trees once.
    private record Policy(
            long count,
            Map<ObjectName, List<PolicyRule>> roles,
            List<Binding> clusterBindings,
            Map<String, List<Binding>> bindings) {
        List<PolicyRule> clusterRole(String name) {
            return roles.getOrDefault(ObjectName.clusterWide(name), List.of());
        }

        List<PolicyRule> rules(Binding binding) {
            return binding.roleKind().equals("ClusterRole")
                    ? clusterRole(binding.roleName())
                    : roles.getOrDefault(
                            new ObjectName(binding.namespace(), binding.roleName()), List.of());
        }
    }

    private Policy current() {
        // Counted before the objects are read: a change between has them read again.
        long count = changes.getAsLong();
        Policy known = policy;
        if (known == null || known.count() != count) {
            known = build(snapshots.get(), count);
            policy = known;
        }
        return known;
    }

    private static Policy build(Snapshot<StoredObject> snapshot, long count) {
        Map<ObjectName, List<PolicyRule>> roles = new LinkedHashMap<>();
        for (ResourceType type : List.of(ROLE, CLUSTER_ROLE)) {
            for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(type))) {
                JsonObject tree = stored.value().tree();
                roles.put(
                        new ObjectName(
                                tree.text("metadata", "namespace"), tree.text("metadata", "name")),
                        PolicyRule.rulesOf(tree));
            }
        }
        List<Binding> clusterBindings = new ArrayList<>();
        for (Stored<StoredObject> stored :
                snapshot.list(StorageKeys.prefix(CLUSTER_ROLE_BINDING))) {
            clusterBindings.add(Binding.of(stored.value().tree()));
        }
        Map<String, List<Binding>> bindings = new LinkedHashMap<>();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(ROLE_BINDING))) {
            Binding binding = Binding.of(stored.value().tree());
            bindings.computeIfAbsent(binding.namespace(), namespace -> new ArrayList<>())
                    .add(binding);
        }
        return new Policy(count, roles, clusterBindings, bindings);
    }
}
