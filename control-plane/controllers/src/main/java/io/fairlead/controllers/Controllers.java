package io.fairlead.controllers;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiResource;
import io.fairlead.api.JsonObject;
import io.fairlead.api.LoadBalancerPool;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All controllers of a cluster, as they run beside its API server.
public final class Controllers implements AutoCloseable {
    /// Types that come and go in numbers, own nothing and are owned by nobody.
    private static final Set<ResourceType> UNOWNED = Set.of(ResourceType.EVENT, ResourceType.LEASE);

    private final ControllerSet workloads;
    private final ControllerSet garbage;

    /// @param without the names of controllers that somebody else brings
    /// @param transports the way to the server as one controller, by its name
    /// @param watching the way to the server that may read everything
    /// @param rootCertificatePem the authority that signed the API server's certificate
    /// @param others what depends on where the cluster runs
    public Controllers(
            Set<String> without,
            Function<String, Transport> transports,
            Transport watching,
            ApiCatalog catalog,
            String rootCertificatePem,
            List<Controller> others,
            ControllerSet.Surroundings surroundings) {
        List<Controller> controllers =
                Stream.of(
                                new EndpointSliceController(),
                                new EndpointsController(),
                                new EndpointsMirrorController(),
                                new ServiceCidrController(surroundings.clock()),
                                new ReplicaSetController(surroundings.clock()),
                                ReplicaSetController.ofReplicationControllers(surroundings.clock()),
                                new DeploymentController(surroundings.clock()),
                                new StatefulSetController(surroundings.clock()),
                                new DaemonSetController(surroundings.clock()),
                                new JobController(surroundings.clock()),
                                new CronJobController(surroundings.clock()),
                                new TtlAfterFinishedController(surroundings.clock()),
                                new NodeLifecycleController(surroundings.clock()),
                                new PodGarbageCollector(surroundings.clock()),
                                new DisruptionController(surroundings.clock()),
                                new EphemeralVolumeController(),
                                VolumeProtectionController.ofClaims(),
                                VolumeProtectionController.ofVolumes(),
                                new DefaultServiceAccountController(),
                                new RootCertificateController(rootCertificatePem),
                                new RoleAggregationController(),
                                new NamespaceController(surroundings.clock()))
                        .filter(controller -> !without.contains(controller.name()))
                        .toList();
        this.workloads =
                new ControllerSet(
                        Stream.concat(controllers.stream(), others.stream()).toList(),
                        transports,
                        watching,
                        Controllers::watched,
                        surroundings);
        this.garbage =
                new ControllerSet(
                        without.contains(GarbageCollector.NAME)
                                ? List.of()
                                : List.of(new GarbageCollector(catalog, ownable(catalog))),
                        transports,
                        watching,
                        type -> Watched.all(type).stripped(GarbageCollector::strip),
                        surroundings);
    }

    public void start() {
        workloads.start();
        garbage.start();
    }

    /// Whether every controller has nothing left to do for now.
    public boolean isIdle() {
        return workloads.isIdle() && garbage.isIdle();
    }

    @Override
    public void close() {
        workloads.close();
        garbage.close();
    }

    private static Watched watched(ResourceType type) {
        // Two names are all that is read of them, and a cluster may have many, and large ones.
        return type.equals(ResourceType.CONFIG_MAP)
                ? Watched.all(type).stripped(Controllers::withoutUnreadContents)
                : Watched.all(type);
    }

    private static JsonObject withoutUnreadContents(JsonObject configMap) {
        String name = configMap.text("metadata", "name");
        return name.equals(RootCertificateController.NAME)
                        || name.equals(LoadBalancerPool.CONFIG_MAP.name())
                ? configMap
                : configMap.without("data").without("binaryData");
    }

    /// Every type that can be watched and deleted, in the version that its group prefers.
    private static Set<ResourceType> ownable(ApiCatalog catalog) {
        return catalog.all()
                .filter(resource ->
                        resource.allows("list")
                                && resource.allows("watch")
                                && resource.allows("delete"))
                .map(ApiResource::type)
                .filter(type -> !UNOWNED.contains(type))
                .filter(type -> !type.group().equals("events.k8s.io"))
                .filter(type ->
                        type.group().isEmpty()
                                || catalog.versions(type.group()).getFirst().equals(type.version()))
                .collect(Collectors.toSet());
    }
}
