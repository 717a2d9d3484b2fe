package io.fairlead.api;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Kubernetes' own merge patch: lists merge item by item where the schema names a merge key, and directives
/// (`$patch`, `$retainKeys`, `$setElementOrder`, `$deleteFromPrimitiveList`) say what plain values cannot.
public final class StrategicMergePatch {
    private static final String DIRECTIVE = "$patch";
    private static final String RETAIN_KEYS = "$retainKeys";
    private static final String ORDER = "$setElementOrder/";
    private static final String DELETE = "$deleteFromPrimitiveList/";

    private StrategicMergePatch() {}

    /// @param type of both objects
    /// @throws ApiException 500, as Kubernetes does, when the patch contradicts itself or the schema
    public static JsonObject apply(JsonObject current, JsonObject patch, SchemaType type) {
        return mergeObject(current, patch, type);
    }

    private static JsonObject mergeObject(JsonObject current, JsonObject patch, SchemaType type) {
        Json directive = patch.get(DIRECTIVE);
        if (directive != null) {
            return switch (directive.text()) {
                case "replace" -> patch.without(DIRECTIVE);
                case "delete" -> JsonObject.EMPTY;
                case "merge" -> mergeMembers(current, patch.without(DIRECTIVE), type);
                default -> throw unknownDirective(directive);
            };
        }
        return mergeMembers(current, patch, type);
    }

    private static JsonObject mergeMembers(JsonObject current, JsonObject patch, SchemaType type) {
        JsonObject merged = current;
        Json retained = patch.get(RETAIN_KEYS);
        if (retained != null) {
            merged = retainOnly(merged, patch, retained);
        }
        for (String name : patch.names()) {
            if (name.startsWith(ORDER)) {
                merged = mergeOrdered(merged, patch, name.substring(ORDER.length()), type);
            }
        }
        for (String name : patch.names()) {
            Json change = patch.get(name);
            if (change == null
                    || name.equals(RETAIN_KEYS)
                    || name.startsWith(ORDER)
                    || patch.contains(ORDER + name)) {
                continue;
            }
            if (name.startsWith(DELETE)) {
                merged = deletePrimitives(merged, name.substring(DELETE.length()), change);
            } else {
                merged = mergeMember(merged, name, change, type);
            }
        }
        return merged;
    }

    private static JsonObject mergeMember(
            JsonObject merged, String name, Json change, SchemaType type) {
        if (change instanceof JsonNull) {
            return merged.without(name);
        }
        Json before = merged.get(name);
        SchemaField field = type.field(name);
        SchemaType memberType = type.fieldType(name);
        if (before instanceof JsonObject old && change instanceof JsonObject part) {
            boolean replaces = field != null && field.patchStrategies().contains("replace");
            return merged.with(name, replaces ? part : mergeObject(old, part, memberType));
        }
        if (before instanceof JsonArray old && change instanceof JsonArray part) {
            return merged.with(name, mergeList(old, part, field));
        }
        return merged.with(name, withoutDirectives(change));
    }

    /// Only the named members stay; the patch may not set others.
    private static JsonObject retainOnly(JsonObject current, JsonObject patch, Json retained) {
        Set<String> names = new LinkedHashSet<>();
        retained.list().forEach(name -> names.add(name.text()));
        for (String name : patch.names()) {
            boolean isValue = !name.startsWith("$") && !(patch.get(name) instanceof JsonNull);
            if (isValue && !names.contains(name)) {
                throw refused("invalid format of retainKeys in the patch: " + name);
            }
        }
        JsonObject kept = current;
        for (String name : current.names()) {
            if (!names.contains(name)) {
                kept = kept.without(name);
            }
        }
        return kept;
    }

    private static JsonObject deletePrimitives(JsonObject merged, String name, Json values) {
        return merged.get(name) instanceof JsonArray before
                ? merged.with(name, withoutPrimitives(before, values.list()))
                : merged;
    }

    private static JsonArray withoutPrimitives(JsonArray array, List<Json> values) {
        List<Json> kept = new ArrayList<>(array.items());
        kept.removeAll(values);
        return new JsonArray(kept);
    }

    /// A list, its patch and the order that the patch's author wants for those elements that the author knows.
    private static JsonObject mergeOrdered(
            JsonObject current, JsonObject patch, String name, SchemaType type) {
        SchemaField field = type.field(name);
        Json before = current.get(name);
        Json change = patch.get(name);
        List<Json> order = patch.list(ORDER + name);
        JsonArray merged;
        if (before instanceof JsonArray old && change instanceof JsonArray part) {
            merged = mergeList(old, part, field);
        } else if (change instanceof JsonArray part) {
            merged = (JsonArray) withoutDirectives(part);
        } else if (before instanceof JsonArray old && change == null) {
            merged = old;
        } else {
            return change instanceof JsonNull ? current.without(name) : current;
        }
        merged = withoutPrimitives(merged, patch.list(DELETE + name));
        String key = field == null ? "" : field.mergeKey();
        List<Json> serverOrder = before == null ? List.of() : before.list();
        return current.with(name, ordered(merged.items(), order, serverOrder, key));
    }

