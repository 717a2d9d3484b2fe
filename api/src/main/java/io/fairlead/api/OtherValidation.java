package io.fairlead.api;

import java.util.List;

/// The rules for kinds of several smaller groups.
final class OtherValidation {
    private OtherValidation() {}

    static void check(JsonObject object, String kind, FieldErrors errors) {
        switch (kind) {
            case "Role", "ClusterRole" -> role(object, kind, errors);
            case "RoleBinding" -> binding(object, errors, "Role", "ClusterRole");
            case "ClusterRoleBinding" -> binding(object, errors, "ClusterRole");
            case "Lease" -> lease(object.object("spec"), errors);
            case "PodDisruptionBudget" -> budget(object.object("spec"), errors);
            case "HorizontalPodAutoscaler" -> autoscaler(object.object("spec"), errors);
            case "StorageClass" -> {
                if (object.text("provisioner").isEmpty()) {
                    errors.required("provisioner");
                }
                errors.oneOf("reclaimPolicy", object.text("reclaimPolicy"), "Delete", "Retain");
            }
            case "PriorityClass" -> priorityClass(object, errors);
            default -> {}
        }
    }

    private static void role(JsonObject role, String kind, FieldErrors errors) {
        List<Json> rules = role.list("rules");
        for (int i = 0; i < rules.size(); i++) {
            Json rule = rules.get(i);
            String at = "rules[" + i + "]";
            if (rule.list("verbs").isEmpty()) {
                errors.required(at + ".verbs", "verbs must contain at least one value");
            }
            List<Json> urls = rule.list("nonResourceURLs");
            if (!urls.isEmpty()) {
                if (kind.equals("Role")) {
                    errors.invalid(
                            at + ".nonResourceURLs",
                            new JsonArray(urls),
                            "namespaced rules cannot apply to non-resource URLs");
                }
                if (!rule.list("resources").isEmpty() || !rule.list("apiGroups").isEmpty()) {
                    errors.invalid(
                            at + ".nonResourceURLs",
                            new JsonArray(urls),
                            "rules cannot apply to both regular resources and non-resource URLs");
                }
                continue;
            }
            if (rule.list("apiGroups").isEmpty()) {
                errors.required(
                        at + ".apiGroups", "resource rules must supply at least one api group");
            }
            if (rule.list("resources").isEmpty()) {
                errors.required(
                        at + ".resources", "resource rules must supply at least one resource");
            }
        }
    }

    private static void binding(JsonObject binding, FieldErrors errors, String... roles) {
        errors.oneOf("roleRef.kind", binding.text("roleRef", "kind"), roles);
        String role = binding.text("roleRef", "name");
        if (role.isEmpty()) {
            errors.required("roleRef.name");
        } else {
            errors.invalid("roleRef.name", role, Names.pathSegmentErrors(role));
        }
        List<Json> subjects = binding.list("subjects");
        for (int i = 0; i < subjects.size(); i++) {
            Json subject = subjects.get(i);
            String at = "subjects[" + i + "]";
            if (subject.text("name").isEmpty()) {
                errors.required(at + ".name");
            }
            String kind = subject.text("kind");
            errors.oneOf(at + ".kind", kind, "ServiceAccount", "User", "Group");
            String group = subject.text("apiGroup");
            if (kind.equals("User") || kind.equals("Group")) {
                errors.oneOf(at + ".apiGroup", group, "rbac.authorization.k8s.io");
            } else if (kind.equals("ServiceAccount") && !subject.text("name").isEmpty()) {
                String account = subject.text("name");
                errors.invalid(at + ".name", account, Names.dnsSubdomainErrors(account));
            }
            if (kind.equals("ServiceAccount")
                    && subject.text("namespace").isEmpty()
                    && binding.text("kind").equals("ClusterRoleBinding")) {
                errors.required(at + ".namespace");
            }
        }
    }

