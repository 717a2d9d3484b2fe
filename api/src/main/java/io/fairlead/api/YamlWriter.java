package io.fairlead.api;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Writes trees as YAML in the form that Kubernetes uses: block style, sorted keys, sequences not indented.
public final class YamlWriter {
    private final StringBuilder out = new StringBuilder(512);

    private YamlWriter() {}

    public static String text(Json value) {
        YamlWriter writer = new YamlWriter();
        switch (value) {
            case JsonObject object when !object.isEmpty() -> writer.mapping(object, 0);
            case JsonArray array when array.size() > 0 -> writer.sequence(array, 0);
            default -> writer.scalar(value, 0);
        }
        return writer.out.toString();
    }

    public static byte[] bytes(Json value) {
        return text(value).getBytes(StandardCharsets.UTF_8);
    }

    private void mapping(JsonObject object, int indent) {
        List<String> names = new ArrayList<>(object.names());
        names.sort(null);
        boolean first = true;
        for (String name : names) {
            if (!first) {
                out.repeat(' ', indent);
            }
            first = false;
            out.append(YamlScalar.isMistakable(name) ? doubleQuoted(name) : plainOrQuoted(name));
            out.append(':');
            Json member = object.get(name);
            switch (member == null ? JsonNull.NULL : member) {
                case JsonObject child when !child.isEmpty() -> {
                    out.append('\n').repeat(' ', indent + 2);
                    mapping(child, indent + 2);
                }
                case JsonArray child when child.size() > 0 -> {
                    out.append('\n').repeat(' ', indent);
                    sequence(child, indent);
                }
                case Json scalar -> {
                    out.append(' ');
                    scalar(scalar, indent + 2);
                }
            }
        }
    }

    private void sequence(JsonArray array, int indent) {
        boolean first = true;
        for (Json item : array.items()) {
            if (!first) {
                out.repeat(' ', indent);
            }
            first = false;
            out.append("- ");
            switch (item) {
                case JsonObject child when !child.isEmpty() -> mapping(child, indent + 2);
                case JsonArray child when child.size() > 0 -> sequence(child, indent + 2);
                default -> scalar(item, indent + 2);
            }
        }
    }

    private void scalar(Json value, int indent) {
        switch (value) {
            case JsonString string when isBlock(string.value()) -> block(string.value(), indent);
            case JsonString string when YamlScalar.isMistakable(string.value()) ->
                    out.append(doubleQuoted(string.value()));
            case JsonString string -> out.append(plainOrQuoted(string.value()));
            case JsonObject ignored -> out.append("{}");
            case JsonArray ignored -> out.append("[]");
            default -> out.append(value);
        }
        out.append('\n');
    }

    /// Several lines without anything that a literal block could not carry.
    private static boolean isBlock(String text) {
        if (text.indexOf('\n') < 0 || text.charAt(0) == ' ' || text.charAt(0) == '\n') {
            return false;
        }
        return text.chars().allMatch(c -> c == '\n' || isPrintable(c)) && !text.contains(" \n");
    }

    private void block(String text, int indent) {
        boolean ends = text.endsWith("\n");
        out.append('|').append(ends ? text.endsWith("\n\n") ? "+" : "" : "-");
        String body = ends ? text.substring(0, text.length() - 1) : text;
        for (String line : body.split("\n", -1)) {
            out.append('\n');
            if (!line.isEmpty()) {
                out.repeat(' ', indent).append(line);
            }
        }
    }

    private static String plainOrQuoted(String text) {
        if (text.chars().anyMatch(c -> !isPrintable(c))) {
            return doubleQuoted(text);
        }
        return isPlain(text) ? text : "'" + text.replace("'", "''") + "'";
    }

    private static boolean isPlain(String text) {
        if (text.startsWith(" ") || text.endsWith(" ") || text.endsWith(":")) {
            return false;
        }
        char first = text.charAt(0);
        boolean indicator = "-?:".indexOf(first) >= 0;
        if ((indicator && (text.length() == 1 || text.charAt(1) == ' '))
                || ",[]{}#&*!|>'\"%@`".indexOf(first) >= 0
                || text.startsWith("---")
                || text.startsWith("...")
                || text.equals("<<")
                || text.equals("=")) {
            return false;
        }
        return !text.contains(": ") && !text.contains(" #");
    }

    private static boolean isPrintable(int c) {
        return (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c != 0xfeff);
    }

    private static String doubleQuoted(String text) {
        return JsonWriter.text(new JsonString(text));
    }
}
