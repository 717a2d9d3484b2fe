package io.fairlead.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Lays an applied configuration over the live object, and takes out what nobody wants any more.
final class TreeMerge {
    private TreeMerge() {}

    static JsonObject merge(JsonObject live, JsonObject config, SchemaType type) {
        JsonObject merged = live;
        for (String name : config.names()) {
            Json value = config.get(name);
            if (value != null) {
                merged = merged.with(name, merge(live.get(name), value, type.fieldType(name)));
            }
        }
        return merged;
    }

    private static Json merge(@Nullable Json live, Json config, SchemaType type) {
        if (live instanceof JsonObject left
                && config instanceof JsonObject right
                && TypedTree.isGranularObject(type)) {
            return merge(left, right, type);
        }
        if (live instanceof JsonArray left
                && config instanceof JsonArray right
                && TypedTree.isGranularList(type)) {
            return mergeLists(left, right, type);
        }
        return config;
    }

    /// Items of the configuration keep its order; items that only the live list has stay before the item that they were
    /// before.
    private static JsonArray mergeLists(JsonArray live, JsonArray config, SchemaType type) {
        Map<String, Json> left = TypedTree.items(type, live);
        Map<String, Json> right = TypedTree.items(type, config);
        List<String> liveSteps = List.copyOf(left.keySet());
        List<Json> merged = new ArrayList<>();
        Set<String> done = new HashSet<>();
        int at = 0;
        for (Map.Entry<String, Json> wanted : right.entrySet()) {
            String step = wanted.getKey();
            if (left.containsKey(step)) {
                while (at < liveSteps.size() && !liveSteps.get(at).equals(step)) {
                    String other = liveSteps.get(at);
                    if (right.containsKey(other) && !done.contains(other)) {
                        break;
                    }
                    takeLive(other, left, right, merged);
                    at++;
                }
                if (at < liveSteps.size() && liveSteps.get(at).equals(step)) {
                    at++;
                }
            } else {
                while (at < liveSteps.size() && !right.containsKey(liveSteps.get(at))) {
                    takeLive(liveSteps.get(at), left, right, merged);
                    at++;
                }
            }
            merged.add(merge(left.get(step), wanted.getValue(), type.element()));
            done.add(step);
        }
        for (; at < liveSteps.size(); at++) {
            takeLive(liveSteps.get(at), left, right, merged);
        }
        return new JsonArray(merged);
    }

    private static void takeLive(
            String step, Map<String, Json> left, Map<String, Json> right, List<Json> merged) {
        Json item = left.get(step);
        if (item != null && !right.containsKey(step)) {
            merged.add(item);
        }
    }

    /// Removes what the last configuration set and nobody owns any more.
    static JsonObject prune(JsonObject merged, FieldSet last, FieldSet owned, SchemaType type) {
        JsonObject pruned = merged;
        for (Map.Entry<String, FieldSet> step : last.children().entrySet()) {
            String name = step.getKey().substring(2);
            Json value = pruned.get(name);
            if (value == null || !step.getKey().startsWith("f:")) {
                continue;
            }
            FieldSet owner = owned.children().get(step.getKey());
            pruned =
                    owner == null
                            ? pruned.without(name)
                            : pruned.with(
                                    name,
                                    prune(value, step.getValue(), owner, type.fieldType(name)));
        }
        return pruned;
    }

    private static Json prune(Json value, FieldSet last, FieldSet owned, SchemaType type) {
        if (value instanceof JsonObject object && TypedTree.isGranularObject(type)) {
            return prune(object, last, owned, type);
        }
        if (!(value instanceof JsonArray array) || !TypedTree.isGranularList(type)) {
            return value;
        }
        List<Json> kept = new ArrayList<>();
        for (Json item : array.items()) {
            String step = TypedTree.step(type, item);
            FieldSet before = last.children().get(step);
            FieldSet owner = owned.children().get(step);
            if (before == null) {
                kept.add(item);
            } else if (owner != null) {
                kept.add(prune(item, before, owner, type.element()));
            }
        }
        return new JsonArray(kept);
    }
}
