package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.Stored;
import java.util.List;
import java.util.Optional;

/// Objects are made only in namespaces that exist and are not ending.
final class NamespaceLifecycle implements Admission.Step {
    @Override
    public JsonObject mutate(Optional<JsonObject> before, JsonObject object, Write write) {
        ResourceType type = write.resource().type();
        if (before.isPresent() || !type.isNamespaced()) {
            return object;
        }
        String namespace = object.text("metadata", "namespace");
        Stored<StoredObject> found =
                write.snapshot()
                        .get(
                                StorageKeys.key(
                                        ResourceType.NAMESPACE, ObjectName.clusterWide(namespace)))
                        .orElseThrow(() ->
                                new ApiException(
                                        Status.notFound(ResourceType.NAMESPACE, namespace)));
        if (found.value().tree().has("metadata", "deletionTimestamp")) {
            throw new ApiException(terminating(type, object, namespace));
        }
        return object;
    }

    private static Status terminating(ResourceType type, JsonObject object, String namespace) {
        String name = object.text("metadata", "name");
        return Status.about(
                        403,
                        "Forbidden",
                        "%s \"%s\" is forbidden: unable to create new content in namespace %s because it is being terminated"
                                .formatted(type.qualifiedPlural(), name, namespace),
                        type,
                        name)
                .withCauses(
                        List.of(
                                JsonObject.of(
                                        "reason",
                                        Json.of("NamespaceTerminating"),
                                        "message",
                                        Json.of("namespace " + namespace + " is being terminated"),
                                        "field",
                                        Json.of("metadata.namespace"))));
    }
}
