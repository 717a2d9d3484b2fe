package io.fairlead.api;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Judges custom resources by the OpenAPI schema of their version, in the words of Kubernetes. Safe for use by many threads.
///
/// What an update leaves as it was is not judged again (KEP-4008), so that a schema may become stricter while objects exist.
final class SchemaValidation {
    private final JsonObject schema;
    private final Map<String, Optional<Pattern>> patterns = new ConcurrentHashMap<>();

    SchemaValidation(JsonObject schema) {
        this.schema = schema;
    }

    /// @param before what was there; null when the value is new
    List<FieldError> check(@Nullable Json before, Json value) {
        List<FieldError> errors = new ArrayList<>();
        check(value, before, schema, "", errors);
        return errors;
    }

    private void check(
            Json value,
            @Nullable Json before,
            JsonObject schema,
            String path,
            List<FieldError> errors) {
        if (before != null && before.equals(value)) {
            return;
        }
        checkType(value, schema, path, errors);
        checkLogic(value, before, schema, path, errors);
        switch (value) {
            case JsonString text -> {
                checkText(text.value(), schema, path, errors);
                if (!StringFormats.fits(schema.text("format"), text.value())) {
                    errors.add(
                            typeInvalid(
                                    path,
                                    JsonWriter.text(value),
                                    schema.text("format"),
                                    text.value()));
                }
            }
            case JsonNumber number -> checkNumber(number, schema, path, errors);
            case JsonArray array -> checkItems(array, before, schema, path, errors);
            default -> {}
        }
        checkEnum(value, schema, path, errors);
        if (value instanceof JsonObject object) {
            checkMembers(object, before, schema, path, errors);
        }
    }

    private static void checkType(
            Json value, JsonObject schema, String path, List<FieldError> errors) {
        if (value instanceof JsonNull) {
            if (!schema.flag("nullable") && schema.contains("type")) {
                errors.add(typeInvalid(path, "\"null\"", schema.text("type"), "null"));
            }
            return;
        }
        String found = typeOf(value);
        if (schema.flag("x-kubernetes-int-or-string")) {
            if (!found.equals("integer") && !found.equals("string")) {
                errors.add(typeInvalid(path, quoted(found), "integer,string", found));
            }
            return;
        }
        String wanted = schema.text("type");
        boolean fits =
                wanted.isEmpty()
                        || wanted.equals(found)
                        || (wanted.equals("number") && found.equals("integer"));
        if (!fits) {
            errors.add(typeInvalid(path, quoted(found), wanted, found));
        }
    }

    private static String typeOf(Json value) {
        return switch (value) {
            case JsonObject object -> "object";
            case JsonArray array -> "array";
            case JsonString string -> "string";
            case JsonBoolean flag -> "boolean";
            case JsonNull absent -> "null";
            case JsonNumber number ->
                    number.isInteger()
                                    || number.value().doubleValue()
                                            == Math.rint(number.value().doubleValue())
                            ? "integer"
                            : "number";
        };
    }

    private void checkLogic(
            Json value,
            @Nullable Json before,
            JsonObject schema,
            String path,
            List<FieldError> errors) {
        String shown = quoted(path);
        List<Json> any = schema.list("anyOf");
        if (!any.isEmpty()) {
            List<FieldError> best = null;
            for (Json each : any) {
                List<FieldError> found = errorsOf(value, before, each, path);
                best = best == null || found.size() < best.size() ? found : best;
            }
            if (best != null && !best.isEmpty()) {
                errors.add(general(shown + " must validate at least one schema (anyOf)"));
                errors.addAll(best);
            }
        }
        List<Json> one = schema.list("oneOf");
        if (!one.isEmpty()) {
            List<FieldError> first = List.of();
            int fitting = 0;
            for (Json each : one) {
                List<FieldError> found = errorsOf(value, before, each, path);
                fitting += found.isEmpty() ? 1 : 0;
                first = first.isEmpty() ? found : first;
            }
            if (fitting == 0) {
                errors.add(
                        general(
                                shown
                                        + " must validate one and only one schema (oneOf). Found none valid"));
                errors.addAll(first);
            } else if (fitting > 1) {
                errors.add(
                        general(
                                "%s must validate one and only one schema (oneOf). Found %d valid alternatives"
                                        .formatted(shown, fitting)));
            }
        }
        List<Json> all = schema.list("allOf");
        int fitting = 0;
        for (Json each : all) {
            List<FieldError> found = errorsOf(value, before, each, path);
            fitting += found.isEmpty() ? 1 : 0;
            errors.addAll(found);
        }
        if (fitting < all.size()) {
            errors.add(
                    general(
                            fitting == 0
                                    ? shown
                                            + " must validate all the schemas (allOf). None validated"
                                    : shown + " must validate all the schemas (allOf)"));
        }
        if (schema.get("not") instanceof JsonObject not
                && errorsOf(value, before, not, path).isEmpty()) {
            errors.add(general(shown + " must not validate the schema (not)"));
        }
    }

