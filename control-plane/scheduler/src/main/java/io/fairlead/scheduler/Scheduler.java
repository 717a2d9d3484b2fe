package io.fairlead.scheduler;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.EventSubject;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.TransportException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/// Binds each pod that waits for a node, as soon as it is seen.
///
/// Its state is guarded by its lock: the watcher's consumer decides, and the requests that write decisions report failures.
public final class Scheduler {
    private static final System.Logger LOG = System.getLogger(Scheduler.class.getName());
    private static final long RETRY_MILLIS = 200;

    private final KubeClient client;
    private final EventRecorder events;
    private final InstantSource clock;
    private final Executor requests;
    private final ScheduledExecutorService timer;
    private final Nodes nodes;
    private final Map<ObjectName, JsonObject> pending = new LinkedHashMap<>();
    private ClusterSnapshot known = ClusterSnapshot.EMPTY;

    /// @param requests runs requests, which wait for their answers
    /// @param timer starts the next attempt after a failed request
    /// @param random decides between equal nodes
    public Scheduler(
            KubeClient client,
            EventRecorder events,
            InstantSource clock,
            Executor requests,
            ScheduledExecutorService timer,
            RandomGenerator random) {
        this.client = client;
        this.events = events;
        this.clock = clock;
        this.requests = requests;
        this.timer = timer;
        this.nodes = new Nodes(random);
    }

    /// Follows a watcher of pods and nodes, and of the claims, volumes and storage classes that pods use.
    public void follow(ClusterWatcher watcher) {
        watcher.subscribe(requests, this::accept);
    }

    synchronized void accept(ClusterSnapshot snapshot, ClusterDelta delta) {
        boolean isRoomChanged = false;
        known = snapshot;
        List<ObjectName> fresh = new ArrayList<>();
        for (ObjectChange change : delta.changes()) {
            if (change.type().equals(ResourceType.NODE)) {
                nodes.seeNode(change.name().name(), change.after().orElse(null));
                isRoomChanged = true;
            } else if (change.type().equals(ResourceType.POD)) {
                isRoomChanged |= seePod(change);
                if (pending.containsKey(change.name())) {
                    fresh.add(change.name());
                }
            } else {
                // About volumes: one may be where a pod that waits can reach it.
                isRoomChanged = true;
            }
        }
        for (ObjectName name : isRoomChanged ? List.copyOf(pending.keySet()) : fresh) {
            schedule(name);
        }
    }

    /// Whether the change may have made room on a node.
    private boolean seePod(ObjectChange change) {
        ObjectName name = change.name();
        Optional<JsonObject> pod = change.after();
        if (pod.isEmpty() || isFinished(pod.get())) {
            pending.remove(name);
            boolean wasPlaced = nodes.placeOf(name).isPresent();
            nodes.forget(name);
            return wasPlaced;
        }
        String node = pod.get().text("spec", "nodeName");
        if (!node.isEmpty()) {
            pending.remove(name);
            nodes.place(name, pod.get(), node);
        } else if (isOurs(pod.get()) && !isSameAsBound(change)) {
            pending.put(name, pod.get());
        } else {
            pending.remove(name);
        }
        return false;
    }

    /// A pod that was just bound may change once more before its binding is seen.
    private boolean isSameAsBound(ObjectChange change) {
        return nodes.placeOf(change.name()).isPresent()
                && change.before()
                        .filter(before ->
                                before.text("metadata", "uid")
                                        .equals(
                                                change.after()
                                                        .orElseThrow()
                                                        .text("metadata", "uid")))
                        .isPresent();
    }

    private static boolean isOurs(JsonObject pod) {
        String scheduler = pod.text("spec", "schedulerName");
        return (scheduler.isEmpty() || scheduler.equals("default-scheduler"))
                && !pod.has("metadata", "deletionTimestamp")
                && pod.list("spec", "schedulingGates").isEmpty();
    }

    private static boolean isFinished(JsonObject pod) {
        String phase = pod.text("status", "phase");
        return phase.equals("Succeeded") || phase.equals("Failed");
    }

    private void schedule(ObjectName name) {
        JsonObject pod = pending.get(name);
        if (pod == null) {
            return;
        }
        switch (VolumeNeeds.of(pod, known)) {
            case VolumeNeeds.Blocked blocked -> refuse(name, pod, nodes.nowhere(blocked.reason()));
            case VolumeNeeds.Awaited _ -> {}
            case VolumeNeeds.Known volumes -> place(name, pod, volumes);
        }
    }

