package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.SchemaType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.expressions.ExpressionException;
import io.fairlead.expressions.PolicyCompiler;
import io.fairlead.expressions.PolicyCompiler.Offer;
import io.fairlead.expressions.PolicyCompiler.Shapes;
import io.fairlead.expressions.PolicyCompiler.Sort;
import io.fairlead.store.Stored;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Holds the expressions of ValidatingAdmissionPolicies against the schemas of what they are about, and tells in their status what can never be true. A policy works
/// all the same.
final class PolicyTypeChecks {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final String PREFIX = StorageKeys.prefix(ValidatingPolicies.TYPE);
    private static final int TYPES_MAX = 10;

    private final ObjectStore store;
    private final Supplier<ApiCatalog> catalog;
    private final Transport transport;

    PolicyTypeChecks(ObjectStore store, Supplier<ApiCatalog> catalog, Transport transport) {
        this.store = store;
        this.catalog = catalog;
        this.transport = transport;
    }

    /// Looks at every policy that changed since it was looked at. Others may do so at the same time.
    void settle() {
        for (Stored<StoredObject> stored : store.snapshot().list(PREFIX)) {
            JsonObject policy = stored.value().tree();
            long generation = policy.number(0, "metadata", "generation");
            if (policy.number(-1, "status", "observedGeneration") != generation) {
                write(policy, generation);
            }
        }
    }

    private void write(JsonObject policy, long generation) {
        JsonObject status =
                JsonObject.of(
                        "observedGeneration",
                        Json.of(generation),
                        "typeChecking",
                        JsonObject.builder()
                                .putUnlessEmpty("expressionWarnings", new JsonArray(check(policy)))
                                .build());
        ObjectName name = ObjectName.clusterWide(policy.text("metadata", "name"));
        try {
            transport.send(
                    ApiRequest.patch(
                            ValidatingPolicies.TYPE.path(name) + "/status",
                            "application/merge-patch+json",
                            JsonObject.of("status", status)));
        } catch (ApiException e) {
            // It is gone, or was changed again, which brings us back.
            LOG.log(Level.DEBUG, "a policy changed while it was checked: " + e.getMessage());
        }
    }

    private List<Json> check(JsonObject policy) {
        List<Json> warnings = new ArrayList<>();
        List<ApiResource> resources = resources(policy);
        List<Json> validations = policy.list("spec", "validations");
        for (int i = 0; i < validations.size(); i++) {
            for (String field : List.of("expression", "messageExpression")) {
                String text = validations.get(i).text(field);
                String warning = text.isEmpty() ? "" : check(policy, resources, text);
                if (!warning.isEmpty()) {
                    warnings.add(
                            JsonObject.of(
                                    "fieldRef",
                                    Json.of("spec.validations[" + i + "]." + field),
                                    "warning",
                                    Json.of(warning)));
                }
            }
        }
        return warnings;
    }

    private String check(JsonObject policy, List<ApiResource> resources, String text) {
        boolean hasParams = policy.has("spec", "paramKind");
        Optional<SchemaType> params =
                catalog.get()
                        .ofKind(
                                policy.text("spec", "paramKind", "apiVersion"),
                                policy.text("spec", "paramKind", "kind"))
                        .map(ApiResource::schema);
        List<String> warnings = new ArrayList<>();
        for (ApiResource resource : resources) {
            PolicyCompiler compiler =
                    new PolicyCompiler(
                            hasParams ? Offer.PARAMS_AND_VARIABLES : Offer.VARIABLES,
                            new Shapes(Optional.of(resource.schema()), params));
            for (Json variable : policy.list("spec", "variables")) {
                try {
                    compiler.addVariable(variable.text("name"), variable.text("expression"));
                } catch (ExpressionException e) {
                    LOG.log(Level.DEBUG, "a variable is of no type: " + e.getMessage());
                }
            }
            try {
                compiler.compile(text, Sort.TYPE_CHECK);
            } catch (ExpressionException e) {
                ResourceType type = resource.type();
                warnings.add(
                        "%s/%s, Kind=%s: %s\n"
                                .formatted(
                                        type.group(), type.version(), type.kind(), e.getMessage()));
            }
        }
        return String.join("\n", warnings);
    }

    /// What a policy names without wildcards, at most ten of each rule.
    private List<ApiResource> resources(JsonObject policy) {
        List<ApiResource> found = new ArrayList<>();
        for (Json rule : policy.list("spec", "matchConstraints", "resourceRules")) {
            List<ApiResource> named = new ArrayList<>();
            for (String group : words(rule, "apiGroups")) {
                for (String version : words(rule, "apiVersions")) {
                    for (String plural : words(rule, "resources")) {
                        catalog.get().find(group, version, plural).ifPresent(named::add);
                    }
                }
            }
            boolean isOpen =
                    rule.list("apiGroups").contains(Json.of("*"))
                            || rule.list("apiVersions").contains(Json.of("*"));
            if (!isOpen) {
                named.stream()
                        .limit(TYPES_MAX)
                        .filter(each -> !found.contains(each))
                        .forEach(found::add);
            }
        }
        found.sort(
                Comparator.comparing(
                        resource -> resource.type().apiVersion() + resource.type().kind()));
        return found;
    }

    private static Iterable<String> words(Json rule, String field) {
        TreeSet<String> words = new TreeSet<>();
        rule.list(field).stream()
                .map(Json::text)
                .filter(word -> !word.contains("*") && !word.contains("/"))
                .forEach(words::add);
        return words;
    }
}
