package io.fairlead.controllers;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Empties a namespace that is being deleted, its pods before everything else, and lets it go when nothing is left. Keys are Namespaces.
///
/// What is in a namespace is asked anew each time, of all types that the server has then: custom resources are not watched here.
public final class NamespaceController implements Controller {
    private static final String FINALIZER = "kubernetes";
    private static final Duration LOOK_AGAIN = Duration.ofMillis(300);

    private final InstantSource clock;

    public NamespaceController(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String name() {
        return "namespace-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.NAMESPACE);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return change.after().filter(NamespaceController::isEnding).isPresent()
                ? List.of(new Key(ResourceType.NAMESPACE, change.name()))
                : List.of();
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<JsonObject> namespace = index.find(key).filter(NamespaceController::isEnding);
        if (namespace.isEmpty()) {
            return Plan.NOTHING;
        }
        String name = key.name().name();
        return Plan.of(
                new Write.Procedure(
                        "empty namespace " + name, client -> empty(client, key.name())));
    }

    private static boolean isEnding(JsonObject namespace) {
        return new GenericObject(namespace).isBeingDeleted()
                && namespace.list("spec", "finalizers").contains(Json.of(FINALIZER));
    }

    private Optional<Duration> empty(KubeClient client, ObjectName name) {
        NamespaceRemains remains = new NamespaceRemains();
        // Pods first: what they use is there until they have ended.
        empty(client, name.name(), ResourceType.POD, remains);
        if (remains.isEmpty()) {
            for (ResourceType type : Discovery.deletableTypes(client)) {
                if (type.isNamespaced()) {
                    empty(client, name.name(), type, remains);
                }
            }
        }
        if (remains.isEmpty()) {
            return finalized(client, name);
        }
        tell(client, name, remains);
        return Optional.of(LOOK_AGAIN);
    }

    /// Deletes everything of a type that is not being deleted yet, and notes what is there.
    private static void empty(
            KubeClient client, String namespace, ResourceType type, NamespaceRemains remains) {
        List<JsonObject> left;
        try {
            left = client.list(type, namespace).items();
        } catch (ApiException e) {
            // A type may go while we look.
            if (e.isNotFound() || e.status().code() == 405) {
                return;
            }
            throw e;
        }
        remains.add(type, left);
        if (left.stream().anyMatch(object -> !new GenericObject(object).isBeingDeleted())) {
            client.transport()
                    .send(
                            ApiRequest.delete(type.collectionPath(namespace))
                                    .withBody(
                                            JsonObject.of(
                                                    "apiVersion",
                                                    Json.of("v1"),
                                                    "kind",
                                                    Json.of("DeleteOptions"),
                                                    "propagationPolicy",
                                                    Json.of("Background"))));
        }
    }

    private void tell(KubeClient client, ObjectName name, NamespaceRemains remains) {
        Optional<JsonObject> namespace = client.find(ResourceType.NAMESPACE, name);
        if (namespace.isEmpty()) {
            return;
        }
        JsonArray conditions = remains.conditions(namespace.get(), clock.instant());
        if (!conditions.items().equals(namespace.get().list("status", "conditions"))) {
            try {
                client.updateStatus(
                        ResourceType.NAMESPACE,
                        namespace.get().withAt(conditions, "status", "conditions"));
            } catch (ApiException e) {
                // Next time then: somebody else wrote it, or it is gone.
                if (!e.isConflict() && !e.isNotFound()) {
                    throw e;
                }
            }
        }
    }

    private static Optional<Duration> finalized(KubeClient client, ObjectName name) {
        Optional<JsonObject> namespace = client.find(ResourceType.NAMESPACE, name);
        if (namespace.isEmpty() || !isEnding(namespace.get())) {
            return Optional.empty();
        }
        List<Json> others = new ArrayList<>(namespace.get().list("spec", "finalizers"));
        others.remove(Json.of(FINALIZER));
        client.transport()
                .send(
                        ApiRequest.put(
                                ResourceType.NAMESPACE.path(name) + "/finalize",
                                namespace
                                        .get()
                                        .withAt(new JsonArray(others), "spec", "finalizers")));
        return Optional.empty();
    }
}
