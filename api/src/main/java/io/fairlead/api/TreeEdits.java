package io.fairlead.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/// Changes to parts of immutable trees, in the words of defaulting: what is set stays, what is missing on the way stays missing.
final class TreeEdits {
    private TreeEdits() {}

    /// With a member where there is none, or only null or the empty text.
    static JsonObject orElse(JsonObject tree, String name, Json value) {
        return isUnset(tree, name) ? tree.with(name, value) : tree;
    }

    static JsonObject orElse(JsonObject tree, String name, String value) {
        return orElse(tree, name, Json.of(value));
    }

    static JsonObject orElse(JsonObject tree, String name, long value) {
        return orElse(tree, name, Json.of(value));
    }

    static boolean isUnset(JsonObject tree, String name) {
        return switch (tree.get(name)) {
            case null -> true;
            case JsonNull absent -> true;
            case JsonString text -> text.value().isEmpty();
            default -> false;
        };
    }

    /// With the object at a path changed; untouched when there is none.
    static JsonObject edit(JsonObject tree, UnaryOperator<JsonObject> change, String... path) {
        if (path.length == 0) {
            return change.apply(tree);
        }
        return tree.get(path[0]) instanceof JsonObject child
                ? tree.with(path[0], edit(child, change, rest(path)))
                : tree;
    }

    /// With each object of the list at a path changed.
    static JsonObject editEach(JsonObject tree, UnaryOperator<JsonObject> change, String... path) {
        if (path.length > 1) {
            return tree.get(path[0]) instanceof JsonObject child
                    ? tree.with(path[0], editEach(child, change, rest(path)))
                    : tree;
        }
        if (!(tree.get(path[0]) instanceof JsonArray array)) {
            return tree;
        }
        List<Json> items = new ArrayList<>(array.size());
        for (Json item : array.items()) {
            items.add(item instanceof JsonObject object ? change.apply(object) : item);
        }
        return tree.with(path[0], new JsonArray(items));
    }

    private static String[] rest(String... path) {
        return Arrays.copyOfRange(path, 1, path.length);
    }
}
