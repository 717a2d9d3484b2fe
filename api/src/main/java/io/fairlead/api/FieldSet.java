package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// A set of fields of one object, kept as the tree of their paths. Immutable.
///
/// The steps of a path are written as in `fieldsV1`: `f:name` for a field, `k:{"port":80}` for a list's item by its keys,
/// `v:"x"` for an item by its value.
///
/// @param member whether the place that this node stands for is itself in the set
public record FieldSet(boolean member, SortedMap<String, FieldSet> children) {
    public static final FieldSet EMPTY = new FieldSet(false, new TreeMap<>());
    static final FieldSet MEMBER = new FieldSet(true, new TreeMap<>());

    /// The set of whole top-level fields.
    public static FieldSet ofFields(String... names) {
        Builder set = new Builder();
        for (String name : names) {
            set.child("f:" + name).add();
        }
        return set.build();
    }

    /// Reads `fieldsV1`.
    public static FieldSet of(JsonObject fields) {
        SortedMap<String, FieldSet> children = new TreeMap<>();
        boolean member = fields.isEmpty();
        for (String step : fields.names()) {
            if (step.equals(".")) {
                member = true;
            } else {
                children.put(step, of(fields.object(step)));
            }
        }
        return new FieldSet(member, children);
    }

    /// Reads the whole of an entry's `fieldsV1`, of which the root itself is no member.
    static FieldSet ofRoot(JsonObject fields) {
        return new FieldSet(false, of(fields).children());
    }

    /// As `fieldsV1`.
    public JsonObject json() {
        JsonObject.Builder fields = JsonObject.builder();
        if (member && !children.isEmpty()) {
            fields.put(".", JsonObject.EMPTY);
        }
        children.forEach((step, child) -> fields.put(step, child.json()));
        return fields.build();
    }

    public boolean isEmpty() {
        return !member && children.isEmpty();
    }

    public FieldSet union(FieldSet other) {
        SortedMap<String, FieldSet> both = new TreeMap<>(children);
        other.children.forEach((step, child) -> both.merge(step, child, FieldSet::union));
        return new FieldSet(member || other.member, both);
    }

    public FieldSet minus(FieldSet other) {
        SortedMap<String, FieldSet> rest = new TreeMap<>();
        children.forEach((step, child) -> {
            FieldSet left = child.minus(other.children.getOrDefault(step, EMPTY));
            if (!left.isEmpty()) {
                rest.put(step, left);
            }
        });
        return new FieldSet(member && !other.member, rest);
    }

    public FieldSet intersection(FieldSet other) {
        SortedMap<String, FieldSet> shared = new TreeMap<>();
        children.forEach((step, child) -> {
            FieldSet common = child.intersection(other.children.getOrDefault(step, EMPTY));
            if (!common.isEmpty()) {
                shared.put(step, common);
            }
        });
        return new FieldSet(member && other.member, shared);
    }

    /// Without the other set's members and all that lies below them.
    public FieldSet minusBelow(FieldSet other) {
        SortedMap<String, FieldSet> rest = new TreeMap<>();
        children.forEach((step, child) -> {
            FieldSet removed = other.children.getOrDefault(step, EMPTY);
            FieldSet left = removed.member ? EMPTY : child.minusBelow(removed);
            if (!left.isEmpty()) {
                rest.put(step, left);
            }
        });
        return new FieldSet(member && !other.member, rest);
    }

    /// The members' paths as messages show them, such as `.spec.ports[port=80,protocol="TCP"].name`.
    public List<String> paths() {
        List<String> paths = new ArrayList<>();
        collect("", paths);
        return paths;
    }

    static String shown(String step) {
        String rest = step.substring(2);
        return switch (step.charAt(0)) {
            case 'f' -> "." + rest;
            case 'k' -> "[" + shownKeys(rest) + "]";
            case 'v' -> "[=" + rest + "]";
            default -> "[" + rest + "]";
        };
    }

    private void collect(String path, List<String> paths) {
        if (member && !path.isEmpty()) {
            paths.add(path);
        }
        for (Map.Entry<String, FieldSet> child : children.entrySet()) {
            child.getValue().collect(path + shown(child.getKey()), paths);
        }
    }

    private static String shownKeys(String json) {
        List<String> keys = new ArrayList<>();
        if (JsonReader.read(json) instanceof JsonObject object) {
            object.forEach((name, value) -> keys.add(name + "=" + JsonWriter.text(value)));
        }
        return String.join(",", keys);
    }

    /// Grows a set. Owned by one thread.
    static final class Builder {
        private boolean member;
        private final SortedMap<String, Builder> children = new TreeMap<>();

        Builder child(String step) {
            return children.computeIfAbsent(step, missing -> new Builder());
        }

        void add() {
            member = true;
        }

        /// Adds the place at the end of a path from here.
        void add(List<String> path) {
            Builder at = this;
            for (String step : path) {
                at = at.child(step);
            }
            at.add();
        }

        FieldSet build() {
            SortedMap<String, FieldSet> built = new TreeMap<>();
            children.forEach((step, child) -> {
                FieldSet set = child.build();
                if (!set.isEmpty()) {
                    built.put(step, set);
                }
            });
            return new FieldSet(member, built);
        }
    }
}