    private void place(ObjectName name, JsonObject pod, VolumeNeeds.Known volumes) {
        switch (nodes.decide(pod, volumes.selectors())) {
            case Decision.Assigned assigned when !volumes.undecided().isEmpty() ->
                    // The pod comes again when its volumes are made.
                    run(() -> select(name, volumes.undecided(), assigned.node()));
            case Decision.Assigned assigned -> {
                pending.remove(name);
                nodes.place(name, pod, assigned.node());
                run(() -> bind(name, pod, assigned.node()));
            }
            case Decision.Unschedulable unschedulable -> refuse(name, pod, unschedulable.message());
        }
    }

    private void refuse(ObjectName name, JsonObject pod, String message) {
        if (!message.equals(scheduledCondition(pod).text("message"))) {
            run(() -> report(name, pod, message));
        }
    }

    /// Says where the volumes of claims are to be made.
    private void select(ObjectName pod, List<ObjectName> claims, String node) {
        JsonObject patch =
                JsonObject.of(
                        "metadata",
                        JsonObject.of(
                                "annotations",
                                JsonObject.of(VolumeNeeds.SELECTED_NODE, Json.of(node))));
        try {
            for (ObjectName claim : claims) {
                client.patch(
                        ResourceType.PERSISTENT_VOLUME_CLAIM, claim, ApiRequest.MERGE_PATCH, patch);
            }
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () ->
                            "no place was chosen for the claims of pod %s: %s"
                                    .formatted(pod, e.getMessage()));
            later(pod);
        }
    }

    private void bind(ObjectName name, JsonObject pod, String node) {
        JsonObject binding =
                JsonObject.builder()
                        .put("apiVersion", "v1")
                        .put("kind", "Binding")
                        .put(
                                "metadata",
                                JsonObject.of(
                                        "name", Json.of(name.name()),
                                        "namespace", Json.of(name.namespace()),
                                        "uid", Json.of(pod.text("metadata", "uid"))))
                        .put(
                                "target",
                                JsonObject.of(
                                        "apiVersion",
                                        Json.of("v1"),
                                        "kind",
                                        Json.of("Node"),
                                        "name",
                                        Json.of(node)))
                        .build();
        try {
            client.transport()
                    .send(ApiRequest.post(ResourceType.POD.path(name) + "/binding", binding));
            events.normal(
                    subject(pod),
                    "Scheduled",
                    "Successfully assigned %s to %s".formatted(name, node));
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "pod %s was not bound to %s: %s".formatted(name, node, e.getMessage()));
            boolean isGone = e instanceof ApiException refused && refused.isNotFound();
            undo(name, isGone ? Optional.empty() : Optional.of(pod));
        }
    }

    private synchronized void undo(ObjectName name, Optional<JsonObject> pod) {
        nodes.forget(name);
        if (pod.isEmpty() || pending.containsKey(name)) {
            return;
        }
        pending.put(name, pod.get());
        later(name);
    }

    private void later(ObjectName name) {
        try {
            ScheduledFuture<?> _ =
                    timer.schedule(
                            () -> run(() -> retry(name)), RETRY_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the scheduler is closing", e);
        }
    }

    private synchronized void retry(ObjectName name) {
        schedule(name);
    }

    private void report(ObjectName name, JsonObject pod, String message) {
        String since = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        JsonObject before = scheduledCondition(pod);
        JsonObject condition =
                JsonObject.builder()
                        .put("type", "PodScheduled")
                        .put("status", "False")
                        .put("lastProbeTime", JsonNull.NULL)
                        .put(
                                "lastTransitionTime",
                                before.isEmpty() ? since : before.text("lastTransitionTime"))
                        .put("reason", "Unschedulable")
                        .put("message", message)
                        .build();
        JsonObject patch =
                JsonObject.of("status", JsonObject.of("conditions", JsonArray.of(condition)));
        try {
            client.patchStatus(ResourceType.POD, name, ApiRequest.STRATEGIC_MERGE_PATCH, patch);
            events.warning(subject(pod), "FailedScheduling", message);
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "pod %s was not told that it waits: %s".formatted(name, e.getMessage()));
        }
    }

    private void run(Runnable request) {
        try {
            requests.execute(request);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the scheduler is closing", e);
        }
    }

    private static JsonObject scheduledCondition(JsonObject pod) {
        for (Json condition : pod.list("status", "conditions")) {
            if (condition.text("type").equals("PodScheduled")) {
                return condition.object();
            }
        }
        return JsonObject.EMPTY;
    }

    private static EventSubject subject(JsonObject pod) {
        return EventSubject.of(ResourceType.POD, new GenericObject(pod));
    }
}
