package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomVersion;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Says which writes a webhook or a policy is about: by rules, and by the labels of the object and its namespace.
final class AdmissionMatch {
    private static final String OWN_GROUP = "admissionregistration.k8s.io";

    private final Supplier<ApiCatalog> catalog;

    AdmissionMatch(Supplier<ApiCatalog> catalog) {
        this.catalog = catalog;
    }

    /// The request as the rules' owner knows it, which may be in another version of the resource; empty when it is not about it.
    ///
    /// @param constraints has `namespaceSelector`, `objectSelector` and `matchPolicy`
    Optional<AdmissionRequest> match(
            List<Json> rules, JsonObject constraints, AdmissionRequest request) {
        // Whoever could stop the removal of webhooks and policies could lock everybody out.
        if (request.type().group().equals(OWN_GROUP)
                || !selectsNamespace(constraints, request)
                || !selectsObject(constraints, request)) {
            return Optional.empty();
        }
        for (Json rule : rules) {
            if (matches(rule, request, request.type().version())) {
                return Optional.of(request);
            }
        }
        if (constraints.text("matchPolicy").equals("Exact")) {
            return Optional.empty();
        }
        return request.resource().custom().flatMap(version -> equivalent(rules, request, version));
    }

    /// Whether a policy's exclusions spare the request.
    boolean isExcluded(List<Json> rules, AdmissionRequest request) {
        return rules.stream().anyMatch(rule -> matches(rule, request, request.type().version()));
    }

    private Optional<AdmissionRequest> equivalent(
            List<Json> rules, AdmissionRequest request, CustomVersion version) {
        ResourceType type = request.type();
        for (Json rule : rules) {
            for (String other : catalog.get().versions(type.group())) {
                Optional<ApiResource> known =
                        catalog.get().find(type.group(), other, type.plural());
                if (known.isPresent() && matches(rule, request, other)) {
                    return Optional.of(
                            new AdmissionRequest(
                                    request.operation(),
                                    known.get(),
                                    request.subresource(),
                                    request.name(),
                                    request.object()
                                            .map(tree -> converted(version, tree, known.get())),
                                    request.before()
                                            .map(tree -> converted(version, tree, known.get())),
                                    request.options(),
                                    request.write()));
                }
            }
        }
        return Optional.empty();
    }

    /// The object in the version of `as`.
    static JsonObject converted(CustomVersion version, JsonObject tree, ApiResource as) {
        String apiVersion = as.type().apiVersion();
        return tree.text("apiVersion").equals(apiVersion)
                ? tree
                : version.conversion().convert(List.of(tree), apiVersion).getFirst();
    }

    private static boolean matches(Json rule, AdmissionRequest request, String version) {
        ResourceType type = request.type();
        boolean isNamespaced = type.isNamespaced();
        String scope = rule.text("scope");
        boolean fitsScope =
                scope.isEmpty()
                        || scope.equals("*")
                        || scope.equals(isNamespaced ? "Namespaced" : "Cluster");
        List<Json> names = rule.list("resourceNames");
        return fitsScope
                && has(rule.list("operations"), request.operation())
                && has(rule.list("apiGroups"), type.group())
                && has(rule.list("apiVersions"), version)
                && (names.isEmpty() || names.contains(Json.of(request.name().name())))
                && rule.list("resources").stream()
                        .anyMatch(each -> names(each.text(), type.plural(), request.subresource()));
    }

    private static boolean has(List<Json> words, String word) {
        return words.contains(Json.of("*")) || words.contains(Json.of(word));
    }

    private static boolean names(String rule, String plural, String subresource) {
        int slash = rule.indexOf('/');
        String resource = slash < 0 ? rule : rule.substring(0, slash);
        String part = slash < 0 ? "" : rule.substring(slash + 1);
        boolean fitsPart = part.equals("*") || part.equals(subresource);
        return (resource.equals("*") || resource.equals(plural)) && fitsPart;
    }

    private static boolean selectsNamespace(JsonObject constraints, AdmissionRequest request) {
        LabelSelector selector = LabelSelector.of(constraints.object("namespaceSelector"));
        if (!constraints.has("namespaceSelector") || selector.isEverything()) {
            return true;
        }
        if (request.type().equals(ResourceType.NAMESPACE)) {
            return selector.matches(
                    request.object().orElseGet(() -> request.before().orElseThrow()));
        }
        if (!request.type().isNamespaced()) {
            return true;
        }
        return namespace(request).map(selector::matches).orElse(false);
    }

    /// The namespace of a namespaced object.
    static Optional<JsonObject> namespace(AdmissionRequest request) {
        String key =
                StorageKeys.key(
                        ResourceType.NAMESPACE, ObjectName.clusterWide(request.name().namespace()));
        return request.write().snapshot().get(key).map(stored -> stored.value().tree());
    }

    private static boolean selectsObject(JsonObject constraints, AdmissionRequest request) {
        LabelSelector selector = LabelSelector.of(constraints.object("objectSelector"));
        return !constraints.has("objectSelector")
                || selector.isEverything()
                || request.object().map(selector::matches).orElse(false)
                || request.before().map(selector::matches).orElse(false);
    }
}
