package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LabelSelector;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Says which writes a webhook or a policy is about: by rules, and by the labels of the object and its namespace.
final class AdmissionMatch {
    private static final String OWN_GROUP = "admissionregistration.k8s.io";
    private static final Set<String> REVIEWS =
            Set.of("authentication.k8s.io", "authorization.k8s.io");

    private final Supplier<ApiCatalog> catalog;

    AdmissionMatch(Supplier<ApiCatalog> catalog) {
        this.catalog = catalog;
    }

    /// The request as a webhook knows it, which may be in another version of the resource; empty when it is not about it.
    Optional<AdmissionRequest> ofWebhook(JsonObject hook, AdmissionRequest request) {
        // Whoever could stop the removal of webhooks and policies could lock everybody out.
        if (request.type().group().equals(OWN_GROUP) || !isSelected(hook, request)) {
            return Optional.empty();
        }
        return inVersion(hook.list("rules"), hook, request).map(request::as);
    }

    /// The resource in the version in which a policy knows the request's objects; empty when it is not about them.
    ///
    /// @param constraints the policy's `matchConstraints`, or its binding's `matchResources`
    Optional<ApiResource> ofPolicy(JsonObject constraints, AdmissionRequest request) {
        boolean isExempt =
                REVIEWS.contains(request.type().group())
                        || (request.type().group().equals(OWN_GROUP)
                                && !request.type().plural().endsWith("webhookconfigurations"));
        if (isExempt || !isSelected(constraints, request)) {
            return Optional.empty();
        }
        if (inVersion(constraints.list("excludeResourceRules"), constraints, request).isPresent()) {
            return Optional.empty();
        }
        List<Json> rules = constraints.list("resourceRules");
        return rules.isEmpty()
                ? Optional.of(request.resource())
                : inVersion(rules, constraints, request);
    }

    private static boolean isSelected(JsonObject constraints, AdmissionRequest request) {
        return selectsNamespace(constraints, request) && selectsObject(constraints, request);
    }

    private Optional<ApiResource> inVersion(
            List<Json> rules, JsonObject constraints, AdmissionRequest request) {
        if (rules.stream().anyMatch(rule -> matches(rule, request, request.resource()))) {
            return Optional.of(request.resource());
        }
        if (constraints.text("matchPolicy").equals("Exact")) {
            return Optional.empty();
        }
        List<ApiResource> others = others(request.type());
        for (Json rule : rules) {
            for (ApiResource other : others) {
                if (matches(rule, request, other)) {
                    return Optional.of(other);
                }
            }
        }
        return Optional.empty();
    }

    /// The same resource in other versions.
    private List<ApiResource> others(ResourceType type) {
        ApiCatalog current = catalog.get();
        if (type.plural().equals("events") && ApiCatalog.isBuiltIn(type.group())) {
            return Stream.of("v1", "events.k8s.io/v1")
                    .filter(version -> !version.equals(type.apiVersion()))
                    .flatMap(version -> current.ofKind(version, type.kind()).stream())
                    .toList();
        }
        return current.versions(type.group()).stream()
                .filter(version -> !version.equals(type.version()))
                .flatMap(version -> current.find(type.group(), version, type.plural()).stream())
                .toList();
    }

    private static boolean matches(Json rule, AdmissionRequest request, ApiResource as) {
        ResourceType type = as.type();
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
                && has(rule.list("apiVersions"), type.version())
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
