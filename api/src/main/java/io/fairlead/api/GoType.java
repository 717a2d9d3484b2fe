package io.fairlead.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The Go type of a field, which decides what Kubernetes writes back: a pointer (`*int32`) knows absent from zero, a plain
/// field that is zero is left out unless it is always written. Its name is in the complaints about values that do not fit.
///
/// @param text such as `*v1.ServiceInternalTrafficPolicy` or `[]string`; empty where nobody knows
public record GoType(String text, boolean isAlwaysWritten) {
    public static final GoType UNKNOWN = new GoType("", false);

    // As SchemaType keeps its packages: what is on the class path does not change.
    private static final Map<String, Map<String, List<String>>> PACKAGES =
            new ConcurrentHashMap<>();

    /// The types of the fields of a type, such as `io.k8s.api.core.v1.ServiceSpec`, by the fields' names.
    static Map<String, GoType> ofFields(String typeName) {
        int dot = typeName.lastIndexOf('.');
        if (dot < 0) {
            return Map.of();
        }
        List<String> lines =
                PACKAGES.computeIfAbsent(
                                typeName.substring(0, dot), from -> Facts.types("go", from))
                        .getOrDefault(typeName.substring(dot + 1), List.of());
        Map<String, GoType> types = new HashMap<>();
        for (String line : lines.subList(Math.min(1, lines.size()), lines.size())) {
            String[] words = line.strip().split(" ");
            types.put(words[0], new GoType(words[1], words.length > 2));
        }
        return types;
    }

    /// Whether a value that is zero (empty, false) stays as it is.
    boolean keepsZero() {
        return isAlwaysWritten || text.startsWith("*");
    }

    /// The type that a value must fit: pointers point to it.
    GoType target() {
        return text.startsWith("*") ? new GoType(text.substring(1), isAlwaysWritten) : this;
    }

    /// The type of a list's items or of a map's values; unknown for a type that hides them behind a name.
    GoType element() {
        String plain = target().text();
        for (String before : List.of("[]", "map[string]")) {
            if (plain.startsWith(before)) {
                return new GoType(plain.substring(before.length()), true).target();
            }
        }
        return UNKNOWN;
    }
}
