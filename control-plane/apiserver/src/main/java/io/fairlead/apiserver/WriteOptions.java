package io.fairlead.apiserver;

import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;

/// What the query of a create, update or patch asks for, checked.
///
/// @param manager who owns the fields that are set
record WriteOptions(
        boolean isDryRun, String manager, FieldValidation validation, boolean isForced) {
    private static final int MANAGER_LENGTH_MAX = 128;

    /// What happens to fields that nobody knows.
    enum FieldValidation {
        IGNORE,
        WARN,
        STRICT
    }

    /// @param kind `CreateOptions`, `UpdateOptions` or `PatchOptions`
    static WriteOptions parse(Call call, String kind) {
        List<JsonObject> causes = new ArrayList<>();
        String manager = call.parameter("fieldManager");
        if (manager.length() > MANAGER_LENGTH_MAX) {
            causes.add(
                    Invalid.cause(
                            "fieldManager",
                            "FieldValueTooLong",
                            "Too long: may not be more than " + MANAGER_LENGTH_MAX + " bytes"));
        }
        List<String> dryRun = call.query().getOrDefault("dryRun", List.of());
        dryRunCauses(dryRun, causes);
        String validation = call.parameter("fieldValidation");
        FieldValidation chosen = FieldValidation.WARN;
        switch (validation) {
            case "", "Warn" -> {}
            case "Ignore" -> chosen = FieldValidation.IGNORE;
            case "Strict" -> chosen = FieldValidation.STRICT;
            default ->
                    causes.add(
                            Invalid.notSupported(
                                    "fieldValidation",
                                    validation,
                                    "\"\", \"Ignore\", \"Strict\", \"Warn\""));
        }
        if (!causes.isEmpty()) {
            throw Invalid.options(kind, causes);
        }
        return new WriteOptions(
                !dryRun.isEmpty(),
                manager.isEmpty() ? call.manager() : manager,
                chosen,
                call.flag("force"));
    }

    static void dryRunCauses(List<String> values, List<JsonObject> causes) {
        if (!values.isEmpty() && !values.equals(List.of("All"))) {
            causes.add(
                    Invalid.cause(
                            "dryRun",
                            "FieldValueNotSupported",
                            "Unsupported value: %s: supported values: \"All\""
                                    .formatted(JsonArray.ofStrings(values))));
        }
    }
}
