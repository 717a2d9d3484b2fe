package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Finds the policies of one kind that a request is the business of, each with a binding and a parameter. Safe for use by many threads.
final class PolicyInvocations {
    private static final int KEPT_MAX = 1000;

    private final ResourceType policies;
    private final ResourceType bindings;
    private final AdmissionMatch match;
    private final Supplier<ApiCatalog> catalog;
    private final Map<String, Compiled> compiled = new ConcurrentHashMap<>();

    private record Compiled(long revision, PolicyProgram program) {}

    PolicyInvocations(
            ResourceType policies,
            ResourceType bindings,
            AdmissionMatch match,
            Supplier<ApiCatalog> catalog) {
        this.policies = policies;
        this.bindings = bindings;
        this.match = match;
        this.catalog = catalog;
    }

    /// What there is to be done about a request.
    sealed interface Found {
        JsonObject policy();

        default String policyName() {
            return policy().text("metadata", "name");
        }

        /// Whether what goes wrong lets the request pass.
        default boolean isForgiving() {
            return policy().text("spec", "failurePolicy").equals("Ignore");
        }
    }

    /// A policy to be evaluated.
    ///
    /// @param known the version of the resource in which the policy sees objects
    /// @param params null where the policy has none
    record Invocation(
            JsonObject policy,
            JsonObject binding,
            PolicyProgram program,
            ApiResource known,
            Json params)
            implements Found {
        String bindingName() {
            return binding.text("metadata", "name");
        }

        /// The same for the same policy, binding and parameter.
        Object id() {
            return List.of(
                    policyName(),
                    bindingName(),
                    params.text("metadata", "namespace"),
                    params.text("metadata", "name"));
        }
    }

    /// A policy that cannot be evaluated.
    ///
    /// @param binding empty when the policy itself is to blame
    record Misconfigured(JsonObject policy, Optional<String> binding, String why)
            implements Found {}

    /// In the order of the policies' and their bindings' names.
    List<Found> find(AdmissionRequest request) {
        Snapshot<StoredObject> snapshot = request.write().snapshot();
        Map<String, List<JsonObject>> bound = new TreeMap<>();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(bindings))) {
            JsonObject binding = stored.value().tree();
            bound.computeIfAbsent(binding.text("spec", "policyName"), missing -> new ArrayList<>())
                    .add(binding);
        }
        List<Found> found = new ArrayList<>();
        bound.forEach((name, itsBindings) ->
                snapshot.get(StorageKeys.key(policies, ObjectName.clusterWide(name)))
                        .ifPresent(policy -> find(policy, itsBindings, request, found)));
        return found;
    }

    private void find(
            Stored<StoredObject> stored,
            List<JsonObject> itsBindings,
            AdmissionRequest request,
            List<Found> found) {
        JsonObject policy = stored.value().tree();
        Optional<ApiResource> known =
                match.ofPolicy(policy.object("spec", "matchConstraints"), request);
        if (known.isEmpty()) {
            return;
        }
        Optional<ApiResource> kind = Optional.empty();
        if (policy.has("spec", "paramKind")) {
            JsonObject told = policy.object("spec", "paramKind");
            kind = catalog.get().ofKind(told.text("apiVersion"), told.text("kind"));
            if (kind.isEmpty()) {
                found.add(
                        new Misconfigured(
                                policy,
                                Optional.empty(),
                                "failed to find resource referenced by paramKind: '%s'"
                                        .formatted(shown(told))));
                return;
            }
        }
        PolicyProgram program = program(stored);
        for (JsonObject binding : itsBindings) {
            boolean isMeant =
                    !binding.has("spec", "matchResources")
                            || match.ofPolicy(binding.object("spec", "matchResources"), request)
                                    .isPresent();
            if (!isMeant) {
                continue;
            }
            try {
                for (Json params : params(kind, binding, request)) {
                    found.add(new Invocation(policy, binding, program, known.get(), params));
                }
            } catch (MisconfiguredBinding e) {
                found.add(
                        new Misconfigured(
                                policy,
                                Optional.of(binding.text("metadata", "name")),
                                String.valueOf(e.getMessage())));
            }
        }
    }

    private static final class MisconfiguredBinding extends Exception {
        private static final long serialVersionUID = 1;

        MisconfiguredBinding(String message) {
            super(message);
        }
    }

    private PolicyProgram program(Stored<StoredObject> policy) {
        Compiled known = compiled.get(policy.key());
        if (known != null && known.revision() == policy.modRevision()) {
            return known.program();
        }
        if (compiled.size() > KEPT_MAX) {
            compiled.clear();
        }
        PolicyProgram program = PolicyProgram.of(policy.value().tree());
        compiled.put(policy.key(), new Compiled(policy.modRevision(), program));
        return program;
    }

    /// The parameters that a binding names; a policy without any is evaluated once, with null.
    private static List<Json> params(
            Optional<ApiResource> kind, JsonObject binding, AdmissionRequest request)
            throws MisconfiguredBinding {
        if (kind.isEmpty() || !binding.has("spec", "paramRef")) {
            return List.of(JsonNull.NULL);
        }
        ApiResource resource = kind.get();
        JsonObject reference = binding.object("spec", "paramRef");
        String namespace = reference.text("namespace");
        if (resource.type().isNamespaced()) {
            namespace = namespace.isEmpty() ? request.namespace() : namespace;
            if (namespace.isEmpty()) {
                throw new MisconfiguredBinding(
                        "cannot use namespaced paramRef in policy binding that matches"
                                + " cluster-scoped resources");
            }
        } else if (!namespace.isEmpty()) {
            throw new MisconfiguredBinding(
                    "paramRef.namespace must not be provided for a cluster-scoped `paramKind`");
        }
        List<Json> params = params(resource, namespace, reference, request.write().snapshot());
        if (params.isEmpty() && reference.text("parameterNotFoundAction").equals("Deny")) {
            throw new MisconfiguredBinding(
                    "no params found for policy binding with `Deny` parameterNotFoundAction");
        }
        return params;
    }

    private static List<Json> params(
            ApiResource resource,
            String namespace,
            JsonObject reference,
            Snapshot<StoredObject> snapshot) {
        String name = reference.text("name");
        if (!name.isEmpty()) {
            return snapshot
                    .get(StorageKeys.key(resource.type(), new ObjectName(namespace, name)))
                    .map(stored -> shown(resource, stored))
                    .stream()
                    .toList();
        }
        LabelSelector selector = LabelSelector.of(reference.object("selector"));
        List<Json> params = new ArrayList<>();
        for (Stored<StoredObject> stored :
                snapshot.list(StorageKeys.prefix(resource.type(), namespace))) {
            if (selector.matches(stored.value().tree())) {
                params.add(shown(resource, stored));
            }
        }
        return params;
    }

    private static Json shown(ApiResource resource, Stored<StoredObject> stored) {
        return Conversions.show(resource, stored.value().at(stored.modRevision())).tree();
    }

    private static String shown(JsonObject kind) {
        GroupVersion at = GroupVersion.of(kind.text("apiVersion"));
        return "%s/%s, Kind=%s".formatted(at.group(), at.version(), kind.text("kind"));
    }
}
