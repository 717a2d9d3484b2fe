package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/// The rules for webhooks and admission policies themselves; what their expressions say is judged elsewhere.
final class AdmissionValidation {
    private static final String[] OPERATIONS = {"*", "CONNECT", "CREATE", "DELETE", "UPDATE"};

    private static final int ANNOTATIONS_MAX = 20;
    private static final int ANNOTATION_LENGTH_MAX = 5 * 1024;
    private static final Pattern IDENTIFIER = Pattern.compile("[_a-zA-Z][_a-zA-Z0-9]*");
    private static final Set<String> RESERVED =
            Set.of(
                    "true,false,null,in,as,break,const,continue,else,for,function,if,import,let,loop,package,namespace,return,var,void,while"
                            .split(","));

    private AdmissionValidation() {}

    static void check(JsonObject object, String kind, FieldErrors errors) {
        switch (kind) {
            case "MutatingWebhookConfiguration", "ValidatingWebhookConfiguration" ->
                    webhooks(object.list("webhooks"), kind, errors);
            case "ValidatingAdmissionPolicy" ->
                    policy(object.text("metadata", "name"), object.object("spec"), errors);
            case "MutatingAdmissionPolicy" -> mutating(object.object("spec"), errors);
            case "ValidatingAdmissionPolicyBinding" -> binding(object.object("spec"), errors);
            case "MutatingAdmissionPolicyBinding" -> {
                bound(object.object("spec"), errors);
                changesOnly(object.object("spec", "matchResources"), "spec.matchResources", errors);
            }
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
            paramKind(spec.object("paramKind"), errors);
        }
        if (!spec.has("matchConstraints")) {
            errors.required("spec.matchConstraints");
        } else {
            JsonObject match = spec.object("matchConstraints");
            matchResources(match, "spec.matchConstraints", errors);
            if (match.list("resourceRules").isEmpty()) {
                errors.required("spec.matchConstraints.resourceRules");
            }
        }
        conditions(spec.list("matchConditions"), "spec.matchConditions", errors);
        List<Json> variables = spec.list("variables");
        for (int i = 0; i < variables.size(); i++) {
            Json variable = variables.get(i);
            String at = "spec.variables[" + i + "]";
            String name = variable.text("name");
            if (name.isBlank()) {
                errors.required(at + ".name", "name is not specified");
            } else if (!IDENTIFIER.matcher(name).matches() || RESERVED.contains(name)) {
                errors.invalid(at + ".name", name, "must be a valid CEL identifier");
            }
            if (variable.text("expression").isBlank()) {
                errors.required(at + ".expression", "expression is not specified");
            }
        }
    }

    private static void matchResources(JsonObject match, String at, FieldErrors errors) {
        errors.oneOf(at + ".matchPolicy", match.text("matchPolicy"), "Equivalent", "Exact");
        selectors(match, at, errors);
        for (String list : List.of("resourceRules", "excludeResourceRules")) {
            List<Json> rules = match.list(list);
            for (int i = 0; i < rules.size(); i++) {
                resourceNames(rules.get(i), at + "." + list + "[" + i + "]", errors);
            }
            rules(rules, at + "." + list, errors);
        }
    }

    private static void resourceNames(Json rule, String at, FieldErrors errors) {
        Set<Json> seen = new HashSet<>();
        List<Json> names = rule.list("resourceNames");
        for (int i = 0; i < names.size(); i++) {
            String each = at + ".resourceNames[" + i + "]";
            errors.invalid(each, names.get(i).text(), Names.pathSegmentErrors(names.get(i).text()));
            if (!seen.add(names.get(i))) {
                errors.duplicate(each, names.get(i));
            }
        }
    }

