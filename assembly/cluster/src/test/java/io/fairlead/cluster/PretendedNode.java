package io.fairlead.cluster;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Deletion;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.Watched;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Says of every pod that is bound that it runs and is ready, and lets it go when it is to end: the API's view of nodes, without any.
final class PretendedNode implements AutoCloseable {
    private final KubeClient client;
    private final ClusterWatcher watcher;
    private final Execution execution;
    private final AtomicInteger addresses = new AtomicInteger();

    PretendedNode(KubeClient client, Execution execution) {
        this.client = client;
        this.execution = execution;
        this.watcher =
                new ClusterWatcher(
                        client.transport(),
                        List.of(Watched.all(ResourceType.POD)),
                        execution.tasks(),
                        execution.timer());
    }

    void start() {
        watcher.subscribe(execution.tasks(), this::see);
        watcher.start();
    }

    private void see(ClusterSnapshot snapshot, ClusterDelta delta) {
        for (ObjectChange change : delta.changes()) {
            change.after().map(Pod::new).ifPresent(this::serve);
        }
    }

    private void serve(Pod pod) {
        try {
            if (pod.nodeName().isEmpty()) {
                return;
            }
            if (pod.isBeingDeleted()) {
                client.delete(
                        ResourceType.POD,
                        pod.objectName(),
                        Deletion.of(pod).withGrace(Duration.ZERO));
            } else if (!pod.isReady()) {
                becomeReady(pod.objectName());
            }
        } catch (ApiException e) {
            if (!e.isNotFound() && !e.isConflict()) {
                throw e;
            }
        }
    }

    private void becomeReady(ObjectName name) {
        String ip = "10.244.9." + addresses.incrementAndGet();
        String now = Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
        JsonObject ready =
                JsonObject.of(
                        "type",
                        Json.of("Ready"),
                        "status",
                        Json.of("True"),
                        "lastTransitionTime",
                        Json.of(now));
        JsonObject status =
                JsonObject.builder()
                        .put("phase", "Running")
                        .put("podIP", ip)
                        .put("podIPs", JsonArray.of(JsonObject.of("ip", Json.of(ip))))
                        .put("conditions", JsonArray.of(ready))
                        .build();
        client.patchStatus(
                ResourceType.POD,
                name,
                ApiRequest.STRATEGIC_MERGE_PATCH,
                JsonObject.of("status", status));
    }

    @Override
    public void close() {
        watcher.close();
    }
}
