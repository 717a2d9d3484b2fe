package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;

/// Says whether an OpenAPI schema is structural (KEP-1177): the type of every field is told once, outside of the logical parts, so that fields can be
/// pruned, defaulted and merged without validating anything.
final class StructuralSchema {
    private static final int DEPTH_MAX = 64;
    private static final List<String> LOGICAL = List.of("allOf", "anyOf", "oneOf");
    private static final List<String> NOT_IN_LOGIC =
            List.of(
                    "type",
                    "title",
                    "description",
                    "default",
                    "additionalProperties",
                    "nullable",
                    "x-kubernetes-preserve-unknown-fields",
                    "x-kubernetes-embedded-resource",
                    "x-kubernetes-int-or-string",
                    "x-kubernetes-list-type",
                    "x-kubernetes-list-map-keys",
                    "x-kubernetes-map-type",
                    "x-kubernetes-validations");

    private StructuralSchema() {}

    static void check(JsonObject schema, String at, FieldErrors errors) {
        if (schema.text("type").isEmpty()) {
            errors.required(at + ".type", "must not be empty at the root");
        } else if (!schema.text("type").equals("object")) {
            errors.invalid(at + ".type", schema.text("type"), "must be object at the root");
        }
        if (schema.flag("nullable")) {
            errors.forbidden(at + ".nullable", "nullable cannot be true at the root");
        }
        JsonObject metadata = schema.object("properties", "metadata", "properties");
        for (String name : metadata.names()) {
            if (!name.equals("name") && !name.equals("generateName")) {
                errors.forbidden(
                        at + ".properties[metadata]",
                        "must not specify anything other than name and generateName, but metadata"
                                + " is implicitly specified");
                break;
            }
        }
        fields(schema, at, 0, errors);
    }

    private static void fields(JsonObject schema, String at, int depth, FieldErrors errors) {
        if (depth > DEPTH_MAX) {
            errors.invalid(at, "", "the schema is nested deeper than " + DEPTH_MAX + " levels");
            return;
        }
        forbidden(schema, at, errors);
        extensions(schema, at, errors);
        bounds(schema, at, errors);
        members(schema, at, depth, errors);
        logic(schema, at, depth, errors);
        if (schema.contains("default") && depth > 0) {
            defaults(schema, at, errors);
        }
    }

    private static void members(JsonObject schema, String at, int depth, FieldErrors errors) {
        JsonObject properties = schema.object("properties");
        Json additional = schema.get("additionalProperties");
        if (!properties.isEmpty() && additional != null && !isFalse(additional)) {
            errors.forbidden(
                    at + ".additionalProperties",
                    "additionalProperties and properties are mutual exclusive");
        } else if (additional != null && isFalse(additional)) {
            errors.forbidden(
                    at + ".additionalProperties", "additionalProperties cannot be set to false");
        }
        for (String name : properties.names()) {
            String each = at + ".properties[" + name + "]";
            JsonObject property = properties.object(name);
            if (depth == 0 && name.equals("metadata")) {
                continue;
            }
            requireType(property, each, "must not be empty for specified object fields", errors);
            fields(property, each, depth + 1, errors);
        }
        if (additional instanceof JsonObject values) {
            String each = at + ".additionalProperties";
            requireType(values, each, "must not be empty for specified object fields", errors);
            fields(values, each, depth + 1, errors);
        }
        switch (schema.get("items")) {
            case JsonObject items -> {
                requireType(
                        items,
                        at + ".items",
                        "must not be empty for specified array items",
                        errors);
                fields(items, at + ".items", depth + 1, errors);
            }
            case JsonArray several ->
                    errors.forbidden(
                            at + ".items", "items must be a schema object and not an array");
            case null, default -> {
                if (schema.text("type").equals("array")) {
                    errors.required(at + ".items", "must be specified");
                }
            }
        }
    }

    private static boolean isFalse(Json value) {
        return value instanceof JsonBoolean flag && !flag.value();
    }

    private static void requireType(JsonObject schema, String at, String why, FieldErrors errors) {
        String type = schema.text("type");
        if (type.isEmpty()) {
            boolean isFree =
                    schema.flag("x-kubernetes-int-or-string")
                            || schema.flag("x-kubernetes-preserve-unknown-fields");
            if (!isFree) {
                errors.required(at + ".type", why);
            }
        } else {
            errors.oneOf(
                    at + ".type",
                    type,
                    "array",
                    "boolean",
                    "integer",
                    "number",
                    "object",
                    "string");
        }
    }