    private static void paramKind(JsonObject kind, FieldErrors errors) {
        String apiVersion = kind.text("apiVersion");
        if (apiVersion.isEmpty()) {
            errors.required("spec.paramKind.apiVersion");
        } else if (apiVersion.chars().filter(c -> c == '/').count() > 1) {
            errors.invalid(
                    "spec.paramKind.apiVersion",
                    apiVersion,
                    "unexpected GroupVersion string: " + apiVersion);
        } else {
            ApiCatalog.GroupVersion at = ApiCatalog.GroupVersion.of(apiVersion);
            if (!at.group().isEmpty()) {
                errors.invalid(
                        "spec.paramKind.apiVersion",
                        at.group(),
                        Names.dnsSubdomainErrors(at.group()));
            }
            if (at.version().isEmpty()) {
                errors.invalid(
                        "spec.paramKind.apiVersion", apiVersion, "version must be specified");
            } else {
                errors.invalid(
                        "spec.paramKind.apiVersion",
                        at.version(),
                        Names.dns1035LabelErrors(at.version()));
            }
        }
        String name = kind.text("kind");
        if (name.isEmpty()) {
            errors.required("spec.paramKind.kind");
        } else {
            List<String> problems = Names.dns1035LabelErrors(name.toLowerCase(Locale.ROOT));
            if (!problems.isEmpty()) {
                errors.invalid(
                        "spec.paramKind.kind",
                        name,
                        "may have mixed case, but should otherwise match: "
                                + String.join(",", problems));
            }
        }
    }

