package io.fairlead.cluster;

import io.fairlead.api.AddressRange;
import io.fairlead.api.GenericObject;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.apiserver.ApiServer;
import io.fairlead.apiserver.ApiServerRuntime;
import io.fairlead.apiserver.ApiServerSettings;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.NodePorts;
import io.fairlead.apiserver.SocketScope;
import io.fairlead.apiserver.StoredObject;
import io.fairlead.apiserver.User;
import io.fairlead.client.Dialer;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Transport;
import io.fairlead.controllers.LocalVolumes;
import io.fairlead.store.Store;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The API server over a store, with the controllers and the scheduler that write through it.
final class ControlPlane implements AutoCloseable {
    private static final Duration EVENT_LIFETIME = Duration.ofHours(1);
    private static final Duration HISTORY = Duration.ofMinutes(10);

    private final ClusterSettings settings;
    private final ApiServer server;
    private final Workloads workloads;

    /// @param poolCheck why nobody takes packets for a range of load balancer addresses; empty when somebody does
    /// @param volumes the folder for the volumes of claims
    /// @param listeners where the API is served; none for a cluster that exists only in this process
    ControlPlane(
            ClusterSettings settings,
            ServingOptions serving,
            Path keys,
            Path volumes,
            Store<StoredObject> store,
            CertificateAuthority authority,
            Dialer dialer,
            List<InetSocketAddress> listeners,
            Function<AddressRange, Optional<String>> poolCheck,
            Execution execution) {
        this.settings = settings;
        ApiServerSettings served =
                new ApiServerSettings(
                        keys,
                        listeners.stream()
                                .map(address ->
                                        new ApiServerSettings.Listener(address, SocketScope.HERE))
                                .toList(),
                        List.of("localhost"),
                        new InetSocketAddress(settings.hostAddress(), settings.apiPort()),
                        settings.serviceCidrs(),
                        new NodePorts(settings.nodePortFirst(), settings.nodePortLast()),
                        serving.access(),
                        serving.limits(),
                        EVENT_LIFETIME,
                        HISTORY);
        this.server =
                new ApiServer(
                        served,
                        store,
                        authority,
                        dialer,
                        new ApiServerRuntime(
                                execution.clock(),
                                execution.tasks(),
                                execution.timer(),
                                execution.threads(),
                                execution.random(),
                                new SecureRandom()));
        this.workloads = new Workloads(settings, this, authority, poolCheck, volumes, execution);
    }

    /// Serves the API.
    ///
    /// @throws ClusterException when an address is taken
    void serve() {
        try {
            server.start();
        } catch (BindException e) {
            throw new ClusterException(
                    "port %d is taken on 127.0.0.1 or %s: end what listens there, or choose another one with --api-port."
                            .formatted(settings.apiPort(), IpAddress.of(settings.hostAddress())),
                    e);
        } catch (IOException e) {
            throw new ClusterException(
                    "the API cannot be served: %s.".formatted(e.getMessage()), e);
        }
    }

    void startControllers() {
        if (settings.has(Component.VOLUMES)) {
            KubeClient client = administrator();
            JsonObject standard = LocalVolumes.defaultClass();
            ObjectName name = new GenericObject(standard).objectName();
            if (client.find(ResourceType.STORAGE_CLASS, name).isEmpty()) {
                client.create(ResourceType.STORAGE_CLASS, standard);
            }
        }
        workloads.start();
    }

    /// Whether the controllers have nothing left to do for now.
    boolean isIdle() {
        return workloads.isIdle();
    }

    List<InetSocketAddress> addresses() {
        return server.addresses();
    }

    Transport transport(User user) {
        return server.transport(user);
    }

    /// The cluster's administrator, in this process.
    /// Vouches for the API server where it asks other API servers.
    X509Certificate proxyAuthority() {
        return server.proxyAuthority();
    }

    KubeClient administrator() {
        return new KubeClient(transport(User.of("system:admin", User.MASTERS)));
    }

    /// A controller of the control plane, with the rights of its bootstrap role.
    Transport controller(String name) {
        return transport(User.serviceAccount("kube-system", name));
    }

    @Override
    public void close() {
        workloads.close();
        server.close();
    }
}
