package io.fairlead.api;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How a schema divides values into fields that can have owners: which lists and maps are one field, and what names their
/// items otherwise.
final class TypedTree {
    private TypedTree() {}

    /// Objects and maps whose members have owners of their own.
    static boolean isGranularObject(SchemaType type) {
        return (type.shape() == SchemaType.Shape.OBJECT || type.shape() == SchemaType.Shape.MAP)
                && !type.isAtomic();
    }

    /// Lists whose items have owners of their own.
    static boolean isGranularList(SchemaType type) {
        return type.shape() == SchemaType.Shape.LIST
                && type.listType() != SchemaType.ListType.ATOMIC;
    }

    /// The step from a list to one of its items.
    ///
    /// @throws DecodingException when an item lacks a key and the schema has no default for it
    static String step(SchemaType list, Json item) {
        if (list.listType() == SchemaType.ListType.SET) {
            return "v:" + JsonWriter.text(item);
        }
        Map<String, Json> keys = new TreeMap<>();
        for (String key : list.listKeys()) {
            Json value = item.find(key).orElse(JsonNull.NULL);
            if (value instanceof JsonNull) {
                SchemaField field = list.element().field(key);
                Json fallback = field == null ? null : field.defaultValue();
                if (fallback == null) {
                    throw new DecodingException(
                            "associative list with keys has an element that omits key field \"%s\" (and doesn't have default value)"
                                    .formatted(key));
                }
                value = fallback;
            }
            keys.put(key, value);
        }
        JsonObject.Builder ordered = JsonObject.builder();
        keys.forEach(ordered::put);
        return "k:" + JsonWriter.text(ordered.build());
    }

    /// The items of a granular list by their steps; of equal ones the first stays.
    static Map<String, Json> items(SchemaType list, @Nullable Json value) {
        Map<String, Json> items = new LinkedHashMap<>();
        if (value instanceof JsonArray array) {
            for (Json item : array.items()) {
                items.putIfAbsent(step(list, item), item);
            }
        }
        return items;
    }

    /// Every field that a configuration sets.
    ///
    /// @throws DecodingException when the schema does not know a field, or the value does not fit
    static FieldSet fields(JsonObject config, SchemaType type) {
        FieldSet.Builder set = new FieldSet.Builder();
        addMembers(config, type, set, "");
        return set.build();
    }

    /// The paths of all lists and objects in a configuration that change only as a whole.
    static List<String> atomics(Json value, SchemaType type) {
        List<String> paths = new ArrayList<>();
        addAtomics(value, type, "", paths);
        return paths;
    }

    private static void addAtomics(Json value, SchemaType type, String path, List<String> paths) {
        if (value instanceof JsonObject object) {
            if (type.isAtomic()) {
                paths.add(path);
            }
            object.forEach((name, member) ->
                    addAtomics(member, type.fieldType(name), path + "." + name, paths));
        } else if (value instanceof JsonArray array) {
            if (type.shape() == SchemaType.Shape.LIST && !isGranularList(type)) {
                paths.add(path);
            }
            for (int i = 0; i < array.size(); i++) {
                addAtomics(array.items().get(i), type.element(), path + "[" + i + "]", paths);
            }
        }
    }

    private static void add(Json value, SchemaType type, FieldSet.Builder set, String path) {
        if (value instanceof JsonObject object && isGranularObject(type)) {
            addMembers(object, type, set, path);
        } else if (value instanceof JsonArray array && isGranularList(type)) {
            addItems(array, type, set, path);
        } else if (!isContainer(type) || !(value instanceof JsonNull)) {
            checkShape(value, type, path);
            set.add();
        }
    }

    private static void addMembers(
            JsonObject object, SchemaType type, FieldSet.Builder set, String path) {
        for (String name : object.names()) {
            Json value = object.get(name);
            if (value == null) {
                continue;
            }
            String at = path + "." + name;
            SchemaField field = type.field(name);
            boolean isObject = type.shape() == SchemaType.Shape.OBJECT;
            if (field == null && isObject && !type.keepsUnknownFields()) {
                throw new DecodingException(at + ": field not declared in schema");
            }
            FieldSet.Builder child = set.child("f:" + name);
            add(value, type.fieldType(name), child, at);
            boolean isEmpty = value instanceof JsonObject members && members.isEmpty();
            if (field == null || isEmpty || value instanceof JsonNull) {
                child.add();
            }
        }
    }

