package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// What a pod says about where it may run: affinity, tolerations, spreading, gates. The rules of single fields are
/// [FieldRules]'.
final class PlacementValidation {
    private final FieldErrors errors;

    private PlacementValidation(FieldErrors errors) {
        this.errors = errors;
    }

    /// @param at the path of the pod's spec
    static void check(String at, JsonObject spec, FieldErrors errors) {
        PlacementValidation rules = new PlacementValidation(errors);
        rules.affinity(at + ".affinity", spec.object("affinity"));
        rules.tolerations(at + ".tolerations", spec.list("tolerations"));
        rules.spreading(at + ".topologySpreadConstraints", spec.list("topologySpreadConstraints"));
        rules.gates(at + ".schedulingGates", spec.list("schedulingGates"));
    }

    /// @param at the path of a node selector, as nodes' affinity and volumes have it
    static void nodeSelector(String at, Json selector, FieldErrors errors) {
        PlacementValidation rules = new PlacementValidation(errors);
        List<Json> terms = selector.list("nodeSelectorTerms");
        for (int i = 0; i < terms.size(); i++) {
            rules.nodeTerm(at + ".nodeSelectorTerms[" + i + "]", terms.get(i), true);
        }
    }

    private void affinity(String at, JsonObject affinity) {
        String required = "requiredDuringSchedulingIgnoredDuringExecution";
        String preferred = "preferredDuringSchedulingIgnoredDuringExecution";
        nodeSelector(
                at + ".nodeAffinity." + required,
                affinity.object("nodeAffinity", required),
                errors);
        List<Json> preferences = affinity.list("nodeAffinity", preferred);
        for (int i = 0; i < preferences.size(); i++) {
            nodeTerm(
                    "%s.nodeAffinity.%s[%d].preference".formatted(at, preferred, i),
                    preferences.get(i).object("preference"),
                    false);
        }
        for (String kind : List.of("podAffinity", "podAntiAffinity")) {
            List<Json> terms = affinity.list(kind, required);
            for (int i = 0; i < terms.size(); i++) {
                podTerm("%s.%s.%s[%d]".formatted(at, kind, required, i), terms.get(i));
            }
            List<Json> weighted = affinity.list(kind, preferred);
            for (int i = 0; i < weighted.size(); i++) {
                podTerm(
                        "%s.%s.%s[%d].podAffinityTerm".formatted(at, kind, preferred, i),
                        weighted.get(i).object("podAffinityTerm"));
            }
        }
    }

    private void podTerm(String at, Json term) {
        for (Json namespace : term.list("namespaces")) {
            errors.invalid(
                    at + ".namespace", namespace.text(), Names.dnsLabelErrors(namespace.text()));
        }
        for (String name : List.of("matchLabelKeys", "mismatchLabelKeys")) {
            List<Json> keys = term.list(name);
            if (!keys.isEmpty() && !term.has("labelSelector")) {
                errors.forbidden(
                        at + "." + name, "must not be specified when labelSelector is not set");
            }
            for (int i = 0; i < keys.size(); i++) {
                errors.invalid(
                        "%s.%s[%d]".formatted(at, name, i),
                        keys.get(i).text(),
                        Names.labelKeyErrors(keys.get(i).text()));
            }
        }
        List<Json> never = term.list("mismatchLabelKeys");
        List<Json> always = term.list("matchLabelKeys");
        for (int i = 0; i < always.size(); i++) {
            if (never.contains(always.get(i))) {
                errors.invalid(
                        at + ".matchLabelKeys[" + i + "]",
                        always.get(i),
                        "exists in both matchLabelKeys and mismatchLabelKeys");
            }
        }
    }

    /// @param strict whether values must be labels' values: preferences that never hold do no harm
    private void nodeTerm(String at, Json term, boolean strict) {
        List<Json> byLabel = term.list("matchExpressions");
        for (int i = 0; i < byLabel.size(); i++) {
            label(at + ".matchExpressions[" + i + "]", byLabel.get(i), strict);
        }
        List<Json> byField = term.list("matchFields");
        for (int i = 0; i < byField.size(); i++) {
            field(at + ".matchFields[" + i + "]", byField.get(i));
        }
    }

