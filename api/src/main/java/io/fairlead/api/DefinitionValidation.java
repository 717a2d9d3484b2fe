package io.fairlead.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Says what is wrong with a CustomResourceDefinition: its names, its versions, and the schema of each ([StructuralSchema]).
final class DefinitionValidation {
    private static final List<String> COLUMN_TYPES =
            List.of("integer", "number", "string", "boolean", "date");
    private static final List<String> COLUMN_FORMATS =
            List.of("int32", "int64", "float", "double", "byte", "date", "date-time", "password");

    private DefinitionValidation() {}

    static void check(JsonObject definition, FieldErrors errors) {
        JsonObject spec = definition.object("spec");
        String name = definition.text("metadata", "name");
        String wanted = spec.text("names", "plural") + "." + spec.text("group");
        if (!name.isEmpty() && !name.equals(wanted)) {
            errors.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
        }
        group(definition, spec.text("group"), errors);
        errors.oneOf("spec.scope", spec.text("scope"), "Cluster", "Namespaced");
        versions(definition, spec, errors);
        names(spec.object("names"), errors);
        conversion(spec.object("conversion"), errors);
    }

    static void checkUpdate(JsonObject before, JsonObject after, FieldErrors errors) {
        boolean isEstablished =
                before.list("status", "conditions").stream()
                        .anyMatch(condition ->
                                condition.text("type").equals("Established")
                                        && condition.text("status").equals("True"));
        if (!isEstablished) {
            return;
        }
        for (String[] path :
                new String[][] {
                    {"spec", "group"},
                    {"spec", "scope"},
                    {"spec", "names", "kind"},
                    {"spec", "names", "plural"}
                }) {
            if (!before.text(path).equals(after.text(path))) {
                errors.invalid(String.join(".", path), after.text(path), "field is immutable");
            }
        }
    }

    private static void group(JsonObject definition, String group, FieldErrors errors) {
        if (group.isEmpty()) {
            errors.required("spec.group");
        } else {
            errors.invalid("spec.group", group, Names.dnsSubdomainErrors(group));
            if (!group.contains(".")) {
                errors.invalid("spec.group", group, "should be a domain with at least one dot");
            }
        }
        boolean isProtected = group.endsWith(".k8s.io") || group.endsWith(".kubernetes.io");
        String approved = "api-approved.kubernetes.io";
        String approval = definition.text("metadata", "annotations", approved);
        if (isProtected && approval.isEmpty()) {
            errors.required(
                    "metadata.annotations[" + approved + "]",
                    "protected groups must have approval annotation \""
                            + approved
                            + "\", see"
                            + " https://github.com/kubernetes/enhancements/pull/1111");
        }
    }

    private static void versions(JsonObject definition, JsonObject spec, FieldErrors errors) {
        List<Json> versions = spec.list("versions");
        Set<String> seen = new HashSet<>();
        List<String> storage = new ArrayList<>();
        boolean isShared = versions.size() == 1 || haveOneSchema(versions);
        for (int i = 0; i < versions.size(); i++) {
            Json version = versions.get(i);
            String at = "spec.versions[" + i + "]";
            String name = version.text("name");
            errors.invalid(at + ".name", name, Names.dns1035LabelErrors(name));
            if (!seen.add(name)) {
                errors.invalid(
                        "spec.versions", shown(versions), "must contain unique version names");
            }
            if (version.flag("storage")) {
                storage.add(name);
            }
            if (!version.has("schema", "openAPIV3Schema")) {
                errors.required(at + ".schema.openAPIV3Schema", "schemas are required");
                continue;
            }
            if (isShared && i > 0) {
                continue;
            }
            // What all versions share, Kubernetes judges as part of the whole.
            String schemaAt = isShared ? "spec.validation" : at + ".schema";
            String restAt = isShared ? "spec" : at;
            StructuralSchema.check(
                    version.object("schema", "openAPIV3Schema"),
                    schemaAt + ".openAPIV3Schema",
                    errors);
            subresources(version.object("subresources"), restAt + ".subresources", errors);
            columns(
                    version.list("additionalPrinterColumns"),
                    restAt + ".additionalPrinterColumns",
                    errors);
            selectable(version, restAt + ".selectableFields", errors);
            if (!version.flag("deprecated") && version.has("deprecationWarning")) {
                errors.invalid(
                        at + ".deprecationWarning",
                        version.text("deprecationWarning"),
                        "can only be set for deprecated versions");
            }
        }
        if (storage.size() != 1) {
            errors.invalid(
                    "spec.versions",
                    shown(versions),
                    "must have exactly one version marked as storage version");
        }
        stored(definition, storage, seen, errors);
    }

