package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.ResourceType.Scope;
import io.fairlead.api.Status;
import io.fairlead.expressions.Budget;
import io.fairlead.expressions.Values;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// Lets ValidatingAdmissionPolicies refuse what is written, warn of it, and note it for the audit.
final class ValidatingPolicies implements Admission.Judge {
    static final ResourceType TYPE =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "validatingadmissionpolicies",
                    "ValidatingAdmissionPolicy",
                    Scope.CLUSTER);
    static final ResourceType BINDING =
            new ResourceType(
                    "admissionregistration.k8s.io",
                    "v1",
                    "validatingadmissionpolicybindings",
                    "ValidatingAdmissionPolicyBinding",
                    Scope.CLUSTER);

    private static final int MESSAGE_BYTES_MAX = 5 * 1024;
    private static final int ANNOTATION_BYTES_MAX = 10 * 1024;
    private static final String FAILURE_KEY =
            "validation.policy.admission.k8s.io/validation_failure";

    private final PolicyInvocations policies;
    private final PolicyExpressions expressions;

    private ValidatingPolicies(PolicyInvocations policies, PolicyExpressions expressions) {
        this.policies = policies;
        this.expressions = expressions;
    }

    static ValidatingPolicies of(
            AdmissionMatch match, Supplier<ApiCatalog> catalog, PolicyExpressions expressions) {
        return new ValidatingPolicies(
                new PolicyInvocations(TYPE, BINDING, match, catalog), expressions);
    }

    /// Why a policy refuses.
    ///
    /// @param index of the expression
    private record Denial(int index, String message, String reason) {}

    @Override
    public void judge(AdmissionRequest request) {
        Optional<ApiException> refusal = Optional.empty();
        Map<String, Set<String>> annotations = new LinkedHashMap<>();
        for (PolicyInvocations.Found found : policies.find(request)) {
            Optional<ApiException> next =
                    switch (found) {
                        case PolicyInvocations.Misconfigured policy ->
                                policy.isForgiving()
                                        ? Optional.empty()
                                        : Optional.of(refusal(policy, request));
                        case PolicyInvocations.Invocation policy ->
                                judge(policy, request, annotations);
                    };
            refusal = refusal.or(() -> next);
        }
        annotations.forEach(
                (key, values) -> request.write().annotate(key, String.join(", ", values)));
        if (refusal.isPresent()) {
            throw refusal.get();
        }
    }

    private Optional<ApiException> judge(
            PolicyInvocations.Invocation policy,
            AdmissionRequest request,
            Map<String, Set<String>> annotations) {
        AdmissionRequest known = request.as(policy.known());
        Map<String, Object> variables = expressions.variables(request, known);
        variables.put("params", Values.of(policy.params()));
        List<Denial> denials = new ArrayList<>();
        try {
            Budget conditions = new Budget(Budget.CONDITIONS_MAX);
            Map<String, Object> around = policy.program().around(variables, conditions);
            if (!PolicyExpressions.hold(policy.program().conditions(), around, conditions)) {
                return Optional.empty();
            }
            evaluate(policy, variables, denials);
            annotate(policy, variables, annotations, denials);
        } catch (EvaluationFailure e) {
            denials.clear();
            fail(policy, 0, e, denials);
        }
        return act(policy, denials, request);
    }

    private static void fail(
            PolicyInvocations.Invocation policy, int index, Exception why, List<Denial> denials) {
        if (!policy.isForgiving()) {
            denials.add(new Denial(index, String.valueOf(why.getMessage()), ""));
        }
    }

    private static void evaluate(
            PolicyInvocations.Invocation policy,
            Map<String, Object> variables,
            List<Denial> denials)
            throws EvaluationFailure {
        Budget budget = Budget.ofObject();
        Map<String, Object> around = policy.program().around(variables, budget);
        List<PolicyProgram.Judgement> judgements = policy.program().judgements();
        List<Integer> refused = new ArrayList<>();
        for (int i = 0; i < judgements.size(); i++) {
            try {
                if (!Boolean.TRUE.equals(judgements.get(i).expression().value(around, budget))) {
                    refused.add(i);
                }
            } catch (EvaluationFailure e) {
                if (e.isFinal()) {
                    throw e;
                }
                fail(policy, i, e, denials);
            }
        }
        for (int index : refused) {
            PolicyProgram.Judgement judgement = judgements.get(index);
            denials.add(
                    new Denial(
                            index,
                            message(judgement, around, budget),
                            judgement.told().text("reason")));
        }
        denials.sort((a, b) -> Integer.compare(a.index(), b.index()));
    }

    private static String message(
            PolicyProgram.Judgement judgement, Map<String, Object> around, Budget budget)
            throws EvaluationFailure {
        if (judgement.message().isPresent()) {
            try {
                Object value = judgement.message().get().value(around, budget);
                String text = value instanceof String words ? words.strip() : "";
                boolean isFit =
                        !text.isEmpty()
                                && !text.contains("\n")
                                && text.getBytes(StandardCharsets.UTF_8).length
                                        <= MESSAGE_BYTES_MAX;
                if (isFit) {
                    return text;
                }
            } catch (EvaluationFailure e) {
                if (e.isFinal()) {
                    throw new EvaluationFailure("failed messageExpression: " + e.getMessage());
                }
                // A message that cannot be made gives way to the fixed one.
            }
        }
        String fixed = judgement.told().text("message").strip();
        return fixed.isEmpty()
                ? "failed expression: " + judgement.told().text("expression").strip()
                : fixed;
    }

    private static void annotate(
            PolicyInvocations.Invocation policy,
            Map<String, Object> variables,
            Map<String, Set<String>> annotations,
            List<Denial> denials)
            throws EvaluationFailure {
        Budget budget = Budget.ofObject();
        Map<String, Object> around = policy.program().around(variables, budget);
        for (PolicyProgram.Annotation annotation : policy.program().annotations()) {
            try {
                if (annotation.value().value(around, budget) instanceof String text
                        && !text.isBlank()) {
                    annotations
                            .computeIfAbsent(
                                    policy.policyName() + "/" + annotation.key(),
                                    missing -> new LinkedHashSet<>())
                            .add(cut(text.strip()));
                }
            } catch (EvaluationFailure e) {
                if (e.isFinal()) {
                    throw e;
                }
                fail(policy, 0, e, denials);
            }
        }
    }

    private static String cut(String text) {
        return text.length() > ANNOTATION_BYTES_MAX
                ? text.substring(0, ANNOTATION_BYTES_MAX)
                : text;
    }

    private static Optional<ApiException> act(
            PolicyInvocations.Invocation policy, List<Denial> denials, AdmissionRequest request) {
        Optional<ApiException> refusal = Optional.empty();
        List<Json> actions = policy.binding().list("spec", "validationActions");
        for (Denial denial : denials) {
            for (Json action : actions) {
                switch (action.text()) {
                    case "Deny" ->
                            refusal =
                                    refusal.or(() -> Optional.of(refusal(policy, denial, request)));
                    case "Warn" ->
                            request.write()
                                    .warn(
                                            "Validation failed for ValidatingAdmissionPolicy '%s' with binding '%s': %s"
                                                    .formatted(
                                                            policy.policyName(),
                                                            policy.bindingName(),
                                                            denial.message()));
                    case "Audit" -> request.write().annotate(FAILURE_KEY, note(policy, denial));
                    default -> {}
                }
            }
        }
        return refusal;
    }

    private static String note(PolicyInvocations.Invocation policy, Denial denial) {
        return JsonArray.of(
                        JsonObject.builder()
                                .put("message", denial.message())
                                .put("policy", policy.policyName())
                                .put("binding", policy.bindingName())
                                .put("expressionIndex", denial.index())
                                .put(
                                        "validationActions",
                                        new JsonArray(
                                                policy.binding().list("spec", "validationActions")))
                                .build())
                .toString();
    }

    private static ApiException refusal(
            PolicyInvocations.Invocation policy, Denial denial, AdmissionRequest request) {
        return refusal(
                "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: %s"
                        .formatted(policy.policyName(), policy.bindingName(), denial.message()),
                denial.reason(),
                request);
    }

    private static ApiException refusal(
            PolicyInvocations.Misconfigured policy, AdmissionRequest request) {
        String message =
                policy.binding().isPresent()
                        ? "ValidatingAdmissionPolicy '%s' with binding '%s' denied request: failed to configure binding: %s"
                                .formatted(
                                        policy.policyName(), policy.binding().get(), policy.why())
                        : "ValidatingAdmissionPolicy '%s' denied request: failed to configure policy: %s"
                                .formatted(policy.policyName(), policy.why());
        return refusal(message, "", request);
    }

    private static ApiException refusal(String why, String reason, AdmissionRequest request) {
        String told = reason.isEmpty() ? "Invalid" : reason;
        int code =
                switch (told) {
                    case "Unauthorized" -> 401;
                    case "Forbidden" -> 403;
                    case "RequestEntityTooLarge" -> 413;
                    default -> 422;
                };
        Status status = Forbidden.byPolicy(request, why);
        return new ApiException(
                new Status(code, told, status.message(), status.details())
                        .withCauses(List.of(JsonObject.of("message", Json.of(why)))));
    }
}
