package io.fairlead.expressions;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonNumber;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a structural schema means to CEL: the types of its fields, under names that CEL can write, and the values that trees have under these types.
// Written while it is made, and only read from then on.
@SuppressWarnings("Immutable")
final class SchemaTypes implements CelTypeProvider {
    private static final Set<String> RESERVED =
            Set.of(
                    "true",
                    "false",
                    "null",
                    "in",
                    "as",
                    "break",
                    "const",
                    "continue",
                    "else",
                    "for",
                    "function",
                    "if",
                    "import",
                    "let",
                    "loop",
                    "package",
                    "namespace",
                    "return",
                    "var",
                    "void",
                    "while");
    private static final JsonObject TEXT = JsonObject.of("type", Json.of("string"));
    private static final JsonObject METADATA =
            JsonObject.of(
                    "type",
                    Json.of("object"),
                    "properties",
                    JsonObject.of("name", TEXT, "generateName", TEXT));

    private final Map<String, StructType> structs = new LinkedHashMap<>();

    @Override
    public ImmutableCollection<CelType> types() {
        return ImmutableList.copyOf(structs.values());
    }

    @Override
    public Optional<CelType> findType(String name) {
        return Optional.ofNullable(structs.get(name));
    }

    /// The schema of an object, with the fields that every object has.
    static JsonObject withObjectFields(JsonObject schema) {
        return schema.with(
                "properties",
                schema.object("properties")
                        .with("apiVersion", TEXT)
                        .with("kind", TEXT)
                        .with("metadata", METADATA));
    }

    /// @param name unique among the schema's structs
    /// @return null where expressions cannot see the value
    @Nullable CelType type(JsonObject schema, String name) {
        if (schema.flag("x-kubernetes-int-or-string")) {
            return SimpleType.DYN;
        }
        return switch (schema.text("type")) {
            case "object" -> objectType(schema, name);
            case "array" -> {
                CelType element = type(schema.object("items"), name + ".@idx");
                yield element == null ? null : ListType.create(element);
            }
            case "string" ->
                    switch (schema.text("format")) {
                        case "date", "date-time" -> SimpleType.TIMESTAMP;
                        case "duration" -> SimpleType.DURATION;
                        case "byte" -> SimpleType.BYTES;
                        default -> SimpleType.STRING;
                    };
            case "integer" -> SimpleType.INT;
            case "number" -> SimpleType.DOUBLE;
            case "boolean" -> SimpleType.BOOL;
            default -> null;
        };
    }

    private @Nullable CelType objectType(JsonObject schema, String name) {
        if (schema.get("additionalProperties") instanceof JsonObject values) {
            CelType value = type(values, name + ".@elem");
            return value == null ? null : MapType.create(SimpleType.STRING, value);
        }
        JsonObject visible =
                schema.flag("x-kubernetes-embedded-resource") ? withObjectFields(schema) : schema;
        JsonObject properties = visible.object("properties");
        if (properties.isEmpty() && schema.flag("x-kubernetes-preserve-unknown-fields")) {
            return null;
        }
        Map<String, CelType> fields = new LinkedHashMap<>();
        for (String field : properties.names()) {
            CelType type = type(properties.object(field), name + "." + field);
            String escaped = escaped(field);
            if (type != null && escaped != null) {
                fields.put(escaped, type);
            }
        }
        StructType struct =
                StructType.create(
                        name,
                        ImmutableSet.copyOf(fields.keySet()),
                        field -> Optional.ofNullable(fields.get(field)));
        structs.put(name, struct);
        return struct;
    }

    /// The value of a tree under a schema.
    static Object value(Json tree, JsonObject schema) {
        return switch (tree) {
            case JsonNull absent -> NullValue.NULL_VALUE;
            case JsonArray array -> {
                JsonObject items = schema.object("items");
                List<Object> values = new ArrayList<>(array.size());
                array.items().forEach(item -> values.add(value(item, items)));
                yield values;
            }
            case JsonObject object -> members(object, schema);
            case JsonNumber number when schema.text("type").equals("number") ->
                    number.value().doubleValue();
            case JsonString text when schema.contains("format") ->
                    formatted(text.value(), schema.text("format"));
            default -> Values.of(tree);
        };
    }

    private static Map<String, Object> members(JsonObject object, JsonObject schema) {
        Map<String, Object> values = LinkedHashMap.newLinkedHashMap(object.size());
        if (schema.get("additionalProperties") instanceof JsonObject element) {
            object.forEach((name, member) -> values.put(name, value(member, element)));
            return values;
        }
        JsonObject visible =
                schema.flag("x-kubernetes-embedded-resource") ? withObjectFields(schema) : schema;
        JsonObject properties = visible.object("properties");
        object.forEach((name, member) -> {
            String escaped = escaped(name);
            if (escaped != null && properties.get(name) instanceof JsonObject known) {
                values.put(escaped, value(member, known));
            }
        });
        return values;
    }

    private static Object formatted(String text, String format) {
        try {
            return switch (format) {
                case "date-time" -> OffsetDateTime.parse(text).toInstant();
                case "date" -> LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
                case "duration" -> TextFunctions.duration(text);
                case "byte" -> CelByteString.of(Base64.getDecoder().decode(text));
                default -> text;
            };
        } catch (DateTimeParseException | IllegalArgumentException e) {
            return switch (format) {
                case "duration" -> Duration.ZERO;
                case "byte" -> CelByteString.EMPTY;
                default -> Instant.EPOCH;
            };
        }
    }

    /// A field's name as CEL writes it; null when it cannot.
    static @Nullable String escaped(String name) {
        if (RESERVED.contains(name)) {
            return "__" + name + "__";
        }
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c == '_' && i + 1 < name.length() && name.charAt(i + 1) == '_') {
                escaped.append("__underscores__");
                i++;
            } else if (c == '.') {
                escaped.append("__dot__");
            } else if (c == '-') {
                escaped.append("__dash__");
            } else if (c == '/') {
                escaped.append("__slash__");
            } else if (c == '_' || Character.isLetter(c) || (i > 0 && Character.isDigit(c))) {
                escaped.append(c);
            } else {
                return null;
            }
        }
        return escaped.toString();
    }
}
