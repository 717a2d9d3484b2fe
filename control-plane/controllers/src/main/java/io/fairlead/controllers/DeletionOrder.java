package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.Pod;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which of a set's pods go first when it shrinks: those that are missed least.
final class DeletionOrder {
    private static final String COST = "controller.kubernetes.io/pod-deletion-cost";

    private DeletionOrder() {}

    /// @param related the pods that count when a node is said to have many of them
    static Comparator<Pod> of(List<Pod> related, Instant now) {
        Map<String, Integer> perNode = new HashMap<>();
        for (Pod pod : related) {
            perNode.merge(pod.nodeName(), 1, Integer::sum);
        }
        return Comparator.comparing((Pod pod) -> !pod.nodeName().isEmpty())
                .thenComparingInt(DeletionOrder::progress)
                .thenComparing(Pod::isReady)
                .thenComparingInt(DeletionOrder::cost)
                .thenComparing(
                        pod -> perNode.getOrDefault(pod.nodeName(), 0), Comparator.reverseOrder())
                // Ages are compared by magnitude, so that pods of about the same age are judged by
                // what follows.
                .thenComparingInt(pod -> magnitude(pod.readyTransition().orElse(now), now))
                .thenComparing(DeletionOrder::restarts, Comparator.reverseOrder())
                .thenComparingInt(pod -> magnitude(pod.creationTime().orElse(now), now))
                .thenComparing(Pod::uid);
    }

    private static int progress(Pod pod) {
        return switch (pod.phase()) {
            case "", "Pending" -> 0;
            case "Unknown" -> 1;
            default -> 2;
        };
    }

    private static int cost(Pod pod) {
        try {
            return Integer.parseInt(pod.annotations().getOrDefault(COST, "0"));
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    private static long restarts(Pod pod) {
        long most = 0;
        for (Json container : pod.tree().list("status", "containerStatuses")) {
            most = Math.max(most, container.number(0, "restartCount"));
        }
        return most;
    }

    private static int magnitude(Instant since, Instant now) {
        long seconds = Math.max(0, now.getEpochSecond() - since.getEpochSecond());
        return Long.SIZE - Long.numberOfLeadingZeros(seconds);
    }
}
