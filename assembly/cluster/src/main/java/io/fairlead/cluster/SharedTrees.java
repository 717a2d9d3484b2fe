package io.fairlead.cluster;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Remembers parts of objects that came lately, so that many objects alike are kept with one copy of what they have in common.
///
/// Owned by one thread at a time.
final class SharedTrees {
    private static final int REMEMBERED_MAX = 2000;

    private final Map<Json, Json> parts = remembering();
    private final Map<List<String>, JsonObject> shapes = remembering();

    /// An equal tree, the same one for all who ask for it.
    Json shared(Json part) {
        Json known = parts.putIfAbsent(part, part);
        return known == null ? part : known;
    }

    /// The same object, with the names of its members kept once for all objects that have these.
    JsonObject shaped(JsonObject object) {
        JsonObject known = shapes.putIfAbsent(object.names(), object);
        return known == null ? object : object.shapedAs(known);
    }

    private static <K, V> Map<K, V> remembering() {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > REMEMBERED_MAX;
            }
        };
    }
}
