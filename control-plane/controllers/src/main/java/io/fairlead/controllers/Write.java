package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Deletion;
import io.fairlead.client.EventSubject;
import io.fairlead.client.KubeClient;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// One step of a [Plan].
public sealed interface Write {
    /// @param announcement told when it was done or refused
    record Create(ResourceType type, JsonObject object, Optional<Announcement> announcement)
            implements Write {}

    /// Replaces an object, unless it has changed since the controller read it.
    record Update(ResourceType type, JsonObject object) implements Write {}

    /// Changes an object's status. Done even when an earlier write of the plan was refused: it tells what is, not what is wished.
    ///
    /// @param patch a merge patch of the whole object
    record PatchStatus(ResourceType type, ObjectName name, JsonObject patch) implements Write {}

    /// Changes an object as a merge patch says, whatever else somebody changed about it since the controller read it.
    record Amend(ResourceType type, ObjectName name, JsonObject patch) implements Write {}

    /// @param contentType the patch's kind
    record Patch(ResourceType type, ObjectName name, String contentType, Json patch)
            implements Write {}

    record Delete(
            ResourceType type, ObjectName name, Deletion how, Optional<Announcement> announcement)
            implements Write {}

    /// Writes that do not depend on each other. They go out in growing groups, and stop after a group in which one was refused, so that a
    /// mistake is not made a hundred times.
    record Together(List<Write> writes) implements Write {
        public Together {
            writes = List.copyOf(writes);
        }
    }

    /// Tells an Event.
    record Tell(EventSubject subject, boolean warning, String reason, String message)
            implements Write {}

    /// A step that is more than one request.
    ///
    /// @param what for the log
    record Procedure(String what, Step step) implements Write {}

    /// Returns when the key is to be looked at again.
    interface Step {
        Optional<Duration> run(KubeClient client);
    }

    /// An Event about the outcome of a write: `Created pod: web-1`, or `Error creating: …`.
    ///
    /// @param done what is told once the write is done; the object's name takes the place of `{}`
    /// @param refused what comes before the server's words when it was refused
    record Announcement(
            EventSubject subject,
            String doneReason,
            String done,
            String refusedReason,
            String refused) {
        String doneWith(String name) {
            return done.replace("{}", name);
        }
    }

    static Create create(ResourceType type, JsonObject object) {
        return new Create(type, object, Optional.empty());
    }

    /// Makes an object's status what it should be; empty when it is that already.
    static Optional<Write> status(ResourceType type, ApiObject object, JsonObject wanted) {
        JsonObject current = object.tree().object("status");
        if (current.equals(wanted)) {
            return Optional.empty();
        }
        JsonObject patch =
                JsonObject.of(
                        "metadata",
                        JsonObject.of("uid", Json.of(object.uid())),
                        "status",
                        difference(current, wanted));
        return Optional.of(new PatchStatus(type, object.objectName(), patch));
    }

    /// The merge patch from one object to another.
    private static JsonObject difference(JsonObject current, JsonObject wanted) {
        JsonObject.Builder changes = JsonObject.builder();
        current.forEach((name, value) -> {
            if (!wanted.contains(name)) {
                changes.put(name, JsonNull.NULL);
            }
        });
        wanted.forEach((name, value) -> {
            Json before = current.get(name);
            if (before instanceof JsonObject one && value instanceof JsonObject other) {
                if (!one.equals(other)) {
                    changes.put(name, difference(one, other));
                }
            } else if (!value.equals(before)) {
                changes.put(name, value);
            }
        });
        return changes.build();
    }

    static Delete delete(ResourceType type, ObjectName name, String uid) {
        return new Delete(type, name, Deletion.PLAIN.withUid(uid), Optional.empty());
    }

    static Patch merge(ResourceType type, ObjectName name, JsonObject patch) {
        return new Patch(type, name, ApiRequest.MERGE_PATCH, patch);
    }

    static Tell tell(EventSubject subject, String reason, String message) {
        return new Tell(subject, false, reason, message);
    }

    static Tell warn(EventSubject subject, String reason, String message) {
        return new Tell(subject, true, reason, message);
    }
}
