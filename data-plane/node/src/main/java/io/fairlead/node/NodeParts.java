package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.EventSubject;
import io.fairlead.client.KubeClient;
import io.fairlead.images.ImageSource;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// What all pods of a node share.
///
/// @param services the Services known by now
/// @param pods those that are on this node now
/// @param tasks runs what waits: requests, pulls, starts of containers; virtual threads do
record NodeParts(
        NodeSettings settings,
        KubeClient client,
        EventRecorder events,
        PodNetwork network,
        ContainerRuntime oci,
        InProcessRuntime inProcess,
        Cgroups cgroups,
        ImageSource images,
        ProbeChecks probes,
        Drain drain,
        ObjectChanges changes,
        Supplier<Collection<JsonObject>> services,
        Supplier<Collection<AssignedPod>> pods,
        InstantSource clock,
        Executor tasks,
        ScheduledExecutorService timer) {
    void normal(AssignedPod pod, String reason, String message) {
        events.normal(EventSubject.of(ResourceType.POD, pod), reason, message);
    }

    void warning(AssignedPod pod, String reason, String message) {
        events.warning(EventSubject.of(ResourceType.POD, pod), reason, message);
    }

    void normal(AssignedPod pod, ContainerSpec container, String reason, String message) {
        events.normal(subject(pod, container), reason, message);
    }

    void warning(AssignedPod pod, ContainerSpec container, String reason, String message) {
        events.warning(subject(pod, container), reason, message);
    }

    /// Runs a short task later.
    void after(Duration delay, Runnable task) {
        var _ = alarm(delay, task);
    }

    /// Like [#after], but can be called off.
    ScheduledFuture<?> alarm(Duration delay, Runnable task) {
        return timer.schedule(task, Math.max(0, delay.toNanos()), TimeUnit.NANOSECONDS);
    }

    private static EventSubject subject(AssignedPod pod, ContainerSpec container) {
        String list =
                switch (container.role()) {
                    case MAIN -> "containers";
                    case INIT, SIDECAR -> "initContainers";
                    case EPHEMERAL -> "ephemeralContainers";
                };
        return EventSubject.of(ResourceType.POD, pod)
                .part("spec." + list + "{" + container.name() + "}");
    }
}
