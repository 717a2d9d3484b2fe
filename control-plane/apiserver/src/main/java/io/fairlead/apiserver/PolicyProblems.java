package io.fairlead.apiserver;

import io.fairlead.api.FieldError;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import io.fairlead.api.ResourceType;
import io.fairlead.expressions.ExpressionException;
import io.fairlead.expressions.PolicyCompiler;
import io.fairlead.expressions.PolicyCompiler.Offer;
import io.fairlead.expressions.PolicyCompiler.Shapes;
import io.fairlead.expressions.PolicyCompiler.Sort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Says what is wrong with the expressions of a policy or a webhook, so that it is refused before it is ever asked. Owned by one check.
final class PolicyProblems {
    private final List<FieldError> problems = new ArrayList<>();

    private PolicyProblems() {}

    /// @param before empty for new objects; conditions that do not change are not judged again
    /// @param object valid but for its expressions
    static List<FieldError> of(ResourceType type, Optional<JsonObject> before, JsonObject object) {
        PolicyProblems found = new PolicyProblems();
        if (type.equals(ValidatingPolicies.TYPE) || type.equals(MutatingPolicies.TYPE)) {
            found.policy(before.map(old -> old.object("spec")), object.object("spec"));
        } else if (object.contains("webhooks")) {
            found.webhooks(before, object);
        }
        return found.problems;
    }

    private void webhooks(Optional<JsonObject> before, JsonObject object) {
        if (before.map(PolicyProblems::conditions).equals(Optional.of(conditions(object)))) {
            return;
        }
        List<Json> hooks = object.list("webhooks");
        for (int i = 0; i < hooks.size(); i++) {
            conditions(
                    hooks.get(i),
                    new PolicyCompiler(Offer.REQUEST, Shapes.UNKNOWN),
                    "webhooks[" + i + "]");
        }
    }

    private static List<List<Json>> conditions(JsonObject configuration) {
        return configuration.list("webhooks").stream()
                .map(hook -> hook.list("matchConditions"))
                .toList();
    }

    private void policy(Optional<JsonObject> before, JsonObject spec) {
        boolean hasParams = spec.has("paramKind");
        boolean hasVariables = !spec.list("variables").isEmpty() || spec.contains("mutations");
        boolean isSame =
                before.map(old -> old.list("matchConditions").equals(spec.list("matchConditions")))
                        .orElse(false);
        if (!isSame) {
            conditions(
                    spec,
                    new PolicyCompiler(hasParams ? Offer.PARAMS : Offer.REQUEST, Shapes.UNKNOWN),
                    "spec");
        }
        Offer offer =
                hasVariables
                        ? hasParams ? Offer.PARAMS_AND_VARIABLES : Offer.VARIABLES
                        : hasParams ? Offer.PARAMS : Offer.REQUEST;
        PolicyCompiler compiler = new PolicyCompiler(offer, Shapes.UNKNOWN);
        List<Json> variables = spec.list("variables");
        for (int i = 0; i < variables.size(); i++) {
            variable(variables.get(i), compiler, "spec.variables[" + i + "].expression");
        }
        List<Json> validations = spec.list("validations");
        for (int i = 0; i < validations.size(); i++) {
            String at = "spec.validations[" + i + "]";
            Json validation = validations.get(i);
            check(validation.text("expression"), Sort.CONDITION, compiler, at + ".expression");
            if (!validation.text("messageExpression").isEmpty()) {
                check(
                        validation.text("messageExpression"),
                        Sort.MESSAGE,
                        compiler,
                        at + ".messageExpression");
            }
        }
        List<Json> annotations = spec.list("auditAnnotations");
        for (int i = 0; i < annotations.size(); i++) {
            check(
                    annotations.get(i).text("valueExpression"),
                    Sort.AUDIT_VALUE,
                    compiler,
                    "spec.auditAnnotations[" + i + "].valueExpression");
        }
        mutations(spec.list("mutations"), compiler);
    }

    private void mutations(List<Json> mutations, PolicyCompiler compiler) {
        for (int i = 0; i < mutations.size(); i++) {
            boolean isPatch = mutations.get(i).text("patchType").equals("JSONPatch");
            String field = isPatch ? "jsonPatch" : "applyConfiguration";
            check(
                    mutations.get(i).text(field, "expression").strip(),
                    isPatch ? Sort.JSON_PATCH : Sort.APPLY_CONFIGURATION,
                    compiler,
                    "spec.mutations[" + i + "]." + field + ".expression");
        }
    }

    private void conditions(Json owner, PolicyCompiler compiler, String at) {
        List<Json> conditions = owner.list("matchConditions");
        for (int i = 0; i < conditions.size(); i++) {
            check(
                    conditions.get(i).text("expression").strip(),
                    Sort.CONDITION,
                    compiler,
                    at + ".matchConditions[" + i + "].expression");
        }
    }

    private void variable(Json variable, PolicyCompiler compiler, String at) {
        try {
            compiler.addVariable(variable.text("name"), variable.text("expression"));
        } catch (ExpressionException e) {
            add(at, variable.text("expression"), e);
        }
    }

    private void check(String text, Sort sort, PolicyCompiler compiler, String at) {
        try {
            compiler.compile(text, sort);
        } catch (ExpressionException e) {
            add(at, text, e);
        }
    }

    private void add(String at, String text, ExpressionException why) {
        problems.add(
                new FieldError(
                        at,
                        "FieldValueInvalid",
                        "Invalid value: %s: %s"
                                .formatted(JsonWriter.text(Json.of(text)), why.getMessage())));
    }
}
