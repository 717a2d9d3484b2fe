package io.fairlead.api;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;

/// A typed, read-only view over an object's tree. Views add accessors, never state: two views of one tree are equal.
public interface ApiObject {
    JsonObject tree();

    default String name() {
        return tree().text("metadata", "name");
    }

    default String namespace() {
        return tree().text("metadata", "namespace");
    }

    default ObjectName objectName() {
        return new ObjectName(namespace(), name());
    }

    default String uid() {
        return tree().text("metadata", "uid");
    }

    /// Zero where the object has none yet.
    default long resourceVersion() {
        String text = tree().text("metadata", "resourceVersion");
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    default long generation() {
        return tree().number(0, "metadata", "generation");
    }

    default Map<String, String> labels() {
        return tree().texts("metadata", "labels");
    }

    default Map<String, String> annotations() {
        return tree().texts("metadata", "annotations");
    }

    default boolean isBeingDeleted() {
        return tree().has("metadata", "deletionTimestamp");
    }

    default Optional<Instant> deletionTime() {
        return time("metadata", "deletionTimestamp");
    }

    default Optional<Instant> creationTime() {
        return time("metadata", "creationTimestamp");
    }

    /// The time at a path; empty where there is none or it cannot be read.
    default Optional<Instant> time(String... path) {
        String text = tree().text(path);
        try {
            return text.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(text));
        } catch (DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /// The owner reference with `controller: true`.
    default Optional<JsonObject> controllerReference() {
        return tree().list("metadata", "ownerReferences").stream()
                .filter(owner -> owner.flag("controller"))
                .map(owner -> (JsonObject) owner)
                .findFirst();
    }
}
