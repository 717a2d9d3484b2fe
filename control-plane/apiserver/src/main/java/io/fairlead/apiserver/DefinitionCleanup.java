package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.CustomDefinition;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.SchemaType;
import io.fairlead.store.Stored;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/// Deletes the objects of definitions that are on their way out, then lets the definition go; and gives names to definitions that waited for another to give them up.
/// Runs whenever a definition changes, one run at a time.
final class DefinitionCleanup {
    private static final System.Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final User OWN = User.of("system:apiserver", User.MASTERS);
    private static final long RETRY_MILLIS = 500;

    private final ObjectStore store;
    private final ResourceEndpoint resources;
    private final Deletion deletion;
    private final InstantSource clock;
    private final Executor tasks;
    private final ScheduledExecutorService timer;
    private final AtomicBoolean isWanted = new AtomicBoolean();
    private final AtomicBoolean isRunning = new AtomicBoolean();

    DefinitionCleanup(
            ObjectStore store,
            ResourceEndpoint resources,
            Deletion deletion,
            ApiServerRuntime runtime) {
        this.store = store;
        this.resources = resources;
        this.deletion = deletion;
        this.clock = runtime.clock();
        this.tasks = runtime.tasks();
        this.timer = runtime.timer();
    }

    void settle() {
        isWanted.set(true);
        while (isWanted.get() && isRunning.compareAndSet(false, true)) {
            try {
                isWanted.set(false);
                for (Stored<StoredObject> stored :
                        store.snapshot().list(StorageKeys.prefix(CustomDefinition.TYPE))) {
                    settle(stored.value().tree());
                }
            } catch (ApiException e) {
                LOG.log(
                        System.Logger.Level.WARNING,
                        "cannot settle definitions: " + e.getMessage());
                again();
            } finally {
                isRunning.set(false);
            }
        }
    }

    private void settle(JsonObject definition) {
        if (!definition.has("metadata", "deletionTimestamp")) {
            JsonObject wanted =
                    DefinitionStatus.accepted(definition, store.snapshot(), clock.instant());
            if (!wanted.equals(definition)) {
                change(
                        definition,
                        present ->
                                DefinitionStatus.accepted(
                                        present, store.snapshot(), clock.instant()));
            }
        } else if (definition
                .list("metadata", "finalizers")
                .contains(Json.of(CustomDefinition.CLEANUP))) {
            end(definition);
        }
    }

    private void end(JsonObject definition) {
        ResourceType type = new CustomDefinition(definition).storedType();
        int left = 0;
        for (Stored<StoredObject> stored : store.snapshot().list(StorageKeys.prefix(type))) {
            left += isDeleted(type, stored.value().tree()) ? 0 : 1;
        }
        if (left > 0) {
            int waiting = left;
            change(
                    definition,
                    present ->
                            DefinitionStatus.with(
                                    present,
                                    "Terminating",
                                    "True",
                                    "InstanceDeletionCheck",
                                    "could not confirm zero CustomResources remaining: timed out waiting for"
                                            + " the condition: %d left".formatted(waiting),
                                    clock.instant()));
            again();
            return;
        }
        change(
                definition,
                present -> {
                    List<Json> finalizers = new ArrayList<>(present.list("metadata", "finalizers"));
                    finalizers.remove(Json.of(CustomDefinition.CLEANUP));
                    return DefinitionStatus.with(
                                    present,
                                    "Terminating",
                                    "False",
                                    "InstanceDeletionCompleted",
                                    "removed all instances",
                                    clock.instant())
                            .withAt(new JsonArray(finalizers), "metadata", "finalizers");
                });
    }

    private boolean isDeleted(ResourceType type, JsonObject object) {
        ObjectName name =
                new ObjectName(
                        object.text("metadata", "namespace"), object.text("metadata", "name"));
        try {
            return deletion.delete(name, DeleteOptions.PLAIN, write(type)).isGone();
        } catch (ApiException e) {
            if (e.isNotFound()) {
                return true;
            }
            throw e;
        }
    }

    private Write write(ResourceType type) {
        ApiResource resource =
                new ApiResource(
                        type,
                        "",
                        List.of(),
                        List.of(),
                        List.of(),
                        List.of(),
                        SchemaType.ANYTHING,
                        "");
        return new Write(
                OWN,
                resource,
                Write.Part.INTERNAL,
                store.snapshot(),
                clock.instant(),
                "kube-apiserver",
                false,
                new ArrayList<>(),
                Optional.empty());
    }

    private void change(JsonObject definition, UnaryOperator<JsonObject> change) {
        String uid = definition.text("metadata", "uid");
        try {
            resources.internal(
                    CustomDefinition.TYPE,
                    ObjectName.clusterWide(definition.text("metadata", "name")),
                    present ->
                            present.text("metadata", "uid").equals(uid)
                                    ? change.apply(present)
                                    : present);
        } catch (ApiException e) {
            // Whoever deleted it has done what was to be done.
            if (!e.isNotFound()) {
                throw e;
            }
        }
    }

    private void again() {
        var unused =
                timer.schedule(
                        () -> tasks.execute(this::settle), RETRY_MILLIS, TimeUnit.MILLISECONDS);
    }
}
