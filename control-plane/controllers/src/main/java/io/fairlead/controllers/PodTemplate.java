package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The template of a Deployment's pods: which replica set has it, and a short name for it.
final class PodTemplate {
    static final String HASH_LABEL = "pod-template-hash";

    /// Letters and digits that can hardly form a word.
    private static final String SAFE = "bcdfghjklmnpqrstvwxz2456789";

    private PodTemplate() {}

    /// Whether two templates make the same pods, whatever hash they are labelled with.
    static boolean areEqual(JsonObject one, JsonObject other) {
        return canonical(withoutHash(one)).equals(canonical(withoutHash(other)));
    }

    static JsonObject withHash(JsonObject template, String hash) {
        return template.withAt(Json.of(hash), "metadata", "labels", HASH_LABEL);
    }

    /// @param collisions how often the hash met another template's
    static String hash(JsonObject template, long collisions) {
        String text = JsonWriter.text(canonical(template)) + (collisions == 0 ? "" : collisions);
        int hash = 0x811c9dc5;
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (each & 0xff)) * 0x01000193;
        }
        StringBuilder safe = new StringBuilder();
        for (char digit : Integer.toUnsignedString(hash).toCharArray()) {
            safe.append(SAFE.charAt(digit % SAFE.length()));
        }
        return safe.toString();
    }

    private static JsonObject withoutHash(JsonObject template) {
        return template.has("metadata", "labels", HASH_LABEL)
                ? template.withoutAt("metadata", "labels", HASH_LABEL)
                : template;
    }

    /// With members sorted, and without what says nothing: nulls, and empty lists and objects among the metadata.
    private static Json canonical(Json value) {
        return switch (value) {
            case JsonObject object -> {
                List<String> names = new ArrayList<>(object.names());
                names.sort(null);
                JsonObject.Builder sorted = JsonObject.builder();
                for (String name : names) {
                    Json member = object.get(name);
                    if (member != null && !(member instanceof JsonNull)) {
                        sorted.put(name, canonical(member));
                    }
                }
                yield sorted.build();
            }
            case JsonArray array -> JsonArray.from(array.items(), PodTemplate::canonical);
            default -> value;
        };
    }
}
