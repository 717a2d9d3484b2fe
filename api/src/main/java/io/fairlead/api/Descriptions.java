package io.fairlead.api;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What fields are for, one line each, for the kinds that people ask `kubectl explain` about. Kept in `descriptions.facts`; written by hand.
final class Descriptions {
    private static final List<String> KINDS =
            List.of(
                    "io.k8s.api.core.v1.Service",
                    "io.k8s.api.discovery.v1.EndpointSlice",
                    "io.k8s.api.core.v1.Pod",
                    "io.k8s.api.apps.v1.Deployment",
                    "io.k8s.api.networking.v1.Ingress");
    private static final String ANY_TYPE = "*";

    private final Map<String, String> texts;
    private final Set<String> types;

    private Descriptions(Map<String, String> texts, Set<String> types) {
        this.texts = texts;
        this.types = types;
    }

    static Descriptions read() {
        Map<String, String> texts = new HashMap<>();
        for (String line : Facts.lines("descriptions")) {
            int space = line.indexOf(' ');
            if (!line.startsWith("#") && space > 0) {
                texts.put(line.substring(0, space), line.substring(space + 1));
            }
        }
        return new Descriptions(texts, reachable());
    }

    /// The schema of a type with its descriptions; unchanged where nobody has written any.
    JsonObject describe(String typeName, JsonObject schema) {
        if (!types.contains(typeName)) {
            return schema;
        }
        String shortName = typeName.substring(typeName.lastIndexOf('.') + 1);
        JsonObject described = with(schema, texts.get(shortName));
        if (!(schema.get("properties") instanceof JsonObject properties)) {
            return described;
        }
        JsonObject.Builder fields = JsonObject.builder();
        properties.forEach(
                (name, field) -> fields.put(name, with((JsonObject) field, of(shortName, name))));
        return described.with("properties", fields.build());
    }

    @Nullable String of(String type, String field) {
        String own = texts.get(type + "." + field);
        return own == null ? texts.get(ANY_TYPE + "." + field) : own;
    }

    private static JsonObject with(JsonObject schema, @Nullable String description) {
        return description == null ? schema : schema.with("description", description);
    }

    /// The types that the described kinds are made of.
    static Set<String> reachable() {
        Set<String> found = new HashSet<>();
        Deque<String> wanted = new ArrayDeque<>(KINDS);
        while (!wanted.isEmpty()) {
            String name = wanted.pop();
            if (found.add(name)) {
                references(SchemaType.named(name).schema(), wanted);
            }
        }
        return found;
    }

    private static void references(Json json, Deque<String> into) {
        switch (json) {
            case JsonObject object ->
                    object.forEach((name, value) -> {
                        if (name.equals("$ref") && value instanceof JsonString reference) {
                            into.add(reference.value());
                        } else {
                            references(value, into);
                        }
                    });
            case JsonArray array -> array.items().forEach(item -> references(item, into));
            default -> {}
        }
    }
}