    private void label(String at, Json wanted, boolean strict) {
        List<Json> values = wanted.list("values");
        switch (wanted.text("operator")) {
            case "In", "NotIn" -> {
                if (values.isEmpty()) {
                    errors.required(
                            at + ".values", "must be specified when `operator` is 'In' or 'NotIn'");
                }
            }
            case "Exists", "DoesNotExist" -> {
                if (!values.isEmpty()) {
                    errors.forbidden(
                            at + ".values",
                            "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                }
            }
            case "Gt", "Lt" -> {
                if (values.size() != 1) {
                    errors.required(
                            at + ".values",
                            "must be specified single value when `operator` is 'Lt' or 'Gt'");
                }
            }
            default -> badOperator(at, wanted);
        }
        String key = wanted.text("key");
        errors.invalid(at + ".key", key, Names.labelKeyErrors(key));
        for (int i = 0; strict && i < values.size(); i++) {
            String value = values.get(i).text();
            errors.invalid(at + ".values[" + i + "]", value, Names.labelValueErrors(value));
        }
    }

    private void field(String at, Json wanted) {
        List<Json> values = wanted.list("values");
        switch (wanted.text("operator")) {
            case "In", "NotIn" -> {
                if (values.size() != 1) {
                    errors.required(
                            at + ".values",
                            "must be only one value when `operator` is 'In' or 'NotIn' for node"
                                    + " field selector");
                }
            }
            default -> badOperator(at, wanted);
        }
        if (!wanted.text("key").equals("metadata.name")) {
            errors.invalid(at + ".key", wanted.text("key"), "not a valid field selector key");
            return;
        }
        for (int i = 0; i < values.size(); i++) {
            String value = values.get(i).text();
            errors.invalid(at + ".values[" + i + "]", value, Names.dnsSubdomainErrors(value));
        }
    }

    private void badOperator(String at, Json wanted) {
        errors.invalid(at + ".operator", wanted.text("operator"), "not a valid selector operator");
    }

    private void tolerations(String at, List<Json> tolerations) {
        for (int i = 0; i < tolerations.size(); i++) {
            toleration(at + "[" + i + "]", tolerations.get(i));
        }
    }

    private void toleration(String at, Json toleration) {
        String key = toleration.text("key");
        String operator = toleration.text("operator");
        String value = toleration.text("value");
        String effect = toleration.text("effect");
        if (!key.isEmpty()) {
            errors.invalid(at + ".key", key, Names.labelKeyErrors(key));
        } else if (!operator.equals("Exists")) {
            errors.invalid(
                    at + ".operator",
                    operator,
                    "operator must be Exists when `key` is empty, which means \"match all values and"
                            + " all keys\"");
        }
        if (toleration.has("tolerationSeconds") && !effect.equals("NoExecute")) {
            errors.invalid(
                    at + ".effect",
                    effect,
                    "effect must be 'NoExecute' when `tolerationSeconds` is set");
        }
        switch (operator) {
            case "", "Equal" -> {
                List<String> wrong = Names.labelValueErrors(value);
                if (!wrong.isEmpty()) {
                    errors.invalid(at + ".operator", value, String.join(";", wrong));
                }
            }
            case "Exists" -> {
                if (!value.isEmpty()) {
                    errors.invalid(
                            at + ".operator",
                            value,
                            "value must be empty when `operator` is 'Exists'");
                }
            }
            default -> errors.oneOf(at + ".operator", operator, "Equal", "Exists");
        }
        if (!effect.isEmpty()) {
            errors.oneOf(at + ".effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        }
    }

    private void spreading(String at, List<Json> constraints) {
        for (int i = 0; i < constraints.size(); i++) {
            Json constraint = constraints.get(i);
            String here = at + "[" + i + "]";
            String action = constraint.text("whenUnsatisfiable");
            String pair = "{%s, %s}".formatted(constraint.text("topologyKey"), action);
            if (constraints.subList(i + 1, constraints.size()).stream()
                    .anyMatch(later ->
                            later.text("topologyKey").equals(constraint.text("topologyKey"))
                                    && later.text("whenUnsatisfiable").equals(action))) {
                errors.duplicate(here + ".{topologyKey, whenUnsatisfiable}", Json.of(pair));
            }
            if (constraint.has("minDomains") && !action.equals("DoNotSchedule")) {
                errors.invalid(
                        here + ".minDomains",
                        Json.of(constraint.number(0, "minDomains")),
                        "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not "
                                + action);
            }
            if (!constraint.list("matchLabelKeys").isEmpty() && !constraint.has("labelSelector")) {
                errors.forbidden(
                        here + ".matchLabelKeys",
                        "must not be specified when labelSelector is not set");
            }
        }
    }

    private void gates(String at, List<Json> gates) {
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < gates.size(); i++) {
            String name = gates.get(i).text("name");
            errors.invalid(at + "[" + i + "]", name, Names.labelKeyErrors(name));
            if (!seen.add(name)) {
                errors.duplicate(at + "[" + i + "]", Json.of(name));
            }
        }
    }
}
