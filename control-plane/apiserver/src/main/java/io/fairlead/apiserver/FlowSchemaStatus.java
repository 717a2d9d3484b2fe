package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;

/// Says of each FlowSchema whether its priority level exists. Safe for use by many threads.
final class FlowSchemaStatus {
    private static final String DANGLING = "Dangling";

    private final ObjectStore store;
    private final ResourceEndpoint resources;
    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    FlowSchemaStatus(ObjectStore store, ResourceEndpoint resources, InstantSource clock) {
        this.store = store;
        this.resources = resources;
        this.clock = clock;
    }

    /// Brings the statuses up to date with what is there now.
    void settle() {
        lock.lock();
        try {
            Snapshot<StoredObject> snapshot = store.snapshot();
            for (Stored<StoredObject> stored :
                    snapshot.list(StorageKeys.prefix(FlowControl.SCHEMA))) {
                JsonObject schema = stored.value().tree();
                if (!settled(schema).equals(schema)) {
                    write(schema.text("metadata", "name"));
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void write(String name) {
        try {
            resources.internal(FlowControl.SCHEMA, ObjectName.clusterWide(name), this::settled);
        } catch (ApiException e) {
            // Whoever deleted or changed it between has us called again.
            if (!e.isNotFound() && !e.isConflict()) {
                throw e;
            }
        }
    }

    private JsonObject settled(JsonObject schema) {
        String level = schema.text("spec", "priorityLevelConfiguration", "name");
        boolean exists =
                store.snapshot()
                        .get(StorageKeys.key(FlowControl.LEVEL, ObjectName.clusterWide(level)))
                        .isPresent();
        String status = exists ? "False" : "True";
        String message =
                "This FlowSchema references the PriorityLevelConfiguration object named \"%s\" %s"
                        .formatted(level, exists ? "and it exists" : "but there is no such object");
        List<Json> conditions = new ArrayList<>(schema.list("status", "conditions"));
        for (Json condition : conditions) {
            if (condition.text("type").equals(DANGLING)
                    && condition.text("status").equals(status)
                    && condition.text("message").equals(message)) {
                return schema;
            }
        }
        conditions.removeIf(condition -> condition.text("type").equals(DANGLING));
        conditions.add(
                JsonObject.builder()
                        .put("type", DANGLING)
                        .put("status", status)
                        .put(
                                "lastTransitionTime",
                                clock.instant().truncatedTo(ChronoUnit.SECONDS).toString())
                        .put("reason", exists ? "Found" : "NotFound")
                        .put("message", message)
                        .build());
        return schema.withAt(new JsonArray(conditions), "status", "conditions");
    }
}
