package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.Collection;
import java.util.List;

/// What the controllers have in common that keep one object in every namespace.
final class NamespaceContents {
    private NamespaceContents() {}

    /// The namespaces that a change of a namespace, or of an object of the given type and name, concerns.
    static Collection<Key> keys(ObjectChange change, ResourceType type, String name) {
        if (change.type().equals(ResourceType.NAMESPACE)) {
            return List.of(new Key(ResourceType.NAMESPACE, change.name()));
        }
        return change.type().equals(type) && change.name().name().equals(name)
                ? List.of(
                        new Key(
                                ResourceType.NAMESPACE,
                                ObjectName.clusterWide(change.name().namespace())))
                : List.of();
    }

    /// Whether a namespace is there and takes new objects.
    static boolean isOpen(ClusterIndex index, Key namespace) {
        return index.find(namespace, GenericObject::new)
                .filter(found -> !found.isBeingDeleted())
                .isPresent();
    }

    static JsonObject metadata(ObjectName name) {
        return JsonObject.of("name", Json.of(name.name()), "namespace", Json.of(name.namespace()));
    }
}