    private List<FieldError> errorsOf(Json value, @Nullable Json before, Json schema, String path) {
        List<FieldError> errors = new ArrayList<>();
        if (schema instanceof JsonObject object) {
            check(value, before, object, path, errors);
        }
        return errors;
    }

    private void checkText(String text, JsonObject schema, String path, List<FieldError> errors) {
        int length = text.codePointCount(0, text.length());
        if (schema.contains("maxLength") && length > schema.number(0, "maxLength")) {
            errors.add(
                    new FieldError(
                            path,
                            "FieldValueTooLong",
                            "Too long: may not be more than %d bytes"
                                    .formatted(schema.number(0, "maxLength"))));
            return;
        }
        if (length < schema.number(0, "minLength")) {
            errors.add(
                    invalid(
                            path,
                            Json.of(text),
                            "should be at least %d chars long"
                                    .formatted(schema.number(0, "minLength"))));
            return;
        }
        String pattern = schema.text("pattern");
        if (!pattern.isEmpty() && !matches(pattern, text)) {
            errors.add(invalid(path, Json.of(text), "should match '" + pattern + "'"));
        }
    }

    private boolean matches(String pattern, String text) {
        return patterns.computeIfAbsent(pattern, SchemaValidation::compiled)
                .map(compiled -> compiled.matcher(text).find())
                .orElse(true);
    }

    static Optional<Pattern> compiled(String pattern) {
        try {
            return Optional.of(Pattern.compile(pattern));
        } catch (PatternSyntaxException e) {
            return Optional.empty();
        }
    }

    private static void checkNumber(
            JsonNumber number, JsonObject schema, String path, List<FieldError> errors) {
        BigDecimal value = decimal(number);
        if (schema.get("multipleOf") instanceof JsonNumber factor
                && decimal(factor).signum() != 0
                && value.remainder(decimal(factor)).signum() != 0) {
            errors.add(invalid(path, number, "should be a multiple of " + goNumber(factor)));
        }
        if (schema.get("maximum") instanceof JsonNumber maximum) {
            int order = value.compareTo(decimal(maximum));
            boolean isExclusive = schema.flag("exclusiveMaximum");
            if (order > 0 || (isExclusive && order == 0)) {
                errors.add(
                        invalid(
                                path,
                                number,
                                "should be less than %s%s"
                                        .formatted(
                                                isExclusive ? "" : "or equal to ",
                                                goNumber(maximum))));
            }
        }
        if (schema.get("minimum") instanceof JsonNumber minimum) {
            int order = value.compareTo(decimal(minimum));
            boolean isExclusive = schema.flag("exclusiveMinimum");
            if (order < 0 || (isExclusive && order == 0)) {
                errors.add(
                        invalid(
                                path,
                                number,
                                "should be greater than %s%s"
                                        .formatted(
                                                isExclusive ? "" : "or equal to ",
                                                goNumber(minimum))));
            }
        }
        String format = schema.text("format");
        boolean isTooWide =
                format.equals("int32")
                        && number.isInteger()
                        && number.value().longValue() != number.value().intValue();
        if (isTooWide) {
            errors.add(
                    new FieldError(
                            path,
                            "FieldValueInvalid",
                            "Invalid value: %s: Checked value must be of type integer with format int32 in %s"
                                    .formatted(number, path)));
        }
    }

    private static BigDecimal decimal(JsonNumber number) {
        return number.isInteger()
                ? BigDecimal.valueOf(number.value().longValue())
                : BigDecimal.valueOf(number.value().doubleValue());
    }

