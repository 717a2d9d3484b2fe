package io.fairlead.api;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Brings a tree from outside into the form in which it is stored, which is what Kubernetes' own types would write again:
/// unknown fields are told and left out, nulls and what is empty are dropped, quantities and times are canonical.
public final class ObjectDecoder {
    private static final Set<SchemaType.Shape> TEXTS =
            EnumSet.of(SchemaType.Shape.STRING, SchemaType.Shape.BYTES, SchemaType.Shape.TIME);

    private final SchemaType root;
    private final List<String> problems = new ArrayList<>();

    /// @param problems such as `unknown field "spec.colour"`, in the order of the text
    public record Decoded(JsonObject tree, List<String> problems) {}

    private ObjectDecoder(SchemaType root) {
        this.root = root;
    }

    /// @throws DecodingException when a value is of the wrong type
    public static Decoded decode(JsonObject tree, SchemaType type) {
        ObjectDecoder decoder = new ObjectDecoder(type);
        JsonObject decoded = decoder.object(tree, type, "");
        return new Decoded(decoded, List.copyOf(decoder.problems));
    }

    /// The refusal of a body, as Kubernetes words it.
    public static Status cannotHandle(ResourceType type, String why) {
        return Status.badRequest(
                "%s in version \"%s\" cannot be handled as a %s: %s"
                        .formatted(type.kind(), type.version(), type.kind(), why));
    }

    /// The refusal of a body with unknown or duplicate fields, where the client asked to be strict.
    public static Status strictDecodingError(ResourceType type, List<String> problems) {
        return cannotHandle(type, "strict decoding error: " + String.join(", ", problems));
    }

    private JsonObject object(JsonObject tree, SchemaType type, String path) {
        boolean custom = type.name().isEmpty();
        JsonObject.Builder kept = JsonObject.builder();
        boolean changed = false;
        for (String name : tree.names()) {
            Json value = tree.get(name);
            SchemaField field = type.field(name);
            if (value == null) {
                continue;
            }
            if (field == null) {
                if (type.keepsUnknownFields()) {
                    kept.put(name, value);
                    continue;
                }
                problems.add("unknown field \"" + child(path, name) + "\"");
                changed = true;
                continue;
            }
            if (!custom && isDropped(value, field)) {
                changed = true;
                continue;
            }
            Json decoded = value(value, field.type(), child(path, name));
            changed |= isOther(decoded, value);
            kept.put(name, decoded);
        }
        return changed ? kept.build() : tree;
    }

    private static boolean isDropped(Json value, SchemaField field) {
        return switch (value) {
            case JsonNull ignored -> field.type().shape() != SchemaType.Shape.ANY;
            case JsonString text ->
                    text.value().isEmpty()
                            && TEXTS.contains(field.type().shape())
                            && !field.goType().keepsZero();
            case JsonBoolean flag ->
                    !flag.value()
                            && field.type().shape() == SchemaType.Shape.BOOLEAN
                            && !field.goType().keepsZero();
            case JsonNumber number ->
                    number.value().doubleValue() == 0
                            && field.type().shape() == SchemaType.Shape.INTEGER
                            && !field.goType().keepsZero();
            case JsonArray array ->
                    array.size() == 0
                            && field.type().shape() == SchemaType.Shape.LIST
                            && !field.required();
            case JsonObject object ->
                    object.isEmpty()
                            && !field.required()
                            && field.type().shape() == SchemaType.Shape.MAP;
            default -> false;
        };
    }

    private Json value(Json value, SchemaType type, String path) {
        return switch (type.shape()) {
            case ANY -> value;
            case OBJECT ->
                    switch (value) {
                        case JsonObject object -> object(object, type, path);
                        case JsonNull absent -> absent;
                        default -> throw mismatch(value, type, path);
                    };
            case MAP ->
                    switch (value) {
                        case JsonObject object -> map(object, type.element(), path);
                        case JsonNull absent -> absent;
                        default -> throw mismatch(value, type, path);
                    };
            case LIST ->
                    switch (value) {
                        case JsonArray array -> list(array, type.element(), path);
                        case JsonNull absent -> absent;
                        default -> throw mismatch(value, type, path);
                    };
            default -> scalar(value, type, path);
        };
    }

    private JsonObject map(JsonObject map, SchemaType element, String path) {
        JsonObject.Builder decoded = JsonObject.builder();
        boolean changed = false;
        for (String name : map.names()) {
            Json before = map.get(name);
            if (before == null) {
                continue;
            }
            Json value =
                    before instanceof JsonNull
                            ? zero(element)
                            : value(before, element, child(path, name));
            changed |= isOther(value, before);
            decoded.put(name, value);
        }
        return changed ? decoded.build() : map;
    }

