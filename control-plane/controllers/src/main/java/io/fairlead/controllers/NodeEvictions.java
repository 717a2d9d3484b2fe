package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Node;
import io.fairlead.api.Pod;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Tolerations;
import io.fairlead.client.EventSubject;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Which pods have to leave a node because of its taints, now or later.
///
/// @param again when the next one has to
record NodeEvictions(List<Write> writes, Optional<Duration> again) {
    static NodeEvictions of(ClusterIndex index, Node node, Instant now) {
        List<Json> taints =
                node.tree().list("spec", "taints").stream()
                        .filter(taint -> taint.text("effect").equals("NoExecute"))
                        .toList();
        // Where no node is well, pods have nowhere to go; more likely it is we who see nothing.
        boolean isAnyWell =
                index.list(ResourceType.NODE).stream().anyMatch(one -> new Node(one).isReady());
        List<Write> writes = new ArrayList<>();
        Optional<Duration> again = Optional.empty();
        if (taints.isEmpty() || !isAnyWell) {
            return new NodeEvictions(writes, again);
        }
        for (Pod pod : Terms.podsOn(index, node.name())) {
            if (pod.isBeingDeleted()) {
                continue;
            }
            Optional<Instant> end = end(pod, taints, now);
            if (end.isEmpty()) {
                continue;
            }
            if (end.get().isAfter(now)) {
                Duration wait = Duration.between(now, end.get()).plusMillis(1);
                again =
                        again.filter(sooner -> sooner.compareTo(wait) < 0)
                                .or(() -> Optional.of(wait));
            } else {
                writes.addAll(eviction(pod, now));
            }
        }
        return new NodeEvictions(writes, again);
    }

    /// Until when a pod may stay; empty where it may for good.
    private static Optional<Instant> end(Pod pod, List<Json> taints, Instant now) {
        Optional<Instant> end = Optional.empty();
        for (Json taint : taints) {
            List<Json> tolerations = Tolerations.of(pod.tree(), taint);
            if (tolerations.isEmpty()) {
                return Optional.of(now);
            }
            for (Json toleration : tolerations) {
                if (toleration.has("tolerationSeconds")) {
                    long seconds = Math.max(0, toleration.number(0, "tolerationSeconds"));
                    Instant one = since(taint, pod, now).plusSeconds(seconds);
                    if (end.isEmpty() || one.isBefore(end.get())) {
                        end = Optional.of(one);
                    }
                }
            }
        }
        return end;
    }

    /// A taint without a time counts from the pod's start: whoever set it did not say since when.
    private static Instant since(Json taint, Pod pod, Instant now) {
        try {
            String time = taint.text("timeAdded");
            return time.isEmpty()
                    ? pod.time("status", "startTime").orElse(now)
                    : Instant.parse(time);
        } catch (DateTimeParseException e) {
            return now;
        }
    }

    private static List<Write> eviction(Pod pod, Instant now) {
        JsonObject why =
                JsonObject.builder()
                        .put("type", "DisruptionTarget")
                        .put("status", "True")
                        .put("lastTransitionTime", Conditions.seconds(now))
                        .put("reason", "DeletionByTaintManager")
                        .put("message", "Taint manager: deleting due to NoExecute taint")
                        .build();
        List<Write> writes = new ArrayList<>();
        Write.status(
                        ResourceType.POD,
                        pod,
                        pod.tree()
                                .object("status")
                                .with(
                                        "conditions",
                                        Conditions.tree(
                                                NodeLifecycleController.replaced(
                                                        Conditions.of(pod.tree()), why))))
                .ifPresent(writes::add);
        writes.add(
                Write.tell(
                        EventSubject.of(ResourceType.POD, pod),
                        "TaintManagerEviction",
                        "Marking for deletion Pod " + pod.objectName()));
        writes.add(Write.delete(ResourceType.POD, pod.objectName(), pod.uid()));
        return writes;
    }
}
