package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.expressions.Budget;
import io.fairlead.expressions.ExpressionException;
import io.fairlead.expressions.PolicyCompiler;
import io.fairlead.expressions.PolicyCompiler.Offer;
import io.fairlead.expressions.PolicyCompiler.Shapes;
import io.fairlead.expressions.PolicyCompiler.Sort;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A ValidatingAdmissionPolicy or MutatingAdmissionPolicy with all its expressions compiled. Immutable.
///
/// @param conditions of `matchConditions`
/// @param variables by name, in the order in which they are declared
/// @param judgements of `validations`; messages are empty where there is no `messageExpression`
/// @param annotations of `auditAnnotations`
/// @param mutations of `mutations`
record PolicyProgram(
        List<PolicyExpression> conditions,
        Map<String, PolicyExpression> variables,
        List<Judgement> judgements,
        List<Annotation> annotations,
        List<Mutation> mutations) {
    record Judgement(Json told, PolicyExpression expression, Optional<PolicyExpression> message) {}

    record Annotation(String key, PolicyExpression value) {}

    /// @param sort how the object changes: by an apply configuration or by a JSON patch
    record Mutation(Sort sort, PolicyExpression expression) {}

    static PolicyProgram of(JsonObject policy) {
        JsonObject spec = policy.object("spec");
        boolean hasParams = spec.has("paramKind");
        PolicyCompiler compiler =
                new PolicyCompiler(
                        hasParams ? Offer.PARAMS_AND_VARIABLES : Offer.VARIABLES, Shapes.UNKNOWN);
        Map<String, PolicyExpression> variables = new LinkedHashMap<>();
        for (Json each : spec.list("variables")) {
            variables.put(each.text("name"), variable(each, compiler));
        }
        List<PolicyExpression> conditions = new ArrayList<>();
        for (Json each : spec.list("matchConditions")) {
            conditions.add(PolicyExpression.of(each.text("expression"), Sort.CONDITION, compiler));
        }
        List<Judgement> judgements = new ArrayList<>();
        for (Json each : spec.list("validations")) {
            String message = each.text("messageExpression");
            judgements.add(
                    new Judgement(
                            each,
                            PolicyExpression.of(each.text("expression"), Sort.CONDITION, compiler),
                            message.isEmpty()
                                    ? Optional.empty()
                                    : Optional.of(
                                            PolicyExpression.of(message, Sort.MESSAGE, compiler))));
        }
        List<Annotation> annotations = new ArrayList<>();
        for (Json each : spec.list("auditAnnotations")) {
            annotations.add(
                    new Annotation(
                            each.text("key"),
                            PolicyExpression.of(
                                    each.text("valueExpression"), Sort.AUDIT_VALUE, compiler)));
        }
        List<Mutation> mutations = new ArrayList<>();
        for (Json each : spec.list("mutations")) {
            mutations.add(mutation(each, compiler));
        }
        return new PolicyProgram(conditions, variables, judgements, annotations, mutations);
    }

    private static PolicyExpression variable(Json told, PolicyCompiler compiler) {
        String text = told.text("expression");
        try {
            return new PolicyExpression(text, compiler.addVariable(told.text("name"), text), "");
        } catch (ExpressionException e) {
            return new PolicyExpression(text, null, e.getMessage());
        }
    }

    private static Mutation mutation(Json told, PolicyCompiler compiler) {
        boolean isPatch = told.text("patchType").equals("JSONPatch");
        Sort sort = isPatch ? Sort.JSON_PATCH : Sort.APPLY_CONFIGURATION;
        String text = told.text(isPatch ? "jsonPatch" : "applyConfiguration", "expression");
        return new Mutation(sort, PolicyExpression.of(text, sort, compiler));
    }

    /// What expressions speak of, with the policy's own variables, each of which is computed when first asked for.
    Map<String, Object> around(Map<String, Object> known, Budget budget) {
        Map<String, Object> around = new HashMap<>(known);
        around.put("variables", new Composed(variables, around, budget));
        return around;
    }

    /// A policy's variables with their values. Owned by one evaluation.
    private static final class Composed extends AbstractMap<String, Object> {
        private final Map<String, PolicyExpression> expressions;
        private final Map<String, Object> around;
        private final Budget budget;
        private final Map<String, Object> values = new HashMap<>();

        Composed(
                Map<String, PolicyExpression> expressions,
                Map<String, Object> around,
                Budget budget) {
            this.expressions = expressions;
            this.around = around;
            this.budget = budget;
        }

        @Override
        public boolean containsKey(@Nullable Object name) {
            return expressions.containsKey(name);
        }

        @Override
        public @Nullable Object get(@Nullable Object name) {
            PolicyExpression expression = expressions.get(name);
            if (expression == null) {
                return null;
            }
            Object known = values.get(name);
            if (known != null) {
                return known;
            }
            Object value = computed(String.valueOf(name), expression);
            values.put(String.valueOf(name), value);
            return value;
        }

        private Object computed(String name, PolicyExpression expression) {
            if (expression.expression() == null) {
                throw new IllegalArgumentException(
                        "composited variable \"%s\" fails to compile: %s"
                                .formatted(name, expression.problem()));
            }
            try {
                return expression.expression().evaluate(around, budget);
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
            for (String name : expressions.keySet()) {
                Object value = get(name);
                if (value != null) {
                    all.put(name, value);
                }
            }
            return all.entrySet();
        }

        @Override
        public int size() {
            return expressions.size();
        }
    }
}
