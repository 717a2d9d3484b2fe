package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.DecodingException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonPatch;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.ServerSideApply;
import io.fairlead.api.Status;
import io.fairlead.expressions.Budget;
import io.fairlead.expressions.Expression;
import io.fairlead.expressions.PolicyCompiler.Sort;
import io.fairlead.expressions.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Lets MutatingAdmissionPolicies change what is written, one after the other.
final class MutatingPolicies implements Admission.Changer {
    static final ResourceType TYPE =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "mutatingadmissionpolicies",
                    "MutatingAdmissionPolicy",
                    Scope.CLUSTER);
    static final ResourceType BINDING =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "mutatingadmissionpolicybindings",
                    "MutatingAdmissionPolicyBinding",
                    Scope.CLUSTER);

    private final PolicyInvocations policies;
    private final PolicyExpressions expressions;
    private final ObjectRules rules;

    private MutatingPolicies(
            PolicyInvocations policies, PolicyExpressions expressions, ObjectRules rules) {
        this.policies = policies;
        this.expressions = expressions;
        this.rules = rules;
    }

    static MutatingPolicies of(
            AdmissionMatch match,
            Supplier<ApiCatalog> catalog,
            PolicyExpressions expressions,
            ObjectRules rules) {
        return new MutatingPolicies(
                new PolicyInvocations(TYPE, BINDING, match, catalog), expressions, rules);
    }

    /// What went wrong with policies that must not fail, in the words of the answer.
    private record Problem(String message, String reason) {}

    @Override
    public AdmissionRequest change(AdmissionRequest request, AdmissionPass.Turn turn) {
        if (request.object().isEmpty() || request.operation().equals("DELETE")) {
            return request;
        }
        AdmissionRequest current = request;
        List<Problem> problems = new ArrayList<>();
        for (PolicyInvocations.Found found : policies.find(request)) {
            switch (found) {
                case PolicyInvocations.Misconfigured policy -> {
                    if (!policy.isForgiving()) {
                        problems.add(problem(policy));
                    }
                }
                case PolicyInvocations.Invocation policy -> {
                    if (turn.isDue(policy.id())) {
                        current = change(policy, current, turn, problems);
                    }
                }
            }
        }
        if (!problems.isEmpty()) {
            throw refusal(problems, request);
        }
        return current;
    }

    private AdmissionRequest change(
            PolicyInvocations.Invocation policy,
            AdmissionRequest request,
            AdmissionPass.Turn turn,
            List<Problem> problems) {
        PolicyProgram program = policy.program();
        try {
            Budget budget = new Budget(Budget.CONDITIONS_MAX);
            Map<String, Object> variables = variables(policy, request, request.as(policy.known()));
            Map<String, Object> around = program.around(variables, budget);
            if (!PolicyExpressions.hold(program.conditions(), around, budget)) {
                return request;
            }
        } catch (EvaluationFailure e) {
            note(policy, e, problems);
            return request;
        }
        AdmissionRequest current = request;
        for (PolicyProgram.Mutation mutation : program.mutations()) {
            try {
                current = current.with(mutated(policy, mutation, current));
            } catch (EvaluationFailure e) {
                note(policy, e, problems);
            }
        }
        if (!current.object().equals(request.object())) {
            turn.changed();
        }
        if (policy.policy().text("spec", "reinvocationPolicy").equals("IfNeeded")) {
            turn.callBack(policy.id());
        }
        return current;
    }

    private Map<String, Object> variables(
            PolicyInvocations.Invocation policy, AdmissionRequest request, AdmissionRequest known) {
        Map<String, Object> variables = expressions.variables(request, known);
        variables.put("params", Values.of(policy.params()));
        return variables;
    }

    private JsonObject mutated(
            PolicyInvocations.Invocation policy,
            PolicyProgram.Mutation mutation,
            AdmissionRequest request)
            throws EvaluationFailure {
        AdmissionRequest known = request.as(policy.known());
        Budget budget = Budget.ofObject();
        Map<String, Object> around =
                policy.program().around(variables(policy, request, known), budget);
        JsonObject object = known.object().orElseThrow();
        JsonObject changed =
                mutation.sort() == Sort.JSON_PATCH
                        ? patched(
                                object,
                                mutation.expression().read(Expression::jsonPatch, around, budget))
                        : merged(
                                object,
                                known,
                                mutation.expression()
                                        .read(Expression::applyConfiguration, around, budget));
        try {
            return request.restored(rules.normalized(known, changed), policy.known());
        } catch (DecodingException e) {
            throw new ApiException(
                    new Status(
                            500,
                            "InternalError",
                            "Internal error occurred: " + e.getMessage(),
                            JsonObject.EMPTY));
        }
    }

    private static JsonObject patched(JsonObject object, JsonArray operations)
            throws EvaluationFailure {
        try {
            return JsonPatch.applyIfTestsHold(object, operations).orElse(object);
        } catch (ApiException e) {
            throw new EvaluationFailure("JSON Patch: " + e.getMessage());
        }
    }

    private static JsonObject merged(
            JsonObject object, AdmissionRequest known, JsonObject configuration)
            throws EvaluationFailure {
        ResourceType kind = known.kindOfObject();
        JsonObject wanted =
                configuration.with("apiVersion", kind.apiVersion()).with("kind", kind.kind());
        try {
            return ServerSideApply.merged(object, wanted, known.schemaOfObject());
        } catch (DecodingException e) {
            throw new EvaluationFailure("error applying patch: " + e.getMessage());
        }
    }

    private static void note(
            PolicyInvocations.Invocation policy, EvaluationFailure why, List<Problem> problems) {
        if (!policy.isForgiving()) {
            problems.add(
                    new Problem(
                            "policy '%s' with binding '%s' denied request: %s"
                                    .formatted(
                                            policy.policyName(),
                                            policy.bindingName(),
                                            why.getMessage()),
                            "Invalid"));
        }
    }

    private static Problem problem(PolicyInvocations.Misconfigured policy) {
        String message =
                policy.binding().isPresent()
                        ? "policy '%s' with binding '%s' denied request: failed to configure binding: %s"
                                .formatted(
                                        policy.policyName(), policy.binding().get(), policy.why())
                        : "policy \"%s\" denied request: failed to configure policy: %s"
                                .formatted(policy.policyName(), policy.why());
        return new Problem(message, "");
    }

    private static ApiException refusal(List<Problem> problems, AdmissionRequest request) {
        Problem first = problems.getFirst();
        List<JsonObject> causes =
                problems.stream()
                        .map(each -> JsonObject.of("message", (Json) Json.of(each.message())))
                        .toList();
        Status status = Forbidden.byPolicy(request, "");
        return new ApiException(
                new Status(
                                status.code(),
                                first.reason().isEmpty() ? status.reason() : first.reason(),
                                first.message(),
                                status.details())
                        .withCauses(causes));
    }
}
