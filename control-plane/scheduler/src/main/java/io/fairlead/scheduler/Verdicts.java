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
import io.fairlead.client.Deletion;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.EventSubject;
import io.fairlead.client.KubeClient;
import io.fairlead.client.TransportException;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/// Writes down what the scheduler has decided: requests that wait for their answers. Safe for use by many threads.
final class Verdicts {
    private static final System.Logger LOG = System.getLogger(Scheduler.class.getName());

    private final KubeClient client;
    private final EventRecorder events;
    private final InstantSource clock;

    enum Outcome {
        DONE,
        GONE,
        FAILED
    }

    Verdicts(KubeClient client, EventRecorder events, InstantSource clock) {
        this.client = client;
        this.events = events;
        this.clock = clock;
    }

    /// Says where the volumes of claims are to be made.
    ///
    /// @return whether they were told
    boolean select(ObjectName pod, List<ObjectName> claims, String node) {
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
            return true;
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () ->
                            "no place was chosen for the claims of pod %s: %s"
                                    .formatted(pod, e.getMessage()));
            return false;
        }
    }

    /// Binds a pod to a node.
    Outcome bind(ObjectName name, JsonObject pod, String node) {
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
            return Outcome.DONE;
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "pod %s was not bound to %s: %s".formatted(name, node, e.getMessage()));
            boolean isGone = e instanceof ApiException refused && refused.isNotFound();
            return isGone ? Outcome.GONE : Outcome.FAILED;
        }
    }

    /// Says why a pod waits, and on which node room is made for it.
    ///
    /// @param nominated empty for none
    void report(ObjectName name, JsonObject pod, String message, Optional<String> nominated) {
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
        JsonObject status = JsonObject.of("conditions", JsonArray.of(condition));
        JsonObject patch =
                JsonObject.of(
                        "status",
                        nominated
                                .map(node -> status.with("nominatedNodeName", Json.of(node)))
                                .orElse(status));
        try {
            client.patchStatus(ResourceType.POD, name, ApiRequest.STRATEGIC_MERGE_PATCH, patch);
            events.warning(subject(pod), "FailedScheduling", message);
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "pod %s was not told that it waits: %s".formatted(name, e.getMessage()));
        }
    }

    /// Ends a pod so that a more important one finds room.
    ///
    /// @return whether it is on its way out
    boolean preempt(ObjectName name, JsonObject victim, JsonObject pod, String node) {
        String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
        JsonObject condition =
                JsonObject.builder()
                        .put("type", "DisruptionTarget")
                        .put("status", "True")
                        .put("lastTransitionTime", now)
                        .put("reason", "PreemptionByScheduler")
                        .put(
                                "message",
                                "default-scheduler: preempting to accommodate a higher priority pod")
                        .build();
        try {
            client.patchStatus(
                    ResourceType.POD,
                    name,
                    ApiRequest.STRATEGIC_MERGE_PATCH,
                    JsonObject.of("status", JsonObject.of("conditions", JsonArray.of(condition))));
            client.delete(ResourceType.POD, name, Deletion.of(new GenericObject(victim)));
            events.normal(
                    subject(victim),
                    "Preempted",
                    "Preempted by pod %s on node %s".formatted(pod.text("metadata", "uid"), node));
            return true;
        } catch (ApiException | TransportException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "pod %s was not preempted: %s".formatted(name, e.getMessage()));
            return false;
        }
    }

    /// What the pod's status says of its scheduling; empty for nothing.
    static JsonObject scheduledCondition(JsonObject pod) {
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