    private static void policy(String name, JsonObject spec, FieldErrors errors) {
        constraints(spec, errors);
        List<Json> validations = spec.list("validations");
        List<Json> annotations = spec.list("auditAnnotations");
        if (validations.isEmpty() && annotations.isEmpty()) {
            String why = "validations or auditAnnotations must contain at least one item";
            errors.required("spec.validations", why);
            errors.required("spec.auditAnnotations", why);
        }
        for (int i = 0; i < validations.size(); i++) {
            validation(validations.get(i), "spec.validations[" + i + "]", errors);
        }
        if (annotations.size() > ANNOTATIONS_MAX) {
            errors.invalid(
                    "spec.auditAnnotations",
                    new JsonArray(annotations),
                    "must not have more than %d auditAnnotations".formatted(ANNOTATIONS_MAX));
        }
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < annotations.size(); i++) {
            String at = "spec.auditAnnotations[" + i + "]";
            String key = annotations.get(i).text("key");
            String value = annotations.get(i).text("valueExpression").strip();
            if (name.isEmpty()) {
                errors.invalid(at + ".key", key, "requires metadata.name be non-empty");
            } else {
                errors.invalid(
                        at + ".key", name + "/" + key, Names.labelKeyErrors(name + "/" + key));
            }
            if (value.isEmpty()) {
                errors.required(at + ".valueExpression", "valueExpression is not specified");
            } else if (value.length() > ANNOTATION_LENGTH_MAX) {
                errors.required(
                        at + ".valueExpression",
                        "must not exceed %d bytes in length".formatted(ANNOTATION_LENGTH_MAX));
            }
            if (!keys.add(key)) {
                errors.duplicate(at + ".key", Json.of(key));
            }
        }
    }

    private static void validation(Json validation, String at, FieldErrors errors) {
        if (validation.text("expression").isBlank()) {
            errors.required(at + ".expression", "expression is not specified");
        }
        String messageExpression = validation.text("messageExpression");
        if (!messageExpression.isEmpty() && messageExpression.isBlank()) {
            errors.invalid(
                    at + ".messageExpression", messageExpression, "must be non-empty if specified");
        }
        String message = validation.text("message");
        if (!message.isEmpty() && message.isBlank()) {
            errors.invalid(at + ".message", message, "must be non-empty if specified");
        } else if (message.strip().contains("\n") || message.strip().contains("\r")) {
            errors.invalid(at + ".message", message, "must not contain line breaks");
        }
        if (validation.has("reason")) {
            errors.oneOf(
                    at + ".reason",
                    validation.text("reason"),
                    "Forbidden",
                    "Invalid",
                    "RequestEntityTooLarge",
                    "Unauthorized");
        }
    }

    private static void mutating(JsonObject spec, FieldErrors errors) {
        constraints(spec, errors);
        changesOnly(spec.object("matchConstraints"), "spec.matchConstraints", errors);
        List<Json> mutations = spec.list("mutations");
        if (mutations.isEmpty()) {
            errors.required("spec.mutations", "mutations must contain at least one item");
        }
        for (int i = 0; i < mutations.size(); i++) {
            mutation(mutations.get(i), "spec.mutations[" + i + "]", errors);
        }
        if (spec.text("reinvocationPolicy").isEmpty()) {
            errors.required("spec.reinvocationPolicy");
        } else {
            errors.oneOf(
                    "spec.reinvocationPolicy",
                    spec.text("reinvocationPolicy"),
                    "IfNeeded",
                    "Never");
        }
    }

    // What goes, or is only connected with, cannot be changed.
    private static void changesOnly(JsonObject match, String at, FieldErrors errors) {
        for (Json rule : match.list("resourceRules")) {
            for (Json operation : rule.list("operations")) {
                errors.oneOf(
                        at + ".resourceRules.operations", operation.text(), "CREATE", "UPDATE");
            }
        }
    }

    private static void mutation(Json mutation, String at, FieldErrors errors) {
        String type = mutation.text("patchType");
        if (type.isEmpty()) {
            errors.required(at + ".patchType");
            return;
        }
        if (!type.equals("ApplyConfiguration") && !type.equals("JSONPatch")) {
            errors.notSupported(at + ".patchType", type, "ApplyConfiguration", "JSONPatch");
            return;
        }
        String own = type.equals("JSONPatch") ? "jsonPatch" : "applyConfiguration";
        String other = type.equals("JSONPatch") ? "applyConfiguration" : "jsonPatch";
        if (!mutation.has(own)) {
            errors.required(at + "." + own, "must be specified when patchType is " + type);
        } else if (mutation.text(own, "expression").isBlank()) {
            errors.required(at + "." + own + ".expression");
        }
        if (mutation.has(other)) {
            errors.invalid(
                    at + "." + other,
                    "{" + other + "}",
                    "must not be specified when patchType is " + type);
        }
    }

    private static void binding(JsonObject spec, FieldErrors errors) {
        bound(spec, errors);
        List<Json> actions = spec.list("validationActions");
        Set<Json> seen = new HashSet<>();
        for (int i = 0; i < actions.size(); i++) {
            String at = "spec.validationActions[" + i + "]";
            errors.oneOf(at, actions.get(i).text(), "Audit", "Deny", "Warn");
            if (!seen.add(actions.get(i))) {
                errors.duplicate(at, actions.get(i));
            }
        }
        if (actions.contains(Json.of("Deny")) && actions.contains(Json.of("Warn"))) {
            errors.invalid(
                    "spec.validationActions",
                    new JsonArray(actions),
                    "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)");
        }
        if (actions.isEmpty()) {
            errors.required("spec.validationActions", "at least one validation action is required");
        }
    }

    private static void bound(JsonObject spec, FieldErrors errors) {
        String policy = spec.text("policyName");
        if (policy.isEmpty()) {
            errors.required("spec.policyName");
        } else {
            errors.invalid("spec.policyName", policy, Names.dnsSubdomainErrors(policy));
        }
        if (spec.has("paramRef")) {
            paramRef(spec.object("paramRef"), errors);
        }
        if (spec.has("matchResources")) {
            matchResources(spec.object("matchResources"), "spec.matchResources", errors);
        }
    }

    private static void paramRef(JsonObject reference, FieldErrors errors) {
        String name = reference.text("name");
        boolean isBoth = !name.isEmpty() && reference.has("selector");
        if (!name.isEmpty()) {
            errors.invalid("spec.paramRef.name", name, Names.pathSegmentErrors(name));
        }
        if (isBoth) {
            errors.forbidden("spec.paramRef.name", "name and selector are mutually exclusive");
        }
        if (reference.has("selector")) {
            errors.selector("spec.paramRef.selector", reference.object("selector"));
        }
        if (isBoth) {
            errors.forbidden("spec.paramRef.selector", "name and selector are mutually exclusive");
        }
        if (name.isEmpty() && !reference.has("selector")) {
            errors.required("spec.paramRef", "one of name or selector must be specified");
        }
        if (reference.text("parameterNotFoundAction").isEmpty()) {
            errors.required("spec.paramRef.parameterNotFoundAction");
        } else {
            errors.oneOf(
                    "spec.paramRef.parameterNotFoundAction",
                    reference.text("parameterNotFoundAction"),
                    "Deny",
                    "Allow");
        }
    }
}
