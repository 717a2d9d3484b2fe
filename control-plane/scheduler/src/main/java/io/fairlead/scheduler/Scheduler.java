package io.fairlead.scheduler;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
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

    private final Verdicts verdicts;
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
        this.verdicts = new Verdicts(client, events, clock);
        this.requests = requests;
        this.timer = timer;
        this.nodes = new Nodes(random);
    }

    /// What it has to see.
    public static final List<ResourceType> WATCHED =
            List.of(
                    ResourceType.POD,
                    ResourceType.NODE,
                    ResourceType.NAMESPACE,
                    ResourceType.PERSISTENT_VOLUME_CLAIM,
                    ResourceType.PERSISTENT_VOLUME,
                    ResourceType.STORAGE_CLASS,
                    ResourceType.POD_DISRUPTION_BUDGET);

    /// Follows a watcher of [#WATCHED].
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
                isRoomChanged |= !change.type().equals(ResourceType.POD_DISRUPTION_BUDGET);
            }
        }
        (isRoomChanged ? List.copyOf(pending.keySet()) : fresh)
                .stream()
                        .sorted(Comparator.comparingLong(this::priority).reversed())
                        .forEach(this::schedule);
    }

    private long priority(ObjectName name) {
        return Preemption.priority(pending.getOrDefault(name, JsonObject.EMPTY));
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
        switch (nodes.decide(pod, volumes.selectors(), this::namespace)) {
            case Decision.Assigned assigned when !volumes.undecided().isEmpty() ->
                    // The pod comes again when its volumes are made.
                    run(() -> select(name, volumes.undecided(), assigned.node()));
            case Decision.Assigned assigned -> {
                pending.remove(name);
                nodes.place(name, pod, assigned.node());
                run(() -> bind(name, pod, assigned.node()));
            }
            case Decision.Unschedulable refused -> makeRoom(name, pod, volumes, refused);
        }
    }

    private JsonObject namespace(String name) {
        return known.find(ResourceType.NAMESPACE, ObjectName.clusterWide(name))
                .orElse(JsonObject.EMPTY);
    }

    private void makeRoom(
            ObjectName name,
            JsonObject pod,
            VolumeNeeds.Known volumes,
            Decision.Unschedulable refused) {
        if (nodes.isMakingRoom(name)) {
            return;
        }
        String told = pod.text("status", "nominatedNodeName");
        Preemption.Outcome outcome =
                Preemption.of(
                        pod,
                        volumes.selectors(),
                        nodes.known(),
                        refused.obstacles(),
                        told.isEmpty() ? Optional.empty() : Optional.of(told),
                        List.copyOf(known.list(ResourceType.POD_DISRUPTION_BUDGET)),
                        this::namespace);
        switch (outcome) {
            case Preemption.Hopeless hopeless ->
                    refuse(name, pod, refused.message() + " " + hopeless.message());
            case Preemption.Plan plan -> {
                nodes.nominate(name, pod, plan.node(), plan.victims().keySet());
                run(() -> preempt(name, pod, refused.message(), plan));
            }
        }
    }

    private void preempt(ObjectName name, JsonObject pod, String message, Preemption.Plan plan) {
        verdicts.report(name, pod, message, Optional.of(plan.node()));
        boolean areLeaving = true;
        for (Map.Entry<ObjectName, JsonObject> victim : plan.victims().entrySet()) {
            areLeaving &= verdicts.preempt(victim.getKey(), victim.getValue(), pod, plan.node());
        }
        if (!areLeaving) {
            synchronized (this) {
                nodes.withdrawNomination(name);
            }
            later(name);
        }
    }

    private void refuse(ObjectName name, JsonObject pod, String message) {
        if (!message.equals(Verdicts.scheduledCondition(pod).text("message"))) {
            run(() -> verdicts.report(name, pod, message, Optional.empty()));
        }
    }

    private void select(ObjectName pod, List<ObjectName> claims, String node) {
        if (!verdicts.select(pod, claims, node)) {
            later(pod);
        }
    }

    private void bind(ObjectName name, JsonObject pod, String node) {
        switch (verdicts.bind(name, pod, node)) {
            case DONE -> {}
            case GONE -> undo(name, Optional.empty());
            case FAILED -> undo(name, Optional.of(pod));
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

    private void run(Runnable request) {
        try {
            requests.execute(request);
        } catch (RejectedExecutionException e) {
            LOG.log(System.Logger.Level.DEBUG, "the scheduler is closing", e);
        }
    }
}
