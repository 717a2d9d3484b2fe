package io.fairlead.api;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;

/// What a pod says about where it may run: affinity, tolerations, spreading, gates. The rules of single fields are
/// [FieldRules]'.
final class PlacementValidation {
    private static final Map<String, Count> OF_LABELS =
            Map.of(
                    "In", Count.SOME,
                    "NotIn", Count.SOME,
                    "Exists", Count.NONE,
                    "DoesNotExist", Count.NONE,
                    "Gt", Count.ONE,
                    "Lt", Count.ONE);
    private static final Map<String, Count> OF_FIELDS =
            Map.of("In", Count.ONE_NAME, "NotIn", Count.ONE_NAME);

    private final FieldErrors errors;

    private PlacementValidation(FieldErrors errors) {
        this.errors = errors;
    }

    /// How many values a requirement on nodes has by its operator, and what is said when it has others.
    private enum Count {
        SOME("must be specified when `operator` is 'In' or 'NotIn'"),
        NONE("may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        ONE("must be specified single value when `operator` is 'Lt' or 'Gt'"),
        ONE_NAME(
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");

        private final String rule;

        Count(String rule) {
            this.rule = rule;
        }

        boolean allows(int values) {
            return switch (this) {
                case SOME -> values > 0;
                case NONE -> values == 0;
                case ONE, ONE_NAME -> values == 1;
            };
        }
    }

    /// @param at the path of the pod's spec
    static void check(String at, JsonObject spec, FieldErrors errors) {
        PlacementValidation rules = new PlacementValidation(errors);
        rules.affinity(at + ".affinity", spec.object("affinity"));
        each(at + ".tolerations", spec.list("tolerations"), rules::toleration);
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
        each(
                at + ".matchExpressions",
                term.list("matchExpressions"),
                (here, wanted) -> {
                    operator(here, wanted, OF_LABELS);
                    errors.invalid(
                            here + ".key",
                            wanted.text("key"),
                            Names.labelKeyErrors(wanted.text("key")));
                    if (strict) {
                        values(here, wanted, Names::labelValueErrors);
                    }
                });
        each(
                at + ".matchFields",
                term.list("matchFields"),
                (here, wanted) -> {
                    operator(here, wanted, OF_FIELDS);
                    if (wanted.text("key").equals("metadata.name")) {
                        values(here, wanted, Names::dnsSubdomainErrors);
                    } else {
                        errors.invalid(
                                here + ".key",
                                wanted.text("key"),
                                "not a valid field selector key");
                    }
                });
    }

    private void operator(String at, Json wanted, Map<String, Count> known) {
        Count count = known.get(wanted.text("operator"));
        if (count == null) {
            errors.invalid(
                    at + ".operator", wanted.text("operator"), "not a valid selector operator");
        } else if (!count.allows(wanted.list("values").size())) {
            if (count == Count.NONE) {
                errors.forbidden(at + ".values", count.rule);
            } else {
                errors.required(at + ".values", count.rule);
            }
        }
    }

    private void values(String at, Json wanted, Function<String, List<String>> faults) {
        each(
                at + ".values",
                wanted.list("values"),
                (here, value) -> errors.invalid(here, value.text(), faults.apply(value.text())));
    }

    private static void each(String at, List<Json> items, BiConsumer<String, Json> rule) {
        for (int i = 0; i < items.size(); i++) {
            rule.accept(at + "[" + i + "]", items.get(i));
        }
    }

    /// A toleration names what it tolerates (a key, or everything), how it compares (by a value, or not at all), and for how long.
    private void toleration(String at, Json toleration) {
        boolean isOfAll = toleration.text("key").isEmpty();
        boolean isLimited = toleration.has("tolerationSeconds");
        String effect = toleration.text("effect");
        errors.invalid(
                at + ".key",
                toleration.text("key"),
                isOfAll ? List.of() : Names.labelKeyErrors(toleration.text("key")));
        errors.invalid(
                at + ".operator",
                toleration.text("operator"),
                isOfAll && !toleration.text("operator").equals("Exists")
                        ? List.of(
                                "operator must be Exists when `key` is empty, which means \"match all"
                                        + " values and all keys\"")
                        : List.of());
        errors.invalid(
                at + ".effect",
                effect,
                isLimited && !effect.equals("NoExecute")
                        ? List.of("effect must be 'NoExecute' when `tolerationSeconds` is set")
                        : List.of());
        comparison(at + ".operator", toleration.text("operator"), toleration.text("value"));
        if (!effect.isEmpty()) {
            errors.oneOf(at + ".effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        }
    }

    private void comparison(String at, String operator, String value) {
        if (operator.equals("Exists")) {
            errors.invalid(
                    at,
                    value,
                    value.isEmpty()
                            ? List.of()
                            : List.of("value must be empty when `operator` is 'Exists'"));
        } else if (operator.isEmpty() || operator.equals("Equal")) {
            List<String> faults = Names.labelValueErrors(value);
            errors.invalid(
                    at, value, faults.isEmpty() ? faults : List.of(String.join(";", faults)));
        } else {
            errors.notSupported(at, operator, "Equal", "Exists");
        }
    }

    /// No two constraints are about the same place and answer alike.
    private void spreading(String at, List<Json> constraints) {
        List<String> pairs =
                constraints.stream()
                        .map(constraint ->
                                "{%s, %s}"
                                        .formatted(
                                                constraint.text("topologyKey"),
                                                constraint.text("whenUnsatisfiable")))
                        .toList();
        for (int i = 0; i < constraints.size(); i++) {
            String here = at + "[" + i + "]";
            if (pairs.lastIndexOf(pairs.get(i)) > i) {
                errors.duplicate(here + ".{topologyKey, whenUnsatisfiable}", Json.of(pairs.get(i)));
            }
            constraint(here, constraints.get(i));
        }
    }

    private void constraint(String at, Json constraint) {
        String action = constraint.text("whenUnsatisfiable");
        if (constraint.has("minDomains") && !action.equals("DoNotSchedule")) {
            errors.invalid(
                    at + ".minDomains",
                    Json.of(constraint.number(0, "minDomains")),
                    "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not " + action);
        }
        if (!constraint.list("matchLabelKeys").isEmpty() && !constraint.has("labelSelector")) {
            errors.forbidden(
                    at + ".matchLabelKeys", "must not be specified when labelSelector is not set");
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