    private static void addItems(
            JsonArray array, SchemaType type, FieldSet.Builder set, String path) {
        Map<String, Json> seen = new LinkedHashMap<>();
        for (Json item : array.items()) {
            String step;
            try {
                step = step(type, item);
            } catch (DecodingException e) {
                throw new DecodingException(
                        path + ": element " + seen.size() + ": " + e.getMessage());
            }
            if (seen.put(step, item) != null) {
                throw new DecodingException(
                        "%s: duplicate entries for key %s".formatted(path, FieldSet.shown(step)));
            }
            FieldSet.Builder child = set.child(step);
            add(item, type.element(), child, path + FieldSet.shown(step));
            child.add();
        }
    }

    private static boolean isContainer(SchemaType type) {
        return switch (type.shape()) {
            case OBJECT, MAP, LIST -> true;
            default -> false;
        };
    }

    private static void checkShape(Json value, SchemaType type, String path) {
        String expected =
                switch (type.shape()) {
                    case OBJECT, MAP -> value instanceof JsonObject ? "" : "map";
                    case LIST -> value instanceof JsonArray ? "" : "list";
                    case STRING, TIME, BYTES -> value instanceof JsonString ? "" : "string";
                    case INTEGER, NUMBER ->
                            value instanceof JsonNumber ? "" : "numeric (int or float)";
                    case BOOLEAN -> value instanceof JsonBoolean ? "" : "boolean";
                    default -> "";
                };
        if (!expected.isEmpty() && !(value instanceof JsonNull)) {
            throw new DecodingException("%s: expected %s, got %s".formatted(path, expected, value));
        }
    }

    /// What differs between two objects.
    ///
    /// @param removed fields that only the first has
    /// @param modified fields that both have, with other values
    record Comparison(FieldSet added, FieldSet removed, FieldSet modified) {
        Comparison minusBelow(FieldSet ignored) {
            return new Comparison(
                    added.minusBelow(ignored),
                    removed.minusBelow(ignored),
                    modified.minusBelow(ignored));
        }
    }

    static Comparison compare(JsonObject before, JsonObject after, SchemaType type) {
        Difference difference = new Difference();
        difference.compare(before, after, type);
        return new Comparison(
                difference.added.build(), difference.removed.build(), difference.modified.build());
    }

    /// Walks two values at once; where they differ, the path goes into one of the sets.
    private static final class Difference {
        private final FieldSet.Builder added = new FieldSet.Builder();
        private final FieldSet.Builder removed = new FieldSet.Builder();
        private final FieldSet.Builder modified = new FieldSet.Builder();
        private final List<String> path = new ArrayList<>();

        void compare(@Nullable Json before, @Nullable Json after, SchemaType type) {
            boolean bothEmpty = isEmpty(before) && isEmpty(after);
            if (isGranularObject(type) && !bothEmpty) {
                compareMembers(
                        before instanceof JsonObject object ? object : JsonObject.EMPTY,
                        after instanceof JsonObject object ? object : JsonObject.EMPTY,
                        type);
            } else if (isGranularList(type) && !bothEmpty) {
                compareItems(items(type, before), items(type, after), type.element());
            } else if (before != null && after != null && !before.equals(after)) {
                modified.add(path);
            }
            if (before == null && after != null) {
                added.add(path);
            } else if (before != null && after == null) {
                removed.add(path);
            }
        }

        private void compareMembers(JsonObject left, JsonObject right, SchemaType type) {
            left.forEach(
                    (name, value) -> at("f:" + name, value, right.get(name), type.fieldType(name)));
            right.forEach((name, value) -> {
                if (!left.contains(name)) {
                    at("f:" + name, null, value, type.fieldType(name));
                }
            });
        }

        private void compareItems(
                Map<String, Json> left, Map<String, Json> right, SchemaType element) {
            left.forEach((step, item) -> at(step, item, right.get(step), element));
            right.forEach((step, item) -> {
                if (!left.containsKey(step)) {
                    at(step, null, item, element);
                }
            });
        }

        private void at(String step, @Nullable Json before, @Nullable Json after, SchemaType type) {
            path.add(step);
            compare(before, after, type);
            path.removeLast();
        }
    }

    private static boolean isEmpty(@Nullable Json value) {
        return switch (value) {
            case null -> true;
            case JsonNull absent -> true;
            case JsonObject object -> object.isEmpty();
            case JsonArray array -> array.size() == 0;
            default -> false;
        };
    }
}
