package io.fairlead.client;

import io.fairlead.api.ApiObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;

/// What an Event is about: an object, or a part of it.
///
/// @param part the part as a field path, such as `spec.containers{web}`; empty for the whole
public record EventSubject(
        ResourceType type,
        String namespace,
        String name,
        String uid,
        String resourceVersion,
        String part) {
    public static EventSubject of(ResourceType type, ApiObject object) {
        return new EventSubject(
                type,
                object.namespace(),
                object.name(),
                object.uid(),
                object.tree().text("metadata", "resourceVersion"),
                "");
    }

    public EventSubject part(String fieldPath) {
        return new EventSubject(type, namespace, name, uid, resourceVersion, fieldPath);
    }

    JsonObject reference() {
        return JsonObject.builder()
                .put("kind", type.kind())
                .putUnlessEmpty("namespace", namespace)
                .put("name", name)
                .putUnlessEmpty("uid", uid)
                .put("apiVersion", type.apiVersion())
                .putUnlessEmpty("resourceVersion", resourceVersion)
                .putUnlessEmpty("fieldPath", part)
                .build();
    }

    /// Two subjects that differ in their version only are the same.
    EventSubject withoutVersion() {
        return new EventSubject(type, namespace, name, uid, "", part);
    }
}
