package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.List;

/// Owner references: how an object says to whom it belongs.
final class Ownership {
    private Ownership() {}

    /// The reference of an object to its controller.
    static JsonObject reference(ResourceType type, ApiObject owner) {
        return JsonObject.builder()
                .put("apiVersion", type.apiVersion())
                .put("kind", type.kind())
                .put("name", owner.name())
                .put("uid", owner.uid())
                .put("controller", true)
                .put("blockOwnerDeletion", true)
                .build();
    }

    static boolean isControlledBy(ApiObject object, String uid) {
        return object.controllerReference()
                .filter(owner -> owner.text("uid").equals(uid))
                .isPresent();
    }

    /// Takes an object that nobody controls.
    static Write adopt(
            ResourceType type, ApiObject orphan, ResourceType ownerType, ApiObject owner) {
        List<Json> references = new ArrayList<>(orphan.tree().list("metadata", "ownerReferences"));
        references.add(reference(ownerType, owner));
        return rewritten(type, orphan, references);
    }

    /// Lets an object go that is no longer selected.
    static Write release(ResourceType type, ApiObject object, String ownerUid) {
        List<Json> references =
                object.tree().list("metadata", "ownerReferences").stream()
                        .filter(owner -> !owner.text("uid").equals(ownerUid))
                        .toList();
        return rewritten(type, object, references);
    }

    private static Write rewritten(ResourceType type, ApiObject object, List<Json> references) {
        ObjectName name = object.objectName();
        // The identity guards against a successor of the same name, the version against somebody
        // else's change of the list.
        JsonObject metadata =
                JsonObject.of(
                        "uid",
                        Json.of(object.uid()),
                        "resourceVersion",
                        Json.of(object.tree().text("metadata", "resourceVersion")),
                        "ownerReferences",
                        new JsonArray(references));
        return Write.merge(type, name, JsonObject.of("metadata", metadata));
    }
}