    private JsonArray list(JsonArray array, SchemaType element, String path) {
        List<Json> decoded = new ArrayList<>(array.size());
        boolean changed = false;
        for (int i = 0; i < array.size(); i++) {
            Json before = array.items().get(i);
            Json value =
                    before instanceof JsonNull
                            ? zero(element)
                            : value(before, element, path + "[" + i + "]");
            changed |= isOther(value, before);
            decoded.add(value);
        }
        return changed ? new JsonArray(decoded) : array;
    }

    /// Identity is enough: whatever did not change was handed through.
    @SuppressWarnings("ReferenceEquality")
    static boolean isOther(Json now, Json before) {
        return now != before;
    }

    private static Json zero(SchemaType type) {
        return switch (type.shape()) {
            case OBJECT, MAP -> JsonObject.EMPTY;
            case STRING, BYTES -> Json.of("");
            case QUANTITY -> Json.of("0");
            default -> JsonNull.NULL;
        };
    }

    private Json scalar(Json value, SchemaType type, String path) {
        if (value instanceof JsonNull) {
            return value;
        }
        return switch (type.shape()) {
            case STRING -> require(value, value instanceof JsonString, type, path);
            case BOOLEAN -> require(value, value instanceof JsonBoolean, type, path);
            case NUMBER -> require(value, value instanceof JsonNumber, type, path);
            case INTEGER -> require(value, isInteger(value, type), type, path);
            case INT_OR_STRING ->
                    require(
                            value,
                            value instanceof JsonString || isInteger(value, type),
                            type,
                            path);
            case QUANTITY -> quantity(value, type, path);
            case TIME -> time(value, type, path);
            case BYTES -> bytes(value, type, path);
            default -> value;
        };
    }

    private static boolean isInteger(Json value, SchemaType type) {
        if (!(value instanceof JsonNumber number) || !number.isInteger()) {
            return false;
        }
        long whole = number.value().longValue();
        boolean narrow = type.isInt32() || type.shape() == SchemaType.Shape.INT_OR_STRING;
        return !narrow || whole == (int) whole;
    }

    private Json quantity(Json value, SchemaType type, String path) {
        require(value, value instanceof JsonString || value instanceof JsonNumber, type, path);
        String text = value instanceof JsonString string ? string.value() : value.toString();
        try {
            String canonical = Quantity.parse(text.strip()).toString();
            return value instanceof JsonString && canonical.equals(text)
                    ? value
                    : Json.of(canonical);
        } catch (IllegalArgumentException e) {
            throw new DecodingException(String.valueOf(e.getMessage()));
        }
    }

    private Json time(Json value, SchemaType type, String path) {
        require(value, value instanceof JsonString, type, path);
        String text = value.text();
        if (text.isEmpty()) {
            return JsonNull.NULL;
        }
        try {
            boolean micros = type.name().endsWith("MicroTime");
            Instant instant = OffsetDateTime.parse(text).toInstant();
            String canonical =
                    micros
                            ? microText(instant)
                            : instant.truncatedTo(ChronoUnit.SECONDS).toString();
            return type.name().isEmpty() || canonical.equals(text) ? value : Json.of(canonical);
        } catch (DateTimeParseException e) {
            throw TypeMismatch.time(text, type.name().endsWith("MicroTime"));
        }
    }

    /// Always six digits behind the point.
    private static String microText(Instant instant) {
        long micros = instant.truncatedTo(ChronoUnit.MICROS).getLong(ChronoField.MICRO_OF_SECOND);
        String seconds = instant.truncatedTo(ChronoUnit.SECONDS).toString();
        String digits = Long.toString(1_000_000 + micros).substring(1);
        return seconds.substring(0, seconds.length() - 1) + "." + digits + "Z";
    }

    private Json bytes(Json value, SchemaType type, String path) {
        require(value, value instanceof JsonString, type, path);
        try {
            Base64.getDecoder().decode(value.text());
            return value;
        } catch (IllegalArgumentException e) {
            throw TypeMismatch.base64(value.text());
        }
    }

    private Json require(Json value, boolean fits, SchemaType type, String path) {
        if (!fits) {
            throw mismatch(value, type, path);
        }
        return value;
    }

    private DecodingException mismatch(Json value, SchemaType type, String path) {
        return TypeMismatch.at(root, path, value, type);
    }

    private static String child(String path, String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