    private static void stored(
            JsonObject definition, List<String> storage, Set<String> names, FieldErrors errors) {
        List<Json> stored = definition.list("status", "storedVersions");
        String at = "status.storedVersions";
        if (stored.isEmpty()) {
            errors.invalid(at, JsonArray.EMPTY, "must have at least one stored version");
            return;
        }
        if (storage.size() == 1 && !stored.contains(Json.of(storage.getFirst()))) {
            errors.invalid(
                    at,
                    new JsonArray(stored),
                    "must have the storage version " + storage.getFirst());
        }
        for (int i = 0; i < stored.size(); i++) {
            String version = stored.get(i).text();
            if (!names.contains(version)) {
                errors.invalid(
                        at + "[" + i + "]",
                        version,
                        "missing from spec.versions; %s was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in %s and removes %s from status.storedVersions"
                                .formatted(version, version, version));
            }
        }
    }

    private static boolean haveOneSchema(List<Json> versions) {
        return versions.stream().map(version -> version.object("schema")).distinct().count() == 1;
    }

    private static Json shown(List<Json> versions) {
        return new JsonArray(versions);
    }

    private static void names(JsonObject names, FieldErrors errors) {
        for (String field : List.of("plural", "singular", "kind", "listKind")) {
            String value = names.text(field);
            String at = "spec.names." + field;
            if (value.isEmpty()) {
                errors.required(at);
                continue;
            }
            boolean isKind = field.endsWith("ind");
            List<String> problems =
                    Names.dns1035LabelErrors(isKind ? value.toLowerCase(Locale.ROOT) : value);
            errors.invalid(
                    at,
                    value,
                    isKind
                            ? problems.stream()
                                    .map(why ->
                                            "may have mixed case, but should otherwise match: "
                                                    + why)
                                    .toList()
                            : problems);
        }
        if (!names.text("kind").isEmpty() && names.text("kind").equals(names.text("listKind"))) {
            errors.invalid(
                    "spec.names.listKind",
                    names.text("listKind"),
                    "kind and listKind may not be the same");
        }
        for (String field : List.of("shortNames", "categories")) {
            List<Json> words = names.list(field);
            for (int i = 0; i < words.size(); i++) {
                errors.invalid(
                        "spec.names.%s[%d]".formatted(field, i),
                        words.get(i).text(),
                        Names.dns1035LabelErrors(words.get(i).text()));
            }
        }
    }

    private static void conversion(JsonObject conversion, FieldErrors errors) {
        String at = "spec.conversion";
        String strategy = conversion.text("strategy");
        if (strategy.isEmpty()) {
            return;
        }
        errors.oneOf(at + ".strategy", strategy, "None", "Webhook");
        JsonObject webhook = conversion.object("webhook");
        if (!strategy.equals("Webhook")) {
            if (conversion.has("webhook")) {
                errors.forbidden(
                        at + ".webhookClientConfig",
                        "should not be set when strategy is not set to Webhook");
            }
            return;
        }
        if (!webhook.has("clientConfig")) {
            errors.required(
                    at + ".webhookClientConfig", "required when strategy is set to Webhook");
        } else {
            ClientConfigValidation.check(
                    webhook.object("clientConfig"), at + ".webhookClientConfig", errors);
        }
        List<Json> versions = webhook.list("conversionReviewVersions");
        if (versions.isEmpty()) {
            errors.required(at + ".conversionReviewVersions");
        } else if (!versions.contains(Json.of("v1")) && !versions.contains(Json.of("v1beta1"))) {
            errors.invalid(
                    at + ".conversionReviewVersions",
                    new JsonArray(versions),
                    "must include at least one of v1, v1beta1");
        }
    }

