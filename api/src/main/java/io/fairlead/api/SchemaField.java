package io.fairlead.api;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A field of an object type.
///
/// @param defaultValue what the schema puts where the field is absent; for types of Kubernetes itself this includes the
///     zero values that Go writes out
/// @param mergeKey the field that tells items apart in a strategic merge patch; empty where lists are replaced
/// @param patchStrategies any of `merge`, `replace`, `retainKeys`
/// @param goType what Kubernetes' own type for the field is
public record SchemaField(
        String name,
        SchemaType type,
        boolean required,
        @Nullable Json defaultValue,
        String mergeKey,
        List<String> patchStrategies,
        GoType goType) {

    static SchemaField of(String name, JsonObject schema, boolean required, GoType goType) {
        return new SchemaField(
                name,
                SchemaType.of(schema),
                required,
                schema.get("default"),
                schema.text("x-kubernetes-patch-merge-key"),
                strategies(schema.text("x-kubernetes-patch-strategy")),
                goType);
    }

    public boolean merges() {
        return patchStrategies.contains("merge");
    }

    public boolean retainsKeys() {
        return patchStrategies.contains("retainKeys");
    }

    private static List<String> strategies(String text) {
        return text.isEmpty() ? List.of() : List.of(text.split(","));
    }
}
