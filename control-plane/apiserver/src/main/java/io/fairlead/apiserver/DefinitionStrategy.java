package io.fairlead.apiserver;

import io.fairlead.api.CustomDefinition;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// What is special about CustomResourceDefinitions: their status is known the moment they are written, and they go only after their objects.
final class DefinitionStrategy implements Strategy {
    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        JsonObject stored = DefinitionStatus.stored(object.without("status"));
        return DefinitionStatus.accepted(stored, write.snapshot(), write.now());
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        return write.part() == Write.Part.MAIN
                ? DefinitionStatus.accepted(
                        DefinitionStatus.stored(after), write.snapshot(), write.now())
                : after;
    }

    @Override
    public JsonObject onMarked(JsonObject object) {
        List<Json> finalizers = new ArrayList<>(object.list("metadata", "finalizers"));
        if (finalizers.contains(Json.of(CustomDefinition.CLEANUP))) {
            return object;
        }
        finalizers.add(Json.of(CustomDefinition.CLEANUP));
        return DefinitionStatus.with(
                object.withoutAt("metadata", "deletionGracePeriodSeconds")
                        .withAt(new JsonArray(finalizers), "metadata", "finalizers"),
                "Terminating",
                "True",
                "InstanceDeletionPending",
                "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
                Instant.parse(object.text("metadata", "deletionTimestamp")));
    }
}
