package io.fairlead.api;

import java.util.List;
import java.util.Set;

/// The rules for what containers ask for.
final class ResourceValidation {
    private static final Set<String> STANDARD = Set.of("cpu", "memory", "ephemeral-storage");

    private ResourceValidation() {}

    /// @param field the path of the requirements
    static void check(String field, JsonObject resources, FieldErrors errors) {
        JsonObject limits = resources.object("limits");
        JsonObject requests = resources.object("requests");
        for (String group : List.of("limits", "requests")) {
            JsonObject amounts = resources.object(group);
            for (String name : amounts.names()) {
                String here = field + "." + group + "[" + name + "]";
                errors.invalid(here, name, Names.labelKeyErrors(name));
                if (!name.contains("/") && !isStandard(name)) {
                    errors.invalid(here, name, "must be a standard resource for containers");
                }
                if (Quantity.of(amounts.get(name)).sign() < 0) {
                    errors.invalid(here, amounts.text(name), "must be greater than or equal to 0");
                }
            }
        }
        for (String name : requests.names()) {
            boolean limited = limits.contains(name);
            Quantity request = Quantity.of(requests.get(name));
            Quantity limit = Quantity.of(limits.get(name));
            if (!isOvercommitted(name)) {
                if (!limited) {
                    errors.required(
                            field + ".limits",
                            "Limit must be set for non overcommitable resources");
                } else if (request.compareTo(limit) != 0) {
                    errors.invalid(
                            field + ".requests",
                            request.toString(),
                            "must be equal to %s limit of %s".formatted(name, limit));
                }
            } else if (limited && request.compareTo(limit) > 0) {
                errors.invalid(
                        field + ".requests",
                        request.toString(),
                        "must be less than or equal to %s limit of %s".formatted(name, limit));
            }
        }
    }

    private static boolean isStandard(String name) {
        return STANDARD.contains(name) || name.startsWith("hugepages-");
    }

    /// Whether a node may promise more of it than it has.
    private static boolean isOvercommitted(String name) {
        return STANDARD.contains(name) || name.contains("kubernetes.io/");
    }
}
