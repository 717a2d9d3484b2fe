package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a structural schema makes of an object: unknown fields go, absent ones get their defaults. Immutable.
///
/// A structural schema tells the type of every field without its logical parts (`allOf` and the like), so that this needs no validation.
public final class CustomSchema {
    private static final String PRESERVE = "x-kubernetes-preserve-unknown-fields";
    private static final String EMBEDDED = "x-kubernetes-embedded-resource";
    private static final Set<String> ROOT_FIELDS = Set.of("apiVersion", "kind", "metadata");
    private static final SchemaType METADATA =
            SchemaType.named("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

    private final JsonObject schema;

    public CustomSchema(JsonObject schema) {
        this.schema = schema;
    }

    public JsonObject schema() {
        return schema;
    }

    /// The object without what the schema does not know, and with its metadata in the form of all objects.
    ///
    /// @param problems collects what was left out: `unknown field "spec.colour"`
    /// @throws DecodingException when the metadata is of no use
    public JsonObject pruned(JsonObject object, List<String> problems) {
        List<String> unknown = new ArrayList<>();
        JsonObject known = members(object, schema, "", Place.ROOT, unknown);
        unknown.sort(null);
        unknown.forEach(path -> problems.add("unknown field \"" + path + "\""));
        return known;
    }

    /// The object with the schema's defaults where it says nothing, or null where null is not allowed.
    public JsonObject withDefaults(JsonObject object) {
        return defaultedMembers(object, schema, Place.ROOT);
    }

    /// A stored object as it is shown, whatever schema it was written under.
    public JsonObject shown(JsonObject stored) {
        return withDefaults(members(stored, schema, "", Place.ROOT, null));
    }

    private enum Place {
        /// Of an object, or of one embedded in another: has kind, version and metadata.
        ROOT,
        INSIDE
    }

    private static Place place(JsonObject schema) {
        return schema.flag(EMBEDDED) ? Place.ROOT : Place.INSIDE;
    }

    private static Json pruned(
            Json value,
            JsonObject schema,
            String path,
            Place place,
            @Nullable List<String> unknown) {
        return switch (value) {
            case JsonObject object -> members(object, schema, path, place, unknown);
            case JsonArray array -> items(array, schema.object("items"), path, unknown);
            default -> value;
        };
    }

    private static JsonObject members(
            JsonObject object,
            JsonObject schema,
            String path,
            Place place,
            @Nullable List<String> unknown) {
        JsonObject properties = schema.object("properties");
        Json additional = schema.get("additionalProperties");
        boolean preserves = schema.flag(PRESERVE);
        JsonObject.Builder kept = JsonObject.builder();
        boolean changed = false;
        for (String name : object.names()) {
            Json before = object.get(name);
            if (before == null) {
                continue;
            }
            String at = path.isEmpty() ? name : path + "." + name;
            Json after = before;
            if (place == Place.ROOT && ROOT_FIELDS.contains(name)) {
                after = name.equals("metadata") ? metadata(before, at, unknown) : before;
            } else if (properties.get(name) instanceof JsonObject known) {
                after = pruned(before, known, at, place(known), unknown);
            } else if (additional instanceof JsonObject known) {
                after = pruned(before, known, at, place(known), unknown);
            } else if (!preserves
                    && !(additional instanceof JsonBoolean allowed && allowed.value())) {
                if (unknown != null) {
                    unknown.add(at);
                }
                changed = true;
                continue;
            }
            changed |= ObjectDecoder.isOther(after, before);
            kept.put(name, after);
        }
        return changed ? kept.build() : object;
    }

    private static Json metadata(Json before, String path, @Nullable List<String> unknown) {
        if (unknown == null) {
            return before;
        }
        if (!(before instanceof JsonObject object)) {
            if (path.equals("metadata")) {
                throw new DecodingException("metadata is no object");
            }
            return before;
        }
        ObjectDecoder.Decoded decoded = ObjectDecoder.decode(object, METADATA);
        for (String problem : decoded.problems()) {
            int quote = problem.indexOf('"');
            unknown.add(path + "." + problem.substring(quote + 1, problem.length() - 1));
        }
        return decoded.tree();
    }

    private static Json items(
            JsonArray array, JsonObject schema, String path, @Nullable List<String> unknown) {
        List<Json> kept = new ArrayList<>(array.size());
        boolean changed = false;
        for (int i = 0; i < array.size(); i++) {
            Json before = array.items().get(i);
            Json after = pruned(before, schema, path + "[" + i + "]", place(schema), unknown);
            changed |= ObjectDecoder.isOther(after, before);
            kept.add(after);
        }
        return changed ? new JsonArray(kept) : array;
    }

    private static Json defaulted(Json value, JsonObject schema) {
        return switch (value) {
            case JsonObject object -> defaultedMembers(object, schema, place(schema));
            case JsonArray array -> defaultedItems(array, schema.object("items"));
            default -> value;
        };
    }

    private static JsonObject defaultedMembers(JsonObject object, JsonObject schema, Place place) {
        JsonObject properties = schema.object("properties");
        Json additional = schema.get("additionalProperties");
        JsonObject.Builder filled = JsonObject.builder();
        boolean changed = false;
        for (String name : object.names()) {
            Json before = object.get(name);
            boolean isOwn = place == Place.ROOT && ROOT_FIELDS.contains(name);
            JsonObject known = isOwn ? null : known(properties, additional, name);
            if (before == null) {
                continue;
            }
            if (known == null) {
                filled.put(name, before);
                continue;
            }
            boolean isRefusedNull = before instanceof JsonNull && !known.flag("nullable");
            Json fallback = known.get("default");
            if (isRefusedNull && (fallback != null || properties.contains(name))) {
                changed = true;
                if (fallback != null) {
                    filled.put(name, defaulted(fallback, known));
                }
                continue;
            }
            Json after = defaulted(before, known);
            changed |= ObjectDecoder.isOther(after, before);
            filled.put(name, after);
        }
        for (String name : properties.names()) {
            if (object.contains(name) || !(properties.get(name) instanceof JsonObject known)) {
                continue;
            }
            Json fallback = known.get("default");
            if (fallback != null) {
                filled.put(name, defaulted(fallback, known));
                changed = true;
            }
        }
        return changed ? filled.build() : object;
    }

    private static @Nullable JsonObject known(
            JsonObject properties, @Nullable Json additional, String name) {
        if (properties.get(name) instanceof JsonObject known) {
            return known;
        }
        return additional instanceof JsonObject known ? known : null;
    }

    private static Json defaultedItems(JsonArray array, JsonObject schema) {
        List<Json> filled = new ArrayList<>(array.size());
        boolean changed = false;
        for (Json before : array.items()) {
            boolean isRefusedNull = before instanceof JsonNull && !schema.flag("nullable");
            Json fallback = schema.get("default");
            Json after =
                    isRefusedNull && fallback != null
                            ? defaulted(fallback, schema)
                            : defaulted(before, schema);
            changed |= ObjectDecoder.isOther(after, before);
            filled.add(after);
        }
        return changed ? new JsonArray(filled) : array;
    }

    @Override
    public String toString() {
        return schema.toString();
    }
}