    private static void subresources(JsonObject subresources, String at, FieldErrors errors) {
        if (!subresources.has("scale")) {
            return;
        }
        JsonObject scale = subresources.object("scale");
        path(scale, "specReplicasPath", ".spec.", at, errors);
        path(scale, "statusReplicasPath", ".status.", at, errors);
        String selector = scale.text("labelSelectorPath");
        if (!selector.isEmpty()
                && !selector.startsWith(".spec.")
                && !selector.startsWith(".status.")) {
            errors.invalid(
                    at + ".scale.labelSelectorPath",
                    selector,
                    "should be a json path under either .spec or .status");
        }
    }

    private static void path(
            JsonObject scale, String field, String under, String at, FieldErrors errors) {
        String path = scale.text(field);
        if (path.isEmpty()) {
            errors.required(at + ".scale." + field);
        } else if (!path.startsWith(under) || !isPlainPath(path)) {
            errors.invalid(
                    at + ".scale." + field,
                    path,
                    "should be a json path under " + under.substring(0, under.length() - 1));
        }
    }

    private static boolean isPlainPath(String path) {
        try {
            return !JsonPath.parse(path).names().isEmpty();
        } catch (JsonSyntaxException e) {
            return false;
        }
    }

    private static void columns(List<Json> columns, String at, FieldErrors errors) {
        for (int i = 0; i < columns.size(); i++) {
            Json column = columns.get(i);
            String each = at + "[" + i + "]";
            if (column.text("name").isEmpty()) {
                errors.required(each + ".name");
            }
            if (column.text("type").isEmpty()) {
                errors.required(
                        each + ".type",
                        "must be one of "
                                + String.join(",", COLUMN_TYPES.stream().sorted().toList()));
            } else if (!COLUMN_TYPES.contains(column.text("type"))) {
                errors.invalid(
                        each + ".type",
                        column.text("type"),
                        "must be one of "
                                + String.join(",", COLUMN_TYPES.stream().sorted().toList()));
            }
            if (!column.text("format").isEmpty()
                    && !COLUMN_FORMATS.contains(column.text("format"))) {
                errors.invalid(
                        each + ".format",
                        column.text("format"),
                        "must be one of "
                                + String.join(",", COLUMN_FORMATS.stream().sorted().toList()));
            }
            if (column.text("jsonPath").isEmpty()) {
                errors.required(each + ".jsonPath");
                continue;
            }
            try {
                JsonPath.parse(column.text("jsonPath"));
            } catch (JsonSyntaxException e) {
                errors.invalid(
                        each + ".jsonPath",
                        column.text("jsonPath"),
                        String.valueOf(e.getMessage()));
            }
        }
    }

    private static void selectable(Json version, String at, FieldErrors errors) {
        List<Json> fields = version.list("selectableFields");
        if (fields.size() > 8) {
            errors.tooMany(at, fields.size(), 8);
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < fields.size(); i++) {
            String path = fields.get(i).text("jsonPath");
            String each = at + "[" + i + "].jsonPath";
            if (path.isEmpty()) {
                errors.required(each);
            } else if (!isPlainPath(path)) {
                errors.invalid(each, path, "must be a simple json path");
            } else if (path.startsWith(".metadata.")) {
                errors.invalid(each, path, "must not point to fields in metadata");
            } else if (!List.of("string", "boolean", "integer").contains(typeAt(version, path))) {
                errors.invalid(
                        each,
                        path,
                        "must point to a field of type string, boolean or integer. Enum string fields"
                                + " and strings with formats are allowed.");
            }
            if (!seen.add(path)) {
                errors.duplicate(at + "[" + i + "].jsonPath", Json.of(path));
            }
        }
    }

    private static String typeAt(Json version, String path) {
        JsonObject at = version.object("schema", "openAPIV3Schema");
        for (String name : JsonPath.parse(path).names()) {
            at = at.object("properties").object(name);
        }
        return at.text("type");
    }
}
