package io.fairlead.cluster;

import io.fairlead.api.AddressRange;
import io.fairlead.api.ApiCatalog;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.User;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.EventRecorder;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import io.fairlead.controllers.CertificateController;
import io.fairlead.controllers.Controller;
import io.fairlead.controllers.ControllerSet;
import io.fairlead.controllers.Controllers;
import io.fairlead.controllers.LoadBalancerController;
import io.fairlead.controllers.LocalVolumes;
import io.fairlead.controllers.PersistentVolumeController;
import io.fairlead.scheduler.Scheduler;
import java.nio.file.Path;
import java.util.ArrayList;
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
    private final ClusterWatcher seenByScheduler;

    /// @param poolCheck why nobody takes packets for a range of load balancer addresses; empty when somebody does
    /// @param volumes the folder for the volumes of claims
    Workloads(
            ClusterSettings settings,
            ControlPlane control,
            CertificateAuthority authority,
            Function<AddressRange, Optional<String>> poolCheck,
            Path volumes,
            Execution execution) {
        this.settings = settings;
        this.controllers =
                new Controllers(
                        withoutControllers(settings),
                        control::controller,
                        control.transport(User.of("system:kube-controller-manager", User.MASTERS)),
                        ApiCatalog.builtIn(),
                        authority.certificatePem(),
                        others(settings, authority, poolCheck, volumes, execution),
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
        this.seenByScheduler =
                new ClusterWatcher(
                        scheduling,
                        Scheduler.WATCHED.stream().map(Watched::all).toList(),
                        execution.tasks(),
                        execution.timer());
    }

    private static List<Controller> others(
            ClusterSettings settings,
            CertificateAuthority authority,
            Function<AddressRange, Optional<String>> poolCheck,
            Path volumes,
            Execution execution) {
        List<Controller> others = new ArrayList<>();
        if (settings.has(Component.CERTIFICATES)) {
            others.add(new CertificateController(authority::sign, execution.clock()));
        }
        if (settings.has(Component.VOLUMES)) {
            others.add(
                    new PersistentVolumeController(new LocalVolumes(new VolumeFolders(volumes))));
        }
        if (settings.has(Component.LOAD_BALANCER)) {
            others.add(new LoadBalancerController(settings.pool(), poolCheck).withServiceRanges());
        }
        return others;
    }

    private static Set<String> withoutControllers(ClusterSettings settings) {
        return settings.without().stream()
                .flatMap(component -> component.controllers().stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    void start() {
        controllers.start();
        if (settings.has(Component.SCHEDULER)) {
            scheduler.follow(seenByScheduler);
            seenByScheduler.start();
        }
    }

    /// Whether the controllers have nothing left to do for now.
    boolean isIdle() {
        return controllers.isIdle();
    }

    @Override
    public void close() {
        seenByScheduler.close();
        controllers.close();
    }
}
