package io.fairlead.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Says what is wrong with custom resources: by their metadata, by the types and bounds of the schema, by lists that hold an item twice, by objects
/// embedded in them, and last by the schema's expressions, which may trust all the rest.
final class CustomValidation {
    private static final Set<String> BLOCKING =
            Set.of(
                    "FieldValueRequired",
                    "FieldValueTooLong",
                    "FieldValueTooMany",
                    "FieldValueTypeInvalid");

    private CustomValidation() {}

    /// @param before empty when the object is new
    static List<FieldError> check(
            Optional<JsonObject> before, JsonObject after, ApiResource resource) {
        CustomVersion version = resource.custom().orElseThrow();
        FieldErrors metadata = new FieldErrors();
        MetadataValidation.check(after, resource.type(), metadata);
        before.ifPresent(old -> MetadataValidation.checkUpdate(old, after, metadata));
        List<FieldError> errors = new ArrayList<>(metadata.all());
        JsonObject schema = version.schema().schema();
        errors.addAll(new SchemaValidation(schema).check(before.orElse(null), after));
        version.scale().ifPresent(scale -> scale(scale, after, errors));
        FieldErrors inside = new FieldErrors();
        inside(after, schema, "", inside);
        errors.addAll(inside.all());
        if (version.rules().isEmpty()) {
            return errors;
        }
        if (errors.stream().anyMatch(error -> BLOCKING.contains(error.reason()))) {
            errors.add(
                    new FieldError(
                            "<nil>",
                            "FieldValueInvalid",
                            "Invalid value: \"null\": some validation rules were not checked because"
                                    + " the object was invalid; correct the existing errors to"
                                    + " complete validation"));
        } else {
            errors.addAll(version.rules().check(before, after));
        }
        return errors;
    }

    private static void scale(JsonObject scale, JsonObject object, List<FieldError> errors) {
        for (String field : List.of("specReplicasPath", "statusReplicasPath")) {
            List<String> path = JsonPath.parse(scale.text(field)).names();
            long replicas = object.number(0, path.toArray(String[]::new));
            if (replicas < 0 || replicas > Integer.MAX_VALUE) {
                errors.add(
                        new FieldError(
                                scale.text(field),
                                "FieldValueInvalid",
                                "Invalid value: %d: %s"
                                        .formatted(
                                                replicas,
                                                replicas < 0
                                                        ? "should be a non-negative integer"
                                                        : "should be less than or equal to 2147483647")));
            }
        }
    }

    private static void inside(Json value, JsonObject schema, String path, FieldErrors errors) {
        switch (value) {
            case JsonArray array -> {
                duplicates(array, schema, path, errors);
                JsonObject items = schema.object("items");
                for (int i = 0; i < array.size(); i++) {
                    inside(array.items().get(i), items, path + "[" + i + "]", errors);
                }
            }
            case JsonObject object -> {
                if (schema.flag("x-kubernetes-embedded-resource")) {
                    embedded(object, path, errors);
                }
                JsonObject properties = schema.object("properties");
                Json additional = schema.get("additionalProperties");
                object.forEach((name, member) -> {
                    if (properties.get(name) instanceof JsonObject known) {
                        inside(member, known, path.isEmpty() ? name : path + "." + name, errors);
                    } else if (additional instanceof JsonObject known) {
                        inside(member, known, path + "[" + name + "]", errors);
                    }
                });
            }
            default -> {}
        }
    }

    private static void duplicates(
            JsonArray array, JsonObject schema, String path, FieldErrors errors) {
        List<Json> keys = schema.list("x-kubernetes-list-map-keys");
        String type = schema.text("x-kubernetes-list-type");
        if (!type.equals("set") && !type.equals("map")) {
            return;
        }
        Set<Json> seen = new HashSet<>();
        for (int i = 0; i < array.size(); i++) {
            Json item = array.items().get(i);
            Json key = item;
            if (type.equals("map")) {
                JsonObject.Builder named = JsonObject.builder();
                for (Json name : keys) {
                    item.find(name.text()).ifPresent(part -> named.put(name.text(), part));
                }
                key = named.build();
            }
            if (!seen.add(key)) {
                errors.duplicate(path + "[" + i + "]", key);
            }
        }
    }

    private static void embedded(JsonObject object, String path, FieldErrors errors) {
        if (object.text("apiVersion").isEmpty()) {
            errors.required(path + ".apiVersion", "must not be empty");
        }
        if (object.text("kind").isEmpty()) {
            errors.required(path + ".kind", "must not be empty");
        } else {
            String kind = object.text("kind");
            errors.invalid(
                    path + ".kind",
                    kind,
                    Names.dns1035LabelErrors(kind.toLowerCase(Locale.ROOT)).stream()
                            .map(why -> "may have mixed case, but should otherwise match: " + why)
                            .toList());
        }
        for (String field : List.of("labels", "annotations")) {
            object.texts("metadata", field)
                    .forEach((name, value) -> {
                        String at = path + ".metadata." + field;
                        errors.invalid(
                                at, name, Names.labelKeyErrors(name.toLowerCase(Locale.ROOT)));
                        if (field.equals("labels")) {
                            errors.invalid(at, value, Names.labelValueErrors(value));
                        }
                    });
        }
    }
}
