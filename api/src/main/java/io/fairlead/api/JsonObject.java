package io.fairlead.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// An immutable JSON object that keeps the order of its members. Equality ignores that order.
///
/// Members live in two arrays, because most objects are small and a cluster holds millions of them.
public final class JsonObject implements Json {
    public static final JsonObject EMPTY = new JsonObject(new String[0], new Json[0]);

    private static final int INDEXED_FROM = 17;

    private final String[] names;
    private final Json[] values;
    private @Nullable Map<String, Integer> index;

    private JsonObject(String[] names, Json[] values) {
        this.names = names;
        this.values = values;
    }

    public static JsonObject of(String name, Json value) {
        return new JsonObject(new String[] {name}, new Json[] {value});
    }

    public static JsonObject of(String name1, Json value1, String name2, Json value2) {
        return builder().put(name1, value1).put(name2, value2).build();
    }

    public static JsonObject of(
            String name1, Json value1, String name2, Json value2, String name3, Json value3) {
        return builder().put(name1, value1).put(name2, value2).put(name3, value3).build();
    }

    public static JsonObject ofStrings(Map<String, String> members) {
        Builder builder = builder();
        members.forEach((name, value) -> builder.put(name, value));
        return builder.build();
    }

    public static Builder builder() {
        return new Builder();
    }

    /// The member's value, [JsonNull] included, or null when there is no such member.
    public @Nullable Json get(String name) {
        int position = position(name);
        return position < 0 ? null : values[position];
    }

    public boolean contains(String name) {
        return position(name) >= 0;
    }

    public int size() {
        return names.length;
    }

    public boolean isEmpty() {
        return names.length == 0;
    }

    public List<String> names() {
        return List.of(names);
    }

    public void forEach(BiConsumer<String, Json> action) {
        for (int i = 0; i < names.length; i++) {
            action.accept(names[i], values[i]);
        }
    }

    /// The members whose values are strings, in order.
    public Map<String, String> strings() {
        Map<String, String> strings = new LinkedHashMap<>();
        forEach((name, value) -> {
            if (value instanceof JsonString string) {
                strings.put(name, string.value());
            }
        });
        return strings;
    }

    /// This object, holding the names of its members in common with another one, for who keeps many alike; itself where the names or their order differ.
    public JsonObject shapedAs(JsonObject other) {
        return Arrays.equals(names, other.names) ? new JsonObject(other.names, values) : this;
    }

    /// This object with one member set; a new member comes last.
    public JsonObject with(String name, Json value) {
        int position = position(name);
        if (position >= 0) {
            if (values[position].equals(value)) {
                return this;
            }
            Json[] changed = values.clone();
            changed[position] = value;
            return new JsonObject(names, changed);
        }
        String[] moreNames = Arrays.copyOf(names, names.length + 1);
        Json[] moreValues = Arrays.copyOf(values, values.length + 1);
        moreNames[names.length] = name;
        moreValues[values.length] = value;
        return new JsonObject(moreNames, moreValues);
    }

    public JsonObject with(String name, String value) {
        return with(name, new JsonString(value));
    }

    public JsonObject without(String name) {
        int position = position(name);
        if (position < 0) {
            return this;
        }
        String[] fewerNames = new String[names.length - 1];
        Json[] fewerValues = new Json[values.length - 1];
        System.arraycopy(names, 0, fewerNames, 0, position);
        System.arraycopy(values, 0, fewerValues, 0, position);
        System.arraycopy(names, position + 1, fewerNames, position, fewerNames.length - position);
        System.arraycopy(
                values, position + 1, fewerValues, position, fewerValues.length - position);
        return new JsonObject(fewerNames, fewerValues);
    }

    /// This tree with the value at `path` set; objects missing on the way are made, other values there are replaced.
    public JsonObject withAt(Json value, String... path) {
        return withAt(value, 0, path);
    }

    /// This tree without the member at `path`; parents stay, even when they become empty.
    public JsonObject withoutAt(String... path) {
        if (path.length == 1) {
            return without(path[0]);
        }
        if (!(get(path[0]) instanceof JsonObject child)) {
            return this;
        }
        return with(path[0], child.withoutAt(Arrays.copyOfRange(path, 1, path.length)));
    }

    private JsonObject withAt(Json value, int depth, String... path) {
        String name = path[depth];
        if (depth == path.length - 1) {
            return with(name, value);
        }
        JsonObject child = get(name) instanceof JsonObject object ? object : EMPTY;
        return with(name, child.withAt(value, depth + 1, path));
    }

    private int position(String name) {
        if (names.length >= INDEXED_FROM) {
            return indexed().getOrDefault(name, -1);
        }
        for (int i = 0; i < names.length; i++) {
            if (names[i].equals(name)) {
                return i;
            }
        }
        return -1;
    }

    // Built more than once when threads race; every copy is the same.
    private Map<String, Integer> indexed() {
        Map<String, Integer> known = index;
        if (known == null) {
            Map<String, Integer> built = LinkedHashMap.newLinkedHashMap(names.length);
            for (int i = 0; i < names.length; i++) {
                built.put(names[i], i);
            }
            known = Map.copyOf(built);
            index = known;
        }
        return known;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof JsonObject that) || that.names.length != names.length) {
            return false;
        }
        for (int i = 0; i < names.length; i++) {
            if (!values[i].equals(that.get(names[i]))) {
                return false;
            }
        }
        return true;
    }

    @Override
    public int hashCode() {
        int sum = 0;
        for (int i = 0; i < names.length; i++) {
            sum += Objects.hash(names[i], values[i]);
        }
        return sum;
    }

    @Override
    public String toString() {
        return JsonWriter.text(this);
    }

    /// Collects members in order; a name put twice keeps its place and takes the later value.
    public static final class Builder {
        private final List<String> names = new ArrayList<>();
        private final List<Json> values = new ArrayList<>();
        private @Nullable Map<String, Integer> positions;

        private Builder() {}

        public Builder put(String name, Json value) {
            int position = position(name);
            if (position >= 0) {
                values.set(position, value);
            } else {
                if (positions != null) {
                    positions.put(name, names.size());
                }
                names.add(name);
                values.add(value);
            }
            return this;
        }

        /// Puts a member unless there is one of that name, which is then returned.
        @Nullable Json putNew(String name, Json value) {
            int position = position(name);
            if (position >= 0) {
                return values.get(position);
            }
            put(name, value);
            return null;
        }

        public Builder put(String name, String value) {
            return put(name, new JsonString(value));
        }

        public Builder put(String name, long value) {
            return put(name, new JsonNumber(value));
        }

        public Builder put(String name, boolean value) {
            return put(name, Json.of(value));
        }

        /// Nothing when `value` is empty, as Go's `omitempty`.
        public Builder putUnlessEmpty(String name, String value) {
            return value.isEmpty() ? this : put(name, value);
        }

        public Builder putUnlessEmpty(String name, JsonObject value) {
            return value.isEmpty() ? this : put(name, value);
        }

        public Builder putUnlessEmpty(String name, JsonArray value) {
            return value.items().isEmpty() ? this : put(name, value);
        }

        public JsonObject build() {
            return names.isEmpty()
                    ? EMPTY
                    : new JsonObject(names.toArray(String[]::new), values.toArray(Json[]::new));
        }

        private int position(String name) {
            if (names.size() < INDEXED_FROM) {
                return names.indexOf(name);
            }
            if (positions == null) {
                positions = new LinkedHashMap<>();
                for (int i = 0; i < names.size(); i++) {
                    positions.put(names.get(i), i);
                }
            }
            return positions.getOrDefault(name, -1);
        }
    }
}
