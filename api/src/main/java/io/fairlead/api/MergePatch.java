package io.fairlead.api;

/// JSON merge patches, RFC 7386.
public final class MergePatch {
    private MergePatch() {}

    public static JsonObject apply(JsonObject current, JsonObject patch) {
        JsonObject merged = current;
        for (String name : patch.names()) {
            Json change = patch.get(name);
            if (change == null || change instanceof JsonNull) {
                merged = merged.without(name);
            } else if (change instanceof JsonObject part) {
                JsonObject under =
                        merged.get(name) instanceof JsonObject object ? object : JsonObject.EMPTY;
                merged = merged.with(name, apply(under, part));
            } else {
                merged = merged.with(name, change);
            }
        }
        return merged;
    }
}
