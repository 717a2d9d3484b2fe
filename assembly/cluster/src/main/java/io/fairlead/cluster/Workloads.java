package io.fairlead.cluster;

import io.fairlead.api.AddressRange;
import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ResourceType;
import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.controllers.ControllerSet;
import io.fairlead.controllers.Controllers;
import io.fairlead.controllers.LoadBalancerController;
import io.fairlead.scheduler.Scheduler;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/// The controllers and the scheduler, each as the user that its bootstrap role is for.
final class Workloads implements AutoCloseable {
    private final ClusterSettings settings;
    private final Controllers controllers;
    private final Scheduler scheduler;
    private final ClusterWatcher podsAndNodes;

    /// @param poolCheck why nobody takes packets for a range of load balancer addresses; empty when somebody does
    Workloads(
            ClusterSettings settings,
            ControlPlane control,
            String authorityPem,
            Function<AddressRange, Optional<String>> poolCheck,
            Execution execution) {
        this.settings = settings;
        this.controllers =
                new Controllers(
                        withoutControllers(settings),
                        control::controller,
                        control.transport(User.of("system:kube-controller-manager", User.MASTERS)),
                        ApiCatalog.builtIn(),
                        authorityPem,
                        settings.has(Component.LOAD_BALANCER)
                                ? List.of(new LoadBalancerController(settings.pool(), poolCheck))
                                : List.of(),
                        new ControllerSet.Surroundings(
                                execution.clock(), execution.tasks(), execution.timer()));
        Transport scheduling = control.transport(User.of("system:kube-scheduler"));
        KubeClient client = new KubeClient(scheduling);
        this.scheduler =
                new Scheduler(
                        client,
                        new EventRecorder(
                                client,
                                "default-scheduler",
                                "",
                                execution.clock(),
                                execution.tasks()),
                        execution.clock(),
                        execution.tasks(),
                        execution.timer(),
                        execution.random());
        this.podsAndNodes =
                new ClusterWatcher(
                        scheduling,
                        List.of(Watched.all(ResourceType.POD), Watched.all(ResourceType.NODE)),
                        execution.tasks(),
                        execution.timer());
    }

    private static Set<String> withoutControllers(ClusterSettings settings) {
        return settings.without().stream()
                .flatMap(component -> component.controllers().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    void start() {
        controllers.start();
        if (settings.has(Component.SCHEDULER)) {
            scheduler.follow(podsAndNodes);
            podsAndNodes.start();
        }
    }

    /// Whether the controllers have nothing left to do for now.
    boolean isIdle() {
        return controllers.isIdle();
    }

    @Override
    public void close() {
        podsAndNodes.close();
        controllers.close();
    }
}
