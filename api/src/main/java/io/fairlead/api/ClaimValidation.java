package io.fairlead.api;

import java.util.List;

/// The rules for what a claim asks of a volume: in claims, in StatefulSets' templates, and in pods' own volumes.
final class ClaimValidation {
    private ClaimValidation() {}

    /// @param at the path of the claim's spec
    static void spec(String at, JsonObject spec, FieldErrors errors) {
        List<Json> modes = spec.list("accessModes");
        if (modes.isEmpty()) {
            errors.required(at + ".accessModes", "at least 1 access mode is required");
        }
        for (Json mode : modes) {
            errors.oneOf(
                    at + ".accessModes",
                    mode.text(),
                    "ReadOnlyMany",
                    "ReadWriteMany",
                    "ReadWriteOnce",
                    "ReadWriteOncePod");
        }
        if (!spec.has("resources", "requests", "storage")) {
            errors.required(at + ".resources[storage]");
        } else if (Quantity.of(spec.find("resources", "requests", "storage").orElseThrow()).sign()
                <= 0) {
            errors.invalid(
                    at + ".resources[storage]",
                    spec.text("resources", "requests", "storage"),
                    "must be greater than zero");
        }
        for (String name : List.of("storageClassName", "volumeAttributesClassName")) {
            String value = spec.text(name);
            if (!value.isEmpty()) {
                errors.invalid(at + "." + name, value, Names.dnsSubdomainErrors(value));
            }
        }
        if (spec.has("volumeMode")) {
            errors.oneOf(at + ".volumeMode", spec.text("volumeMode"), "Block", "Filesystem");
        }
    }
}
