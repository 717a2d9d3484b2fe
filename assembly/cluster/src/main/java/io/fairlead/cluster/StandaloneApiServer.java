package io.fairlead.cluster;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import io.fairlead.apiserver.ApiServer;
import io.fairlead.apiserver.ApiServerRuntime;
import io.fairlead.apiserver.ApiServerSettings;
import io.fairlead.apiserver.CertificateAuthority;
import io.fairlead.apiserver.Credential;
import io.fairlead.apiserver.NodePorts;
import io.fairlead.apiserver.SocketScope;
import io.fairlead.apiserver.StoredObject;
import io.fairlead.client.Kubeconfig;
import io.fairlead.store.SqliteStore;
import io.fairlead.store.StoreException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/// An API server alone, over a store in a folder: no controllers, no nodes. Nodes that join it are dialled at their own addresses.
public final class StandaloneApiServer implements AutoCloseable {
    private static final Duration EVENT_LIFETIME = Duration.ofHours(1);
    private static final Duration HISTORY = Duration.ofMinutes(10);

    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Settings settings;
    private Kubeconfig kubeconfig;

    /// @param data holds keys and the store; made when missing
    /// @param listener where the API is served
    /// @param advertised the address and port that Service `kubernetes` leads to; no loopback address
    public record Settings(
            Path data,
            InetSocketAddress listener,
            InetSocketAddress advertised,
            FamilyCidrs services,
            int nodePortFirst,
            int nodePortLast,
            ServingOptions serving) {
        private URI uri(int port) {
            InetAddress at =
                    listener.getAddress().isAnyLocalAddress()
                            ? advertised.getAddress()
                            : listener.getAddress();
            return URI.create("https://%s:%d".formatted(IpAddress.of(at).inUrl(), port));
        }
    }

    private StandaloneApiServer(Settings settings, Kubeconfig kubeconfig) {
        this.settings = settings;
        this.kubeconfig = kubeconfig;
    }

    /// Serves.
    ///
    /// @throws ClusterException when it cannot
    public static StandaloneApiServer start(Settings settings) {
        InetAddress advertised = settings.advertised().getAddress();
        if (advertised.isLoopbackAddress() || advertised.isAnyLocalAddress()) {
            throw new ClusterException(
                    "%s is no address that others reach: choose one with --advertise-address."
                            .formatted(IpAddress.of(advertised)));
        }
        makeFolder(settings.data());
        Execution execution = Execution.create();
        CertificateAuthority authority =
                CertificateAuthority.open(
                        settings.data().resolve("pki"),
                        "fairlead",
                        execution.clock(),
                        new SecureRandom());
        Credential administrator =
                Administrator.keptIn(
                        settings.data().resolve("pki"), authority, execution.clock().instant());
        StandaloneApiServer alone =
                new StandaloneApiServer(
                        settings,
                        Administrator.kubeconfig(
                                "fairlead",
                                settings.uri(settings.listener().getPort()),
                                authority,
                                administrator));
        try {
            alone.open.push(execution);
            alone.begin(execution, authority, administrator);
            return alone;
        } catch (RuntimeException e) {
            alone.close();
            throw e;
        }
    }

    private void begin(
            Execution execution, CertificateAuthority authority, Credential administrator) {
        ApiServerSettings served =
                new ApiServerSettings(
                        settings.data().resolve("pki"),
                        List.of(
                                new ApiServerSettings.Listener(
                                        settings.listener(), SocketScope.HERE)),
                        List.of("localhost"),
                        settings.advertised(),
                        settings.services(),
                        new NodePorts(settings.nodePortFirst(), settings.nodePortLast()),
                        settings.serving().access(),
                        settings.serving().limits(),
                        EVENT_LIFETIME,
                        HISTORY);
        SqliteStore<StoredObject> store = openStore(execution);
        ApiServer server =
                new ApiServer(
                        served,
                        store,
                        authority,
                        (node, address) -> SocketChannel.open(address),
                        new ApiServerRuntime(
                                execution.clock(),
                                execution.tasks(),
                                execution.timer(),
                                execution.threads(),
                                execution.random(),
                                new SecureRandom()));
        open.push(server);
        try {
            server.start();
        } catch (IOException e) {
            throw new ClusterException(
                    "the API cannot be served: %s.".formatted(e.getMessage()), e);
        }
        kubeconfig =
                Administrator.kubeconfig(
                        "fairlead",
                        settings.uri(server.addresses().getFirst().getPort()),
                        authority,
                        administrator);
    }

    /// For the administrator.
    public Kubeconfig kubeconfig() {
        return kubeconfig;
    }

    @Override
    public void close() {
        open.forEach(Closing::quietly);
        open.clear();
    }

    private SqliteStore<StoredObject> openStore(Execution execution) {
        Path file = settings.data().resolve("store.db");
        try {
            SqliteStore<StoredObject> store =
                    SqliteStore.open(
                            file,
                            settings.serving().codec(),
                            execution.threads(),
                            SqliteStore.Options.beside(file));
            open.push(store);
            return store;
        } catch (StoreException e) {
            throw new ClusterException(e.getMessage() + ".", e);
        }
    }

    private static void makeFolder(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        } catch (IOException e) {
            throw new ClusterException(
                    "%s cannot be made: %s.".formatted(folder, e.getMessage()), e);
        }
    }
}
