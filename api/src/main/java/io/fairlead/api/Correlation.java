package io.fairlead.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Finds what a list's item was before an update: by its keys, as only lists of type map name their items.
public final class Correlation {
    private Correlation() {}

    /// @param schema of the list
    /// @return null when there was none, or nobody can tell
    public static @Nullable Json item(JsonObject schema, Json before, Json item) {
        List<Json> keys = schema.list("x-kubernetes-list-map-keys");
        if (!schema.text("x-kubernetes-list-type").equals("map") || keys.isEmpty()) {
            return null;
        }
        for (Json old : before.list()) {
            boolean isSame =
                    keys.stream()
                            .allMatch(key -> old.find(key.text()).equals(item.find(key.text())));
            if (isSame) {
                return old;
            }
        }
        return null;
    }
}
