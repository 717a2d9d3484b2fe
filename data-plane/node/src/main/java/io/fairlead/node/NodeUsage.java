package io.fairlead.node;

import io.fairlead.linux.GroupUsage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// What a node's pods use at one moment, as their control groups tell. Containers that run inside this program have none and are not here.
///
/// @param at the moment
/// @param total of all pods together; empty where nobody counts
/// @param pods those of which something is known, by namespace and name
record NodeUsage(Instant at, Optional<GroupUsage> total, List<OfPod> pods) {
    NodeUsage {
        pods = List.copyOf(pods);
    }

    /// @param total of its containers and of what they left behind
    record OfPod(AssignedPod pod, GroupUsage total, List<OfContainer> containers) {
        OfPod {
            containers = List.copyOf(containers);
        }
    }

    record OfContainer(String name, Instant started, GroupUsage usage) {}

    /// Asks every pod for its containers and the kernel for their use.
    ///
    /// @param tasks reads the kernel's files
    static CompletableFuture<NodeUsage> of(
            Collection<PodWorker> workers, Cgroups cgroups, Instant at, Executor tasks) {
        List<CompletableFuture<Optional<OfPod>>> asked =
                workers.stream()
                        .map(worker ->
                                worker.running()
                                        .thenApplyAsync(
                                                running -> of(worker.pod(), running, cgroups),
                                                tasks))
                        .toList();
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenApplyAsync(_ ->
                        new NodeUsage(
                                at,
                                cgroups.usage(),
                                asked.stream()
                                        .flatMap(pod -> pod.join().stream())
                                        .sorted(
                                                Comparator.comparing(known ->
                                                        known.pod().objectName().toString()))
                                        .toList()));
    }

    private static Optional<OfPod> of(
            AssignedPod pod, List<RunningContainer> running, Cgroups cgroups) {
        List<OfContainer> containers = new ArrayList<>();
        for (RunningContainer container : running) {
            cgroups.usage(container.identity())
                    .ifPresent(usage ->
                            containers.add(
                                    new OfContainer(
                                            container.identity().container(),
                                            container.started(),
                                            usage)));
        }
        return containers.isEmpty()
                ? Optional.empty()
                : cgroups.usage(pod.uid()).map(total -> new OfPod(pod, total, containers));
    }
}
