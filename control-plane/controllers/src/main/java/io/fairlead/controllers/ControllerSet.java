package io.fairlead.controllers;

import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Function;

/// Some controllers that share one watch and one index, each with a loop of its own.
public final class ControllerSet implements AutoCloseable {
    private static final int PARALLEL_KEYS = 16;

    private final ClusterWatcher watcher;
    private final Executor executor;
    private final List<ControllerLoop> loops = new ArrayList<>();
    private ClusterIndex index = ClusterIndex.EMPTY;

    /// Where controllers run.
    ///
    /// @param clock tells the time of conditions and events
    /// @param executor runs controllers and their requests, which wait for their answers; virtual threads do
    /// @param timer starts what is to be done later
    public record Surroundings(
            InstantSource clock, Executor executor, ScheduledExecutorService timer) {}

    /// @param transports the way to the server for each controller, by its name: each has an identity of its own
    /// @param watching the way for what they all watch
    /// @param watched how a type is watched that one of them reads
    public ControllerSet(
            Collection<Controller> controllers,
            Function<String, Transport> transports,
            Transport watching,
            Function<ResourceType, Watched> watched,
            Surroundings surroundings) {
        Set<ResourceType> types = new LinkedHashSet<>();
        for (Controller controller : controllers) {
            types.addAll(controller.reads());
            KubeClient client = new KubeClient(transports.apply(controller.name()));
            EventRecorder events =
                    new EventRecorder(
                            client,
                            controller.eventSource(),
                            "",
                            surroundings.clock(),
                            surroundings.executor());
            loops.add(
                    new ControllerLoop(
                            controller,
                            new WriteRunner(client, events, surroundings.executor()),
                            surroundings.executor(),
                            surroundings.timer(),
                            PARALLEL_KEYS));
        }
        this.executor = surroundings.executor();
        this.watcher =
                new ClusterWatcher(
                        watching,
                        types.stream().map(watched).toList(),
                        surroundings.executor(),
                        surroundings.timer());
    }

    public void start() {
        watcher.subscribe(executor, this::see);
        watcher.start();
    }

    /// Whether everything has been seen, and every controller has nothing left to do for now.
    public boolean isIdle() {
        return watcher.isSynced() && loops.stream().allMatch(ControllerLoop::isIdle);
    }

    /// Called by one thread at a time.
    private void see(ClusterSnapshot snapshot, ClusterDelta delta) {
        index = index.apply(delta);
        for (ControllerLoop loop : loops) {
            loop.see(index, delta);
        }
    }

    @Override
    public void close() {
        watcher.close();
    }
}
