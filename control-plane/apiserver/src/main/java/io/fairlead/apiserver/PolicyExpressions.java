package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.expressions.Authorizer;
import io.fairlead.expressions.Budget;
import io.fairlead.expressions.Expression;
import io.fairlead.expressions.ExpressionCompiler;
import io.fairlead.expressions.ExpressionException;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// The expressions of webhooks and policies: about a write, what it is written by, and who may do what. Compiled once; safe for use by many threads.
final class PolicyExpressions {
    private static final int KEPT_MAX = 2000;
    private static final UUID NO_UID = new UUID(0, 0);
    private static final List<String> VARIABLES =
            List.of("object", "oldObject", "request", "params", "namespaceObject", "variables");

    private final RoleBasedAuthorizer authorizer;
    private final Map<String, Expression> compiled = new ConcurrentHashMap<>();
    private final AtomicReference<@Nullable ExpressionCompiler> compiler = new AtomicReference<>();

    PolicyExpressions(RoleBasedAuthorizer authorizer) {
        this.authorizer = authorizer;
    }

    Expression compile(String text) throws ExpressionException {
        Expression known = compiled.get(text);
        if (known != null) {
            return known;
        }
        if (compiled.size() > KEPT_MAX) {
            compiled.clear();
        }
        Expression expression = compiler().compile(text);
        compiled.put(text, expression);
        return expression;
    }

    // The first expression pays for the library, not the server's start.
    private ExpressionCompiler compiler() {
        ExpressionCompiler known = compiler.get();
        if (known == null) {
            known =
                    ExpressionCompiler.ofAny(
                            VARIABLES,
                            Map.of(
                                    "authorizer",
                                    ExpressionCompiler.Access.AUTHORIZER,
                                    "authorizer.requestResource",
                                    ExpressionCompiler.Access.RESOURCE_CHECK));
            compiler.set(known);
        }
        return known;
    }

    /// What expressions about a request can speak of.
    Map<String, Object> variables(AdmissionRequest request) {
        Map<String, Object> variables = new HashMap<>();
        variables.put("object", orNull(request.object()));
        variables.put("oldObject", orNull(request.before()));
        variables.put(
                "request",
                request.tree(NO_UID, request)
                        .without("uid")
                        .without("object")
                        .without("oldObject"));
        variables.put("namespaceObject", orNull(AdmissionMatch.namespace(request)));
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

    private static Json orNull(Optional<JsonObject> tree) {
        return tree.isPresent() ? tree.get() : JsonNull.NULL;
    }

    /// Whether all conditions of a webhook or policy hold.
    ///
    /// @throws ExpressionException when one has no value and none is false
    boolean hold(List<Json> conditions, Map<String, Object> variables, Budget budget)
            throws ExpressionException {
        ExpressionException failure = null;
        for (Json condition : conditions) {
            try {
                if (!compile(condition.text("expression")).holds(variables, budget)) {
                    return false;
                }
            } catch (ExpressionException e) {
                failure = failure == null ? e : failure;
            }
        }
        if (failure != null) {
            throw failure;
        }
        return true;
    }

    /// A policy's own variables, each computed when first asked for.
    Map<String, Object> composed(List<Json> told, Map<String, Object> around, Budget budget) {
        Map<String, String> texts = new LinkedHashMap<>();
        told.forEach(each -> texts.put(each.text("name"), each.text("expression")));
        Map<String, Object> values = new HashMap<>();
        return new AbstractMap<>() {
            @Override
            public boolean containsKey(@Nullable Object name) {
                return texts.containsKey(String.valueOf(name));
            }

            @Override
            public @Nullable Object get(@Nullable Object name) {
                String text = texts.get(String.valueOf(name));
                Object known = values.get(String.valueOf(name));
                if (text == null || known != null) {
                    return known;
                }
                try {
                    Object value = compile(text).evaluate(around, budget);
                    values.put(String.valueOf(name), value);
                    return value;
                } catch (ExpressionException e) {
                    throw new IllegalArgumentException(
                            "composited variable \"%s\" fails to evaluate: %s"
                                    .formatted(name, e.getMessage()),
                            e);
                }
            }

            @Override
            public Set<Entry<String, Object>> entrySet() {
                Map<String, Object> all = new LinkedHashMap<>();
                texts.keySet().forEach(name -> all.put(name, String.valueOf(get(name))));
                return all.entrySet();
            }
        };
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
                            check.name()));
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