    private static void lease(JsonObject spec, FieldErrors errors) {
        if (spec.has("leaseDurationSeconds") && spec.number(0, "leaseDurationSeconds") <= 0) {
            errors.invalid(
                    "spec.leaseDurationSeconds",
                    Json.of(spec.number(0, "leaseDurationSeconds")),
                    "must be greater than 0");
        }
        errors.notNegative("spec", spec, "leaseTransitions");
    }

    private static void budget(JsonObject spec, FieldErrors errors) {
        if (spec.has("minAvailable") && spec.has("maxUnavailable")) {
            JsonObject shown =
                    JsonObject.builder()
                            .put("MinAvailable", member(spec, "minAvailable"))
                            .put("Selector", member(spec, "selector"))
                            .put("MaxUnavailable", member(spec, "maxUnavailable"))
                            .put(
                                    "UnhealthyPodEvictionPolicy",
                                    member(spec, "unhealthyPodEvictionPolicy"))
                            .build();
            errors.invalid("spec", shown, "minAvailable and maxUnavailable cannot be both set");
        }
        for (String name : List.of("minAvailable", "maxUnavailable")) {
            percentage("spec." + name, member(spec, name), errors);
        }
        if (spec.has("selector")) {
            errors.selector("spec.selector", spec.object("selector"));
        }
    }

    private static void percentage(String at, Json value, FieldErrors errors) {
        switch (value) {
            case JsonNumber number when number.value().longValue() < 0 ->
                    errors.invalid(at, number, "must be greater than or equal to 0");
            case JsonString text -> {
                String digits =
                        text.value().endsWith("%")
                                ? text.value().substring(0, text.value().length() - 1)
                                : "";
                boolean valid =
                        !digits.isEmpty() && digits.chars().allMatch(c -> c >= '0' && c <= '9');
                if (!valid) {
                    errors.invalid(
                            at,
                            text,
                            "a valid percent string must be a numeric string followed by an ending"
                                    + " '%' (e.g. '1%',  or '93%', regex used for validation is"
                                    + " '[0-9]+%')");
                }
            }
            default -> {}
        }
    }

    private static Json member(JsonObject object, String name) {
        Json member = object.get(name);
        return member == null ? JsonNull.NULL : member;
    }

    private static void autoscaler(JsonObject spec, FieldErrors errors) {
        if (spec.has("minReplicas") && spec.number(0, "minReplicas") < 1) {
            errors.invalid(
                    "spec.minReplicas",
                    Json.of(spec.number(0, "minReplicas")),
                    "must be greater than or equal to 1");
        }
        long most = spec.number(0, "maxReplicas");
        if (most < 1) {
            errors.invalid("spec.maxReplicas", Json.of(most), "must be greater than 0");
        }
        if (spec.has("minReplicas") && most < spec.number(0, "minReplicas")) {
            errors.invalid(
                    "spec.maxReplicas",
                    Json.of(most),
                    "must be greater than or equal to `minReplicas`");
        }
        for (String name : List.of("kind", "name")) {
            if (spec.text("scaleTargetRef", name).isEmpty()) {
                errors.required("spec.scaleTargetRef." + name);
            }
        }
        String version = spec.text("scaleTargetRef", "apiVersion");
        boolean core = spec.text("scaleTargetRef", "kind").equals("ReplicationController");
        if (version.isEmpty() && !core) {
            errors.invalid(
                    "spec.scaleTargetRef.apiVersion", "", "apiVersion must specify API group");
        }
    }

    private static void priorityClass(JsonObject object, FieldErrors errors) {
        String name = object.text("metadata", "name");
        boolean known =
                name.equals("system-node-critical") || name.equals("system-cluster-critical");
        if (name.startsWith("system-") && !known) {
            errors.forbidden(
                    "metadata.name",
                    "priority class names with 'system-' prefix are reserved for system use only."
                            + " error: "
                            + name
                            + " is not a known system priority class");
        } else if (!known && object.number(0, "value") > 1_000_000_000) {
            errors.forbidden(
                    "value", "maximum allowed value of a user defined priority is 1000000000");
        }
    }
}