    /// As Go prints a floating point number.
    private static String goNumber(JsonNumber number) {
        BigDecimal value = decimal(number).stripTrailingZeros();
        int exponent = value.precision() - value.scale() - 1;
        if (value.signum() == 0 || (exponent >= -4 && exponent < 6)) {
            return value.toPlainString();
        }
        String digits = value.unscaledValue().abs().toString();
        String head = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return "%s%se%s%02d"
                .formatted(
                        value.signum() < 0 ? "-" : "",
                        head,
                        exponent < 0 ? "-" : "+",
                        Math.abs(exponent));
    }

    private void checkItems(
            JsonArray array,
            @Nullable Json before,
            JsonObject schema,
            String path,
            List<FieldError> errors) {
        JsonObject items = schema.object("items");
        for (int i = 0; i < array.size(); i++) {
            Json item = array.items().get(i);
            Json old = before == null ? null : Correlation.item(schema, before, item);
            check(item, old, items, path + "[" + i + "]", errors);
        }
        if (schema.contains("maxItems") && array.size() > schema.number(0, "maxItems")) {
            errors.add(tooMany(path, array.size(), schema.number(0, "maxItems")));
        }
        if (array.size() < schema.number(0, "minItems")) {
            errors.add(
                    invalid(
                            path,
                            Json.of(array.size()),
                            "should have at least %d items"
                                    .formatted(schema.number(0, "minItems"))));
        }
        if (schema.flag("uniqueItems")
                && array.items().stream().distinct().count() < array.size()) {
            errors.add(invalid(path, array, "shouldn't contain duplicates"));
        }
    }

    private void checkMembers(
            JsonObject object,
            @Nullable Json before,
            JsonObject schema,
            String path,
            List<FieldError> errors) {
        if (schema.contains("maxProperties") && object.size() > schema.number(0, "maxProperties")) {
            errors.add(tooMany(path, object.size(), schema.number(0, "maxProperties")));
            return;
        }
        if (object.size() < schema.number(0, "minProperties")) {
            errors.add(
                    invalid(
                            path,
                            Json.of(object.size()),
                            "should have at least %d properties"
                                    .formatted(schema.number(0, "minProperties"))));
            return;
        }
        for (Json name : schema.list("required")) {
            if (!object.contains(name.text())) {
                errors.add(
                        new FieldError(
                                child(path, name.text()), "FieldValueRequired", "Required value"));
            }
        }
        JsonObject properties = schema.object("properties");
        Json additional = schema.get("additionalProperties");
        JsonObject old = before instanceof JsonObject other ? other : JsonObject.EMPTY;
        object.forEach((name, value) -> {
            if (path.isEmpty() && name.equals("metadata")) {
                return;
            }
            if (properties.get(name) instanceof JsonObject known) {
                check(value, old.get(name), known, child(path, name), errors);
            } else if (additional instanceof JsonObject known) {
                check(value, old.get(name), known, child(path, name), errors);
            }
        });
    }

    private static void checkEnum(
            Json value, JsonObject schema, String path, List<FieldError> errors) {
        List<Json> allowed = schema.list("enum");
        if (allowed.isEmpty() || allowed.contains(value)) {
            return;
        }
        List<String> shown =
                allowed.stream()
                        .map(each ->
                                quoted(
                                        each instanceof JsonString text
                                                ? text.value()
                                                : each.toString()))
                        .toList();
        errors.add(
                new FieldError(
                        path,
                        "FieldValueNotSupported",
                        "Unsupported value: %s: supported values: %s"
                                .formatted(JsonWriter.text(value), String.join(", ", shown))));
    }

    private static FieldError tooMany(String path, long found, long most) {
        return new FieldError(
                path,
                "FieldValueTooMany",
                "Too many: %d: must have at most %d items".formatted(found, most));
    }

    private static FieldError typeInvalid(String path, String value, String type, String found) {
        return new FieldError(
                path,
                "FieldValueTypeInvalid",
                "Invalid value: %s: %s in body must be of type %s: %s"
                        .formatted(value, path, type, quoted(found)));
    }

    private static FieldError invalid(String path, Json value, String why) {
        return new FieldError(
                path,
                "FieldValueInvalid",
                "Invalid value: %s: %s in body %s".formatted(JsonWriter.text(value), path, why));
    }

    // Kubernetes cannot say where the parts of a logical schema failed.
    private static FieldError general(String why) {
        return new FieldError("<nil>", "FieldValueInvalid", "Invalid value: \"\": " + why);
    }

    private static String quoted(String text) {
        return JsonWriter.text(Json.of(text));
    }

    private static String child(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