    private static void forbidden(JsonObject schema, String at, FieldErrors errors) {
        for (String name : List.of("definitions", "dependencies", "patternProperties")) {
            if (schema.contains(name)) {
                errors.forbidden(at + "." + name, name + " is not supported");
            }
        }
        if (schema.contains("$ref")) {
            errors.forbidden(at + ".$ref", "$ref is not supported");
        }
        if (schema.contains("additionalItems")) {
            errors.forbidden(at + ".additionalItems", "additionalItems is not supported");
        }
        if (schema.flag("uniqueItems")) {
            errors.forbidden(
                    at + ".uniqueItems",
                    "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        }
    }

    private static void bounds(JsonObject schema, String at, FieldErrors errors) {
        String pattern = schema.text("pattern");
        if (!pattern.isEmpty() && SchemaValidation.compiled(pattern).isEmpty()) {
            errors.invalid(at + ".pattern", pattern, "must be a valid regular expression");
        }
        for (String name :
                List.of(
                        "minLength",
                        "maxLength",
                        "minItems",
                        "maxItems",
                        "minProperties",
                        "maxProperties")) {
            if (schema.number(0, name) < 0) {
                errors.invalid(
                        at + "." + name,
                        Json.of(schema.number(0, name)),
                        "must be greater than or equal to 0");
            }
        }
    }

    private static void extensions(JsonObject schema, String at, FieldErrors errors) {
        boolean preserves = schema.flag("x-kubernetes-preserve-unknown-fields");
        if (schema.contains("x-kubernetes-preserve-unknown-fields") && !preserves) {
            errors.invalid(
                    at + ".x-kubernetes-preserve-unknown-fields",
                    Json.of(false),
                    "must be true or undefined");
        }
        if (schema.flag("x-kubernetes-int-or-string") && schema.contains("type")) {
            errors.forbidden(at + ".type", "must be empty if x-kubernetes-int-or-string is true");
        }
        if (schema.flag("x-kubernetes-embedded-resource")) {
            if (!schema.text("type").equals("object")) {
                errors.invalid(
                        at + ".type",
                        schema.text("type"),
                        "must be object if x-kubernetes-embedded-resource is true");
            }
            if (schema.object("properties").isEmpty() && !preserves) {
                errors.required(
                        at + ".properties",
                        "must not be empty if x-kubernetes-embedded-resource is true without"
                                + " x-kubernetes-preserve-unknown-fields");
            }
        }
        String mapType = schema.text("x-kubernetes-map-type");
        if (!mapType.isEmpty()) {
            errors.oneOf(at + ".x-kubernetes-map-type", mapType, "granular", "atomic");
        }
        list(schema, at, errors);
    }

    private static void list(JsonObject schema, String at, FieldErrors errors) {
        String listType = schema.text("x-kubernetes-list-type");
        List<Json> keys = schema.list("x-kubernetes-list-map-keys");
        JsonObject items = schema.object("items");
        if (!listType.isEmpty()) {
            errors.oneOf(at + ".x-kubernetes-list-type", listType, "atomic", "set", "map");
            if (!schema.text("type").equals("array")) {
                errors.invalid(
                        at + ".type",
                        schema.text("type"),
                        "must be array if x-kubernetes-list-type is specified");
            }
        }
        if (!keys.isEmpty() && !listType.equals("map")) {
            if (listType.isEmpty()) {
                errors.required(
                        at + ".x-kubernetes-list-type",
                        "must be map if x-kubernetes-list-map-keys is non-empty");
            } else {
                errors.invalid(
                        at + ".x-kubernetes-list-type",
                        listType,
                        "must be map if x-kubernetes-list-map-keys is non-empty");
            }
        }
        if (listType.equals("map")) {
            mapKeys(keys, items, at, errors);
        } else if (listType.equals("set")) {
            boolean isGranular =
                    (items.text("type").equals("array")
                                    && !items.text("x-kubernetes-list-type").equals("atomic"))
                            || (items.text("type").equals("object")
                                    && !items.text("x-kubernetes-map-type").equals("atomic"));
            if (isGranular) {
                boolean isArray = items.text("type").equals("array");
                errors.invalid(
                        at
                                + ".items."
                                + (isArray ? "x-kubernetes-list-type" : "x-kubernetes-map-type"),
                        isArray
                                ? items.text("x-kubernetes-list-type")
                                : items.text("x-kubernetes-map-type"),
                        "must be atomic as item of a list with x-kubernetes-list-type=set");
            }
            if (items.flag("nullable")) {
                errors.forbidden(
                        at + ".items.nullable",
                        "cannot be nullable when x-kubernetes-list-type is set");
            }
        }
    }

    private static void mapKeys(List<Json> keys, JsonObject items, String at, FieldErrors errors) {
        if (keys.isEmpty()) {
            errors.required(
                    at + ".x-kubernetes-list-map-keys",
                    "must not be empty if x-kubernetes-list-type is map");
        }
        if (!items.text("type").equals("object")) {
            errors.invalid(
                    at + ".items.type",
                    items.text("type"),
                    "must be object if parent array's x-kubernetes-list-type is map");
        }
        if (items.flag("nullable")) {
            errors.forbidden(
                    at + ".items.nullable",
                    "cannot be nullable when x-kubernetes-list-type is map");
        }
        JsonObject properties = items.object("properties");
        for (int i = 0; i < keys.size(); i++) {
            String key = keys.get(i).text();
            JsonObject property = properties.object(key);
            if (!properties.contains(key)) {
                errors.invalid(
                        at + ".x-kubernetes-list-map-keys",
                        new JsonArray(keys),
                        "entries must all be names of item properties");
                return;
            }
            String type = property.text("type");
            if (type.equals("array") || type.equals("object")) {
                errors.invalid(
                        at + ".items.properties[" + key + "].type",
                        type,
                        "must be a scalar type if parent array's x-kubernetes-list-type is map");
            }
            boolean isAlwaysThere =
                    items.list("required").contains(Json.of(key)) || property.contains("default");
            if (!isAlwaysThere) {
                errors.required(
                        at + ".items.properties[" + key + "].default",
                        "this property is in x-kubernetes-list-map-keys, so it must have a default or"
                                + " be a required property");
            }
            if (keys.indexOf(keys.get(i)) < i) {
                errors.duplicate(at + ".x-kubernetes-list-map-keys[" + i + "]", Json.of(key));
            }
        }
    }

    private static void logic(JsonObject schema, String at, int depth, FieldErrors errors) {
        for (String name : LOGICAL) {
            List<Json> parts = schema.list(name);
            for (int i = 0; i < parts.size(); i++) {
                boolean isIntOrString =
                        schema.flag("x-kubernetes-int-or-string") && !name.equals("oneOf");
                if (!isIntOrString && parts.get(i) instanceof JsonObject part) {
                    inLogic(part, schema, at + "." + name + "[" + i + "]", depth + 1, errors);
                }
            }
        }
        if (schema.get("not") instanceof JsonObject not) {
            inLogic(not, schema, at + ".not", depth + 1, errors);
        }
    }

    /// A logical part may only narrow what the structure around it has told.
    private static void inLogic(
            JsonObject part, JsonObject around, String at, int depth, FieldErrors errors) {
        if (depth > DEPTH_MAX) {
            errors.invalid(at, "", "the schema is nested deeper than " + DEPTH_MAX + " levels");
            return;
        }
        for (String name : NOT_IN_LOGIC) {
            if (part.contains(name)
                    && !(part.get(name) instanceof JsonBoolean flag && !flag.value())) {
                errors.forbidden(at + "." + name, "must be empty to be structural");
            }
        }
        bounds(part, at, errors);
        JsonObject properties = part.object("properties");
        JsonObject told = around.object("properties");
        for (String name : properties.names()) {
            String each = at + ".properties[" + name + "]";
            boolean isKnown = told.contains(name) || around.get("additionalProperties") != null;
            if (!isKnown && !around.flag("x-kubernetes-preserve-unknown-fields")) {
                errors.required(
                        each.replaceFirst("\\.(allOf|anyOf|oneOf)\\[\\d+]|\\.not", ""),
                        "because it is defined in " + each);
            }
            inLogic(properties.object(name), told.object(name), each, depth + 1, errors);
        }
        if (part.get("items") instanceof JsonObject items) {
            inLogic(items, around.object("items"), at + ".items", depth + 1, errors);
        }
        for (String name : LOGICAL) {
            List<Json> parts = part.list(name);
            for (int i = 0; i < parts.size(); i++) {
                if (parts.get(i) instanceof JsonObject inner) {
                    inLogic(inner, around, at + "." + name + "[" + i + "]", depth + 1, errors);
                }
            }
        }
        if (part.get("not") instanceof JsonObject not) {
            inLogic(not, around, at + ".not", depth + 1, errors);
        }
    }

    /// A default must itself be a valid value, with nothing that would be pruned.
    private static void defaults(JsonObject schema, String at, FieldErrors errors) {
        Json value = schema.get("default");
        if (value == null || value instanceof JsonNull) {
            return;
        }
        JsonObject wrapper =
                JsonObject.of(
                        "type",
                        Json.of("object"),
                        "properties",
                        JsonObject.of("default", schema.without("default")));
        JsonObject holder = JsonObject.of("default", value);
        CustomSchema custom = new CustomSchema(wrapper);
        List<String> unknown = new ArrayList<>();
        JsonObject pruned = custom.pruned(holder, unknown);
        if (!unknown.isEmpty()) {
            errors.invalid(at + ".default", value, "must not have unknown fields");
            return;
        }
        JsonObject filled = custom.withDefaults(pruned);
        for (FieldError error : new SchemaValidation(wrapper).check(null, filled)) {
            String field =
                    error.field().startsWith("default")
                            ? at + "." + error.field()
                            : at + ".default";
            errors.add(new FieldError(field, error.reason(), error.message()));
        }
    }
}
