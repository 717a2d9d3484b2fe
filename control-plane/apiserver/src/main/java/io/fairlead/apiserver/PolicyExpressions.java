package io.fairlead.apiserver;

import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.expressions.Authorizer;
import io.fairlead.expressions.Budget;
import io.fairlead.expressions.PolicyCompiler;
import io.fairlead.expressions.Values;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/// The expressions of webhooks, and what expressions of webhooks and policies can speak of: a write, what it is written by, and who may do what. Compiled once; safe for
/// use by many threads.
final class PolicyExpressions {
    private static final int KEPT_MAX = 2000;
    private static final UUID NO_UID = new UUID(0, 0);

    private final RoleBasedAuthorizer authorizer;
    private final Map<String, PolicyExpression> compiled = new ConcurrentHashMap<>();

    PolicyExpressions(RoleBasedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    /// An expression of a webhook.
    PolicyExpression compile(String text) {
        if (compiled.size() > KEPT_MAX) {
            compiled.clear();
        }
        return compiled.computeIfAbsent(
                text,
                missing ->
                        PolicyExpression.of(
                                missing,
                                PolicyCompiler.Sort.CONDITION,
                                new PolicyCompiler(
                                        PolicyCompiler.Offer.REQUEST,
                                        PolicyCompiler.Shapes.UNKNOWN)));
    }

    /// What expressions about a request can speak of.
    ///
    /// @param known the request as the expressions' owner knows it
    Map<String, Object> variables(AdmissionRequest request, AdmissionRequest known) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("object", orNull(known.object()));
        variables.put("oldObject", orNull(known.before()));
        variables.put(
                "request",
                Values.of(
                        request.tree(NO_UID, known)
                                .without("uid")
                                .without("object")
                                .without("oldObject")));
        variables.put(
                "namespaceObject",
                orNull(
                        AdmissionMatch.namespace(request)
                                .map(tree -> tree.withoutAt("metadata", "managedFields"))));
        Rights rights = new Rights(authorizer, request.write().user());
        variables.put("authorizer", rights);
        variables.put(
                "authorizer.requestResource",
                new Authorizer.ResourceCheck(
                        rights,
                        request.type().group(),
                        request.type().plural(),
                        request.subresource(),
                        request.namespace(),
                        request.name().name(),
                        "",
                        ""));
        return variables;
    }

    private static Object orNull(Optional<JsonObject> tree) {
        return Values.of(tree.isPresent() ? tree.get() : JsonNull.NULL);
    }

    /// Whether all conditions of a webhook or policy hold.
    ///
    /// @throws EvaluationFailure when some have no value and none is false
    static boolean hold(
            List<PolicyExpression> conditions, Map<String, Object> variables, Budget budget)
            throws EvaluationFailure {
        Set<String> failures = new LinkedHashSet<>();
        for (PolicyExpression condition : conditions) {
            try {
                if (Boolean.FALSE.equals(condition.value(variables, budget))) {
                    return false;
                }
            } catch (EvaluationFailure e) {
                if (e.isFinal()) {
                    throw e;
                }
                failures.add(e.getMessage());
            }
        }
        if (!failures.isEmpty()) {
            throw new EvaluationFailure(
                    failures.size() == 1
                            ? failures.iterator().next()
                            : "[" + String.join(", ", failures) + "]");
        }
        return true;
    }

    /// What the sender of a request may do.
    private record Rights(RoleBasedAuthorizer authorizer, User user) implements Authorizer {
        @Override
        public Decision path(String path, String verb) {
            return decision(new AccessRequest.ToPath(user, verb, path));
        }

        @Override
        public Decision resource(ResourceCheck check, String verb) {
            String resource =
                    check.subresource().isEmpty()
                            ? check.resource()
                            : check.resource() + "/" + check.subresource();
            return decision(
                    new AccessRequest.ToResource(
                            user,
                            verb,
                            check.group(),
                            "*",
                            resource,
                            check.namespace(),
                            check.name(),
                            check.fieldSelector()));
        }

        @Override
        public Authorizer as(String namespace, String name) {
            return new Rights(authorizer, User.serviceAccount(namespace, name));
        }

        private Decision decision(AccessRequest request) {
            RoleBasedAuthorizer.Decision decision = authorizer.decide(request);
            return new Decision(decision.isAllowed(), decision.reason(), "");
        }
    }
}
