package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.util.Set;

/// A namespace stays, Terminating, until a controller has emptied it and taken the finalizer off through the subresource `finalize`.
final class NamespaceStrategy implements Strategy {
    private static final String NAME_LABEL = "kubernetes.io/metadata.name";
    private static final Set<String> PROTECTED = Set.of("default", "kube-system", "kube-public");

    @Override
    public JsonObject onCreate(JsonObject object, Write write) {
        JsonArray finalizers = new JsonArray(object.list("spec", "finalizers"));
        Json own = Json.of("kubernetes");
        return labelled(object)
                .withAt(
                        finalizers.items().contains(own) ? finalizers : finalizers.plus(own),
                        "spec",
                        "finalizers")
                .withAt(Json.of("Active"), "status", "phase");
    }

    @Override
    public JsonObject onUpdate(JsonObject before, JsonObject after, Write write) {
        JsonObject labelled = labelled(after);
        // Finalizers have a way in of their own.
        return write.part() == Write.Part.INTERNAL
                ? labelled
                : labelled.withAt(
                        new JsonArray(before.list("spec", "finalizers")), "spec", "finalizers");
    }

    @Override
    public void onDelete(JsonObject object, Write write) {
        String name = object.text("metadata", "name");
        if (PROTECTED.contains(name)) {
            throw new ApiException(
                    Status.about(
                            403,
                            "Forbidden",
                            "namespaces \"%s\" is forbidden: this namespace may not be deleted"
                                    .formatted(name),
                            ResourceType.NAMESPACE,
                            name));
        }
    }

    @Override
    public boolean isHeldBack(JsonObject object) {
        return !object.list("spec", "finalizers").isEmpty();
    }

    @Override
    public JsonObject onMarked(JsonObject object) {
        return object.withAt(Json.of("Terminating"), "status", "phase")
                .withoutAt("metadata", "deletionGracePeriodSeconds");
    }

    private static JsonObject labelled(JsonObject object) {
        return object.withAt(
                Json.of(object.text("metadata", "name")), "metadata", "labels", NAME_LABEL);
    }
}