    private static JsonArray mergeList(
            JsonArray current, JsonArray patch, @Nullable SchemaField field) {
        if (field == null || !field.merges()) {
            return (JsonArray) withoutDirectives(patch);
        }
        boolean objects =
                current.items().stream().anyMatch(JsonObject.class::isInstance)
                        || patch.items().stream().anyMatch(JsonObject.class::isInstance);
        if (!objects) {
            Set<Json> both = new LinkedHashSet<>(current.items());
            both.addAll(patch.items());
            return ordered(List.copyOf(both), patch.items(), current.items(), "");
        }
        if (field.mergeKey().isEmpty()) {
            throw refused("cannot merge lists without merge key for " + field.name());
        }
        return mergeObjects(current, patch, field);
    }

    private static JsonArray mergeObjects(JsonArray current, JsonArray patch, SchemaField field) {
        String key = field.mergeKey();
        List<Json> items = new ArrayList<>(current.items());
        List<JsonObject> changes = new ArrayList<>();
        boolean replace = false;
        for (Json item : patch.items()) {
            if (!(item instanceof JsonObject change)) {
                throw refused("a list of objects is patched with " + item);
            }
            switch (change.text(DIRECTIVE)) {
                case "" -> changes.add(change);
                case "replace" -> replace = true;
                case "delete" -> items.removeIf(sameKey(key, keyOf(change, key)));
                default -> throw unknownDirective(Json.of(change.text(DIRECTIVE)));
            }
        }
        if (replace) {
            return new JsonArray(changes.stream().map(change -> (Json) change).toList());
        }
        List<Json> serverOrder = List.copyOf(items);
        for (JsonObject change : changes) {
            int position = position(items, key, keyOf(change, key));
            if (position < 0) {
                items.add(withoutDirectives(change));
            } else {
                JsonObject before = (JsonObject) items.get(position);
                items.set(position, mergeObject(before, change, field.type().element()));
            }
        }
        return ordered(items, List.copyOf(changes), serverOrder, key);
    }

    /// Elements that the patch knows come in its order, the others in the server's; where both orders leave a choice,
    /// the patch's come first.
    private static JsonArray ordered(
            List<Json> items, List<Json> patchOrder, List<Json> serverOrder, String key) {
        List<Json> known = new ArrayList<>();
        for (Json wanted : patchOrder) {
            Json value = value(wanted, key);
            items.stream()
                    .filter(item -> value(item, key).equals(value) && !known.contains(item))
                    .forEach(known::add);
        }
        List<Json> serverOnly = new ArrayList<>(items);
        serverOnly.removeAll(known);
        List<Json> all = new ArrayList<>(items.size());
        int next = 0;
        for (Json item : known) {
            int at = rank(serverOrder, item, key);
            while (next < serverOnly.size() && at >= 0) {
                int other = rank(serverOrder, serverOnly.get(next), key);
                if (other < 0 || other >= at) {
                    break;
                }
                all.add(serverOnly.get(next++));
            }
            all.add(item);
        }
        all.addAll(serverOnly.subList(next, serverOnly.size()));
        return new JsonArray(all);
    }

    private static int rank(List<Json> order, Json item, String key) {
        Json value = value(item, key);
        for (int i = 0; i < order.size(); i++) {
            if (value(order.get(i), key).equals(value)) {
                return i;
            }
        }
        return -1;
    }

    private static Json value(Json item, String key) {
        return key.isEmpty() ? item : item.find(key).orElse(JsonNull.NULL);
    }

    private static int position(List<Json> items, String key, Json value) {
        for (int i = 0; i < items.size(); i++) {
            if (sameKey(key, value).test(items.get(i))) {
                return i;
            }
        }
        return -1;
    }

    private static Predicate<Json> sameKey(String key, Json value) {
        return item -> item instanceof JsonObject object && value.equals(object.get(key));
    }

    private static Json keyOf(JsonObject item, String key) {
        Json value = item.get(key);
        if (value == null) {
            throw refused("map: %s does not contain declared merge key: %s".formatted(item, key));
        }
        return value;
    }

    /// What a patch leaves behind where there was nothing: no directives, and no nulls, which only delete.
    private static Json withoutDirectives(Json value) {
        return switch (value) {
            case JsonObject object -> {
                JsonObject.Builder kept = JsonObject.builder();
                object.forEach((name, member) -> {
                    if (!isDirective(name) && !(member instanceof JsonNull)) {
                        kept.put(name, withoutDirectives(member));
                    }
                });
                yield kept.build();
            }
            case JsonArray array -> {
                List<Json> kept = new ArrayList<>();
                for (Json item : array.items()) {
                    if (!(item instanceof JsonObject object && object.contains(DIRECTIVE))) {
                        kept.add(withoutDirectives(item));
                    }
                }
                yield new JsonArray(kept);
            }
            default -> value;
        };
    }

    private static boolean isDirective(String name) {
        return name.equals(DIRECTIVE)
                || name.equals(RETAIN_KEYS)
                || name.startsWith(ORDER)
                || name.startsWith(DELETE);
    }

    private static ApiException unknownDirective(Json directive) {
        return refused("unknown patch type: " + directive.text());
    }

    private static ApiException refused(String message) {
        return new ApiException(new Status(500, "", message, JsonObject.EMPTY));
    }
}
