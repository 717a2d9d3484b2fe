package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The rules for webhooks and admission policies themselves; what their expressions say is judged elsewhere.
final class AdmissionValidation {
    private static final String[] OPERATIONS = {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"};

    private AdmissionValidation() {}

    static void check(JsonObject object, String kind, FieldErrors errors) {
        switch (kind) {
            case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration" ->
                    webhooks(object.list("webhooks"), kind, errors);
            case "ValidatingAdmissionPolicy" -> policy(object.object("spec"), errors);
            case "MutatingAdmissionPolicy" -> mutating(object.object("spec"), errors);
            case "ValidatingAdmissionPolicyBinding" -> binding(object.object("spec"), errors);
            case "MutatingAdmissionPolicyBinding" -> bound(object.object("spec"), errors);
            default -> {}
        }
    }

    private static void webhooks(List<Json> hooks, String kind, FieldErrors errors) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < hooks.size(); i++) {
            JsonObject hook = (JsonObject) hooks.get(i);
            String at = "webhooks[" + i + "]";
            String name = hook.text("name");
            if (name.isEmpty()) {
                errors.required(at + ".name");
            } else {
                errors.invalid(at + ".name", name, Names.dnsSubdomainErrors(name));
                if (name.split("\\.").length < 3) {
                    errors.invalid(
                            at + ".name",
                            name,
                            "should be a domain with at least three segments separated by dots");
                }
            }
            if (!names.add(name)) {
                errors.duplicate(at + ".name", Json.of(name));
            }
            versions(hook, at, errors);
            rules(hook.list("rules"), at + ".rules", errors);
            errors.oneOf(at + ".failurePolicy", hook.text("failurePolicy"), "Fail", "Ignore");
            errors.oneOf(at + ".matchPolicy", hook.text("matchPolicy"), "Equivalent", "Exact");
            if (hook.text("sideEffects").isEmpty()) {
                errors.required(at + ".sideEffects", "must specify one of None, NoneOnDryRun");
            } else {
                errors.oneOf(at + ".sideEffects", hook.text("sideEffects"), "None", "NoneOnDryRun");
            }
            long seconds = hook.number(10, "timeoutSeconds");
            if (seconds < 1 || seconds > 30) {
                errors.invalid(
                        at + ".timeoutSeconds",
                        Json.of(seconds),
                        "the timeout value must be between 1 and 30 seconds");
            }
            if (kind.startsWith("Mutating")) {
                errors.oneOf(
                        at + ".reinvocationPolicy",
                        hook.text("reinvocationPolicy"),
                        "IfNeeded",
                        "Never");
            }
            selectors(hook, at, errors);
            ClientConfigValidation.check(hook.object("clientConfig"), at + ".clientConfig", errors);
            conditions(hook.list("matchConditions"), at + ".matchConditions", errors);
        }
    }

    private static void versions(JsonObject hook, String at, FieldErrors errors) {
        List<Json> versions = hook.list("admissionReviewVersions");
        if (versions.isEmpty()) {
            errors.required(at + ".admissionReviewVersions", "must specify one of v1, v1beta1");
        } else if (!versions.contains(Json.of("v1")) && !versions.contains(Json.of("v1beta1"))) {
            errors.invalid(
                    at + ".admissionReviewVersions",
                    new JsonArray(versions),
                    "must include at least one of v1, v1beta1");
        }
    }

    private static void selectors(JsonObject about, String at, FieldErrors errors) {
        errors.selector(at + ".namespaceSelector", about.object("namespaceSelector"));
        errors.selector(at + ".objectSelector", about.object("objectSelector"));
    }

    private static void rules(List<Json> rules, String at, FieldErrors errors) {
        for (int i = 0; i < rules.size(); i++) {
            Json rule = rules.get(i);
            String each = at + "[" + i + "]";
            for (String field : List.of("operations", "apiGroups", "apiVersions", "resources")) {
                List<Json> words = rule.list(field);
                if (words.isEmpty()) {
                    errors.required(each + "." + field);
                }
                if (words.size() > 1
                        && words.contains(Json.of("*"))
                        && !field.equals("resources")) {
                    errors.invalid(
                            each + "." + field,
                            new JsonArray(words),
                            "if '*' is present, must not specify other "
                                    + (field.equals("operations")
                                            ? "operations"
                                            : field.equals("apiGroups")
                                                    ? "API groups"
                                                    : "API versions"));
                }
            }
            List<Json> operations = rule.list("operations");
            for (int j = 0; j < operations.size(); j++) {
                errors.oneOf(each + ".operations[" + j + "]", operations.get(j).text(), OPERATIONS);
            }
            String scope = rule.text("scope");
            if (!scope.isEmpty()) {
                errors.oneOf(each + ".scope", scope, "*", "Cluster", "Namespaced");
            }
        }
    }

    private static void conditions(List<Json> conditions, String at, FieldErrors errors) {
        if (conditions.size() > 64) {
            errors.tooMany(at, conditions.size(), 64);
        }
        Set<String> names = new HashSet<>();
        for (int i = 0; i < conditions.size(); i++) {
            Json condition = conditions.get(i);
            String each = at + "[" + i + "]";
            if (condition.text("expression").isBlank()) {
                errors.required(each + ".expression");
            }
            if (condition.text("name").isEmpty()) {
                errors.required(each + ".name");
            } else {
                errors.invalid(
                        each + ".name",
                        condition.text("name"),
                        Names.labelKeyErrors(condition.text("name")));
            }
            if (!names.add(condition.text("name"))) {
                errors.duplicate(each + ".name", Json.of(condition.text("name")));
            }
        }
    }

    private static void constraints(JsonObject spec, FieldErrors errors) {
        errors.oneOf("spec.failurePolicy", spec.text("failurePolicy"), "Fail", "Ignore");
        if (spec.has("paramKind")) {
            for (String field : List.of("apiVersion", "kind")) {
                if (spec.text("paramKind", field).isEmpty()) {
                    errors.required("spec.paramKind." + field);
                }
            }
        }
        if (!spec.has("matchConstraints")) {
            errors.required("spec.matchConstraints");
        } else {
            JsonObject match = spec.object("matchConstraints");
            if (match.list("resourceRules").isEmpty()) {
                errors.required("spec.matchConstraints.resourceRules");
            }
            rules(match.list("resourceRules"), "spec.matchConstraints.resourceRules", errors);
            rules(
                    match.list("excludeResourceRules"),
                    "spec.matchConstraints.excludeResourceRules",
                    errors);
            selectors(match, "spec.matchConstraints", errors);
        }
        conditions(spec.list("matchConditions"), "spec.matchConditions", errors);
    }

    private static void policy(JsonObject spec, FieldErrors errors) {
        constraints(spec, errors);
        List<Json> validations = spec.list("validations");
        if (validations.isEmpty() && spec.list("auditAnnotations").isEmpty()) {
            errors.required(
                    "spec.validations",
                    "validations or auditAnnotations must contain at least one item");
        }
        for (int i = 0; i < validations.size(); i++) {
            Json validation = validations.get(i);
            String at = "spec.validations[" + i + "]";
            if (validation.text("expression").isBlank()) {
                errors.required(at + ".expression", "expression is not specified");
            }
            if (validation.text("message").contains("\n")) {
                errors.invalid(
                        at + ".message",
                        validation.text("message"),
                        "message must not contain line breaks");
            }
            String reason = validation.text("reason");
            if (!reason.isEmpty()) {
                errors.oneOf(
                        at + ".reason",
                        reason,
                        "Forbidden",
                        "Invalid",
                        "RequestEntityTooLarge",
                        "Unauthorized");
            }
        }
    }

    private static void mutating(JsonObject spec, FieldErrors errors) {
        constraints(spec, errors);
        errors.oneOf(
                "spec.reinvocationPolicy", spec.text("reinvocationPolicy"), "IfNeeded", "Never");
        List<Json> mutations = spec.list("mutations");
        if (mutations.isEmpty()) {
            errors.required("spec.mutations", "mutations must contain at least one item");
        }
        for (int i = 0; i < mutations.size(); i++) {
            Json mutation = mutations.get(i);
            String at = "spec.mutations[" + i + "]";
            String type = mutation.text("patchType");
            errors.oneOf(at + ".patchType", type, "ApplyConfiguration", "JSONPatch");
            String field = type.equals("JSONPatch") ? "jsonPatch" : "applyConfiguration";
            if (mutation.text(field, "expression").isBlank()) {
                errors.required(at + "." + field + ".expression");
            }
        }
    }

    private static void binding(JsonObject spec, FieldErrors errors) {
        bound(spec, errors);
        List<Json> actions = spec.list("validationActions");
        if (actions.isEmpty()) {
            errors.required("spec.validationActions", "at least one validation action is required");
        }
        for (int i = 0; i < actions.size(); i++) {
            errors.oneOf(
                    "spec.validationActions[" + i + "]",
                    actions.get(i).text(),
                    "Audit",
                    "Deny",
                    "Warn");
        }
        if (actions.contains(Json.of("Deny")) && actions.contains(Json.of("Warn"))) {
            errors.invalid(
                    "spec.validationActions",
                    new JsonArray(actions),
                    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }
    }

    private static void bound(JsonObject spec, FieldErrors errors) {
        if (spec.text("policyName").isEmpty()) {
            errors.required("spec.policyName");
        }
        if (spec.has("paramRef")) {
            JsonObject reference = spec.object("paramRef");
            boolean isNamed = !reference.text("name").isEmpty();
            if (isNamed == reference.has("selector")) {
                errors.required("spec.paramRef.name", "one of name or selector must be specified");
            }
            if (reference.text("parameterNotFoundAction").isEmpty()) {
                errors.required("spec.paramRef.parameterNotFoundAction");
            } else {
                errors.oneOf(
                        "spec.paramRef.parameterNotFoundAction",
                        reference.text("parameterNotFoundAction"),
                        "Allow",
                        "Deny");
            }
        }
    }
}
