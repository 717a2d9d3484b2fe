package io.fairlead.apiserver;

import io.fairlead.api.CustomDefinition;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Computes a CustomResourceDefinition's status: which of its names it has got, whether it is served, and in which versions objects may be stored.
final class DefinitionStatus {
    private static final String PREFIX = StorageKeys.prefix(CustomDefinition.TYPE);

    private DefinitionStatus() {}

    /// The definition with the names that no other has, and the conditions that follow.
    static JsonObject accepted(
            JsonObject definition, Snapshot<StoredObject> snapshot, Instant now) {
        JsonObject names = definition.object("spec", "names");
        Map<String, String> taken = taken(definition, snapshot);
        JsonObject before = definition.object("status", "acceptedNames");
        JsonObject accepted = JsonObject.EMPTY;
        List<String> reasons = new ArrayList<>();
        List<String> messages = new ArrayList<>();
        for (String field : List.of("plural", "singular", "kind", "listKind")) {
            String name = names.text(field);
            if (name.isEmpty()) {
                continue;
            }
            boolean isKind = field.endsWith("ind");
            if (taken.containsKey(key(isKind, name))) {
                reasons.add(
                        Character.toUpperCase(field.charAt(0)) + field.substring(1) + "Conflict");
                messages.add("\"%s\" is already in use".formatted(name));
                name = before.text(field);
            }
            accepted = accepted.with(field, name);
        }
        List<Json> shortNames = names.list("shortNames");
        boolean isClash =
                shortNames.stream().anyMatch(name -> taken.containsKey(key(false, name.text())));
        if (isClash) {
            reasons.add("ShortNamesConflict");
            shortNames.stream()
                    .map(Json::text)
                    .filter(name -> taken.containsKey(key(false, name)))
                    .forEach(name -> messages.add("\"%s\" is already in use".formatted(name)));
            shortNames = before.list("shortNames");
        }
        if (!shortNames.isEmpty()) {
            accepted = accepted.with("shortNames", new JsonArray(shortNames));
        }
        if (!names.list("categories").isEmpty()) {
            accepted = accepted.with("categories", new JsonArray(names.list("categories")));
        }
        // Clients rely on these two being there, even where nothing was accepted.
        accepted =
                accepted.with("plural", accepted.text("plural"))
                        .with("kind", accepted.text("kind"));
        JsonObject told = definition.withAt(accepted, "status", "acceptedNames");
        if (reasons.isEmpty()) {
            told = with(told, "NamesAccepted", "True", "NoConflicts", "no conflicts found", now);
            return hasEver(told, "Established")
                    ? told
                    : with(
                            told,
                            "Established",
                            "True",
                            "InitialNamesAccepted",
                            "the initial names have been accepted",
                            now);
        }
        told =
                with(
                        told,
                        "NamesAccepted",
                        "False",
                        reasons.getLast(),
                        String.join(", ", messages),
                        now);
        return hasEver(told, "Established")
                ? told
                : with(
                        told,
                        "Established",
                        "False",
                        "NotAccepted",
                        "not all names are accepted",
                        now);
    }

    /// The definition with its storage version among those that objects may be in.
    static JsonObject stored(JsonObject definition) {
        String version = new CustomDefinition(definition).storageVersion();
        List<Json> stored = new ArrayList<>(definition.list("status", "storedVersions"));
        if (!version.isEmpty() && !stored.contains(Json.of(version))) {
            stored.add(Json.of(version));
        }
        return definition.withAt(new JsonArray(stored), "status", "storedVersions");
    }

    static JsonObject with(
            JsonObject definition,
            String type,
            String status,
            String reason,
            String message,
            Instant now) {
        List<Json> conditions = new ArrayList<>(definition.list("status", "conditions"));
        int at = 0;
        while (at < conditions.size() && !conditions.get(at).text("type").equals(type)) {
            at++;
        }
        boolean isSame = at < conditions.size() && conditions.get(at).text("status").equals(status);
        JsonObject condition =
                JsonObject.builder()
                        .put("type", type)
                        .put("status", status)
                        .put(
                                "lastTransitionTime",
                                isSame
                                        ? conditions.get(at).text("lastTransitionTime")
                                        : now.truncatedTo(ChronoUnit.SECONDS).toString())
                        .put("reason", reason)
                        .put("message", message)
                        .build();
        if (at < conditions.size()) {
            conditions.set(at, condition);
        } else {
            conditions.add(condition);
        }
        return definition.withAt(new JsonArray(conditions), "status", "conditions");
    }

    private static boolean hasEver(JsonObject definition, String type) {
        return new CustomDefinition(definition).hasCondition(type);
    }

    /// The names that other definitions of the group hold.
    private static Map<String, String> taken(JsonObject own, Snapshot<StoredObject> snapshot) {
        Map<String, String> taken = new TreeMap<>();
        for (Stored<StoredObject> stored : snapshot.list(PREFIX)) {
            JsonObject other = stored.value().tree();
            boolean isOther =
                    !other.text("metadata", "name").equals(own.text("metadata", "name"))
                            && other.text("spec", "group").equals(own.text("spec", "group"));
            if (isOther) {
                JsonObject names = other.object("status", "acceptedNames");
                Set<String> held = new TreeSet<>();
                held.add(key(false, names.text("plural")));
                held.add(key(false, names.text("singular")));
                held.add(key(true, names.text("kind")));
                held.add(key(true, names.text("listKind")));
                names.list("shortNames").forEach(name -> held.add(key(false, name.text())));
                held.forEach(name -> taken.put(name, other.text("metadata", "name")));
            }
        }
        return taken;
    }

    // Kinds and resources are two sorts of names; a resource may be called as a kind is.
    private static String key(boolean isKind, String name) {
        return (isKind ? "kind " : "resource ") + name;
    }
}
