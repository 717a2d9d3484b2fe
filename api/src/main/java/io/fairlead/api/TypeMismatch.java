package io.fairlead.api;

import java.util.List;
import java.util.Locale;

/// The words of Go's decoders about values that do not fit: they name the struct, the path without positions, and the Go
/// type. Only made once something is wrong, so decoding itself keeps no account of these.
final class TypeMismatch {
    /// The pieces of a time as Go's layout writes them, with how long each is.
    private static final List<String> TIME_PIECES =
            List.of("2006", "-", "01", "-", "02", "T", "15", ":", "04", ":", "05");

    private TypeMismatch() {}

    /// @param path with positions, such as `spec.ports[0].port`
    /// @param type what the value should be
    static DecodingException at(SchemaType root, String path, Json value, SchemaType type) {
        SchemaType here = root;
        SchemaType owner = root;
        GoType goType = GoType.UNKNOWN;
        StringBuilder plain = new StringBuilder();
        for (String step : path.split("\\.", -1)) {
            int bracket = step.indexOf('[');
            String name = bracket < 0 ? step : step.substring(0, bracket);
            SchemaField field = here.field(name);
            if (field == null) {
                // The key of a map, which Go does not tell.
                goType = goType.element();
                here = here.element();
                continue;
            }
            owner = here;
            goType = field.goType().target();
            here = field.type();
            plain.append(plain.isEmpty() ? "" : ".").append(name);
            for (int i = step.indexOf('['); i >= 0; i = step.indexOf('[', i + 1)) {
                goType = goType.element();
                here = here.element();
            }
        }
        String struct = owner.name().substring(owner.name().lastIndexOf('.') + 1);
        return new DecodingException(
                "json: cannot unmarshal %s into Go struct field %s.%s of type %s"
                        .formatted(
                                found(value, type),
                                struct.isEmpty() ? "Object" : struct,
                                plain,
                                wanted(goType, type)));
    }

    /// Go tells the number only where another number would have fitted.
    private static String found(Json value, SchemaType type) {
        return switch (value) {
            case JsonObject object -> "object";
            case JsonArray array -> "array";
            case JsonString string -> "string";
            case JsonNumber number ->
                    switch (type.shape()) {
                        case INTEGER, NUMBER, INT_OR_STRING -> "number " + number;
                        default -> "number";
                    };
            case JsonBoolean flag -> "bool";
            case JsonNull absent -> "null";
        };
    }

    private static String wanted(GoType goType, SchemaType type) {
        return switch (type.shape()) {
            case INT_OR_STRING -> "int32";
            case TIME -> "string";
            default -> goType.text().isEmpty() ? byShape(type) : goType.text();
        };
    }

    private static String byShape(SchemaType type) {
        return switch (type.shape()) {
            case INTEGER -> type.isInt32() ? "int32" : "int64";
            case BOOLEAN -> "bool";
            case LIST -> "[]" + byShape(type.element());
            case MAP -> "map[string]" + byShape(type.element());
            case OBJECT -> lastParts(type.name());
            default -> type.shape().name().toLowerCase(Locale.ROOT);
        };
    }

    private static String lastParts(String name) {
        String[] parts = name.split("\\.");
        return parts.length < 2 ? name : parts[parts.length - 2] + "." + parts[parts.length - 1];
    }

    /// @param micros whether the time has six digits behind the second
    static DecodingException time(String text, boolean micros) {
        String layout = "2006-01-02T15:04:05" + (micros ? ".000000" : "") + "Z07:00";
        int at = 0;
        String piece = micros ? ".000000" : "Z07:00";
        for (String next : TIME_PIECES) {
            if (!fits(text, at, next)) {
                piece = next;
                break;
            }
            at += next.length();
        }
        return new DecodingException(
                "parsing time \"%s\" as \"%s\": cannot parse \"%s\" as \"%s\""
                        .formatted(text, layout, text.substring(at), piece));
    }

    private static boolean fits(String text, int at, String piece) {
        if (text.length() < at + piece.length()) {
            return false;
        }
        String there = text.substring(at, at + piece.length());
        return Character.isDigit(piece.charAt(0))
                ? there.chars().allMatch(Character::isDigit)
                : there.equals(piece);
    }

    /// @param text which is not base64
    static DecodingException base64(String text) {
        int at = 0;
        while (at < text.length() && isBase64(text.charAt(at))) {
            at++;
        }
        // What ends too early is told where its last four letters begin.
        int told = at == text.length() ? at - at % 4 : at;
        return new DecodingException("illegal base64 data at input byte " + told);
    }

    private static boolean isBase64(char letter) {
        return letter < 128
                && (Character.isLetterOrDigit(letter) || letter == '+' || letter == '/');
    }
}
