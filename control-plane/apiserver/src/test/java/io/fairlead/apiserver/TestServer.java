package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Dialer;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import io.fairlead.store.InMemoryStore;
import io.fairlead.store.Store;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.random.RandomGenerator;

/// An API server on a store in memory, at a free port of the loopback address. Run as a program it writes a kubeconfig and stays.
final class TestServer implements AutoCloseable {
    private static final InetSocketAddress ADVERTISED = new InetSocketAddress("192.0.2.10", 6443);

    private static final FamilyCidrs USUAL_RANGES = FamilyCidrs.parse("10.96.0.0/12");

    private static final Dialer NO_NODES =
            (node, address) -> {
                throw new IOException("no node " + node + " at " + address);
            };

    private final Store<StoredObject> store;
    private final ExecutorService tasks = Executors.newVirtualThreadPerTaskExecutor();
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    private final CertificateAuthority authority;
    private final ApiServer server;

    TestServer(Path folder, int port, Dialer dialer) throws IOException {
        this(
                dialer,
                new InMemoryStore<>(),
                settings(folder, port, NodePorts.usual(), USUAL_RANGES));
    }

    private TestServer(Dialer dialer, Store<StoredObject> store, ApiServerSettings settings)
            throws IOException {
        SecureRandom secrets = new SecureRandom();
        this.store = store;
        authority =
                CertificateAuthority.open(settings.folder(), "test-ca", Clock.systemUTC(), secrets);
        server =
                new ApiServer(
                        settings,
                        store,
                        authority,
                        dialer,
                        new ApiServerRuntime(
                                Clock.systemUTC(),
                                tasks,
                                timer,
                                Thread.ofPlatform().daemon().factory(),
                                RandomGenerator.getDefault(),
                                secrets));
        server.start();
    }

    static TestServer start(Path folder) throws IOException {
        return on(new InMemoryStore<>(), folder, NodePorts.usual());
    }

    /// With others than usual let in, or told of.
    static TestServer with(AccessSettings access, Path folder) throws IOException {
        return new TestServer(
                NO_NODES,
                new InMemoryStore<>(),
                settings(folder, 0, NodePorts.usual(), USUAL_RANGES).with(access));
    }

    static TestServer with(RequestLimits limits, Path folder) throws IOException {
        return new TestServer(
                NO_NODES,
                new InMemoryStore<>(),
                settings(folder, 0, NodePorts.usual(), USUAL_RANGES).with(limits));
    }

    static TestServer on(Store<StoredObject> store, Path folder, NodePorts nodePorts)
            throws IOException {
        return on(store, folder, nodePorts, USUAL_RANGES);
    }

    /// With Service addresses from these ranges.
    static TestServer with(FamilyCidrs ranges, Path folder) throws IOException {
        return on(new InMemoryStore<>(), folder, NodePorts.usual(), ranges);
    }

    private static TestServer on(
            Store<StoredObject> store, Path folder, NodePorts nodePorts, FamilyCidrs ranges)
            throws IOException {
        return new TestServer(NO_NODES, store, settings(folder, 0, nodePorts, ranges));
    }

    private static ApiServerSettings settings(
            Path folder, int port, NodePorts nodePorts, FamilyCidrs ranges) {
        ApiServerSettings usual =
                ApiServerSettings.of(
                        folder,
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        ADVERTISED);
        return new ApiServerSettings(
                folder,
                usual.listeners(),
                usual.names(),
                ADVERTISED,
                ranges,
                nodePorts,
                usual.access(),
                usual.limits(),
                usual.eventLifetime(),
                usual.history());
    }

    Store<StoredObject> store() {
        return store;
    }

    ApiServer server() {
        return server;
    }

    CertificateAuthority authority() {
        return authority;
    }

    int port() {
        return server.addresses().getFirst().getPort();
    }

    Transport admin() {
        return server.transport(User.of("admin", User.MASTERS));
    }

    /// A kubeconfig with a client certificate.
    String kubeconfig(String user, String... groups) {
        Credential credential = authority.issueClient(user, List.of(groups));
        return """
        apiVersion: v1
        kind: Config
        current-context: test
        clusters:
        - name: test
          cluster:
            server: https://127.0.0.1:%d
            certificate-authority-data: %s
        users:
        - name: test
          user:
            client-certificate-data: %s
            client-key-data: %s
        contexts:
        - name: test
          context:
            cluster: test
            user: test
        """
                .formatted(
                        port(),
                        base64(authority.certificatePem()),
                        base64(credential.certificatesPem()),
                        base64(credential.keyPem()));
    }

    /// Gives each namespace what its controllers would: an account, and the authority's certificate.
    void furnishNamespaces() {
        Transport admin = admin();
        admin.watch(
                ApiRequest.get("/api/v1/namespaces"),
                new WatchListener() {
                    @Override
                    public void onEvent(EventType type, JsonObject object) {
                        String name = object.text("metadata", "name");
                        if (object.has("metadata", "deletionTimestamp")
                                && type == EventType.MODIFIED) {
                            tasks.execute(() -> empty(admin, name));
                        } else if (type == EventType.ADDED) {
                            tasks.execute(() -> furnish(admin, name));
                        }
                    }

                    @Override
                    public void onClose() {}
                });
    }

    /// Makes the objects of a JSON list, status included.
    void load(Path file, ResourceType type) throws IOException {
        for (Json object :
                io.fairlead.api.JsonReader.read(Files.readAllBytes(file)).list("items")) {
            create(admin(), type, object.text("metadata", "namespace"), (JsonObject) object);
        }
    }

    private void furnish(Transport admin, String namespace) {
        create(
                admin,
                ResourceType.SERVICE_ACCOUNT,
                namespace,
                JsonObject.of("metadata", JsonObject.of("name", Json.of("default"))));
        create(
                admin,
                ResourceType.CONFIG_MAP,
                namespace,
                JsonObject.of(
                        "metadata",
                        JsonObject.of("name", Json.of("kube-root-ca.crt")),
                        "data",
                        JsonObject.of("ca.crt", Json.of(authority.certificatePem()))));
    }

    private static void empty(Transport admin, String namespace) {
        for (var resource : io.fairlead.api.ApiCatalog.builtIn().all().toList()) {
            if (resource.type().isNamespaced() && resource.allows("deletecollection")) {
                admin.send(ApiRequest.delete(resource.type().collectionPath(namespace)));
            }
        }
        String path = "/api/v1/namespaces/" + namespace;
        JsonObject tree = admin.send(ApiRequest.get(path));
        admin.send(
                ApiRequest.put(
                        path + "/finalize",
                        tree.withAt(io.fairlead.api.JsonArray.EMPTY, "spec", "finalizers")));
    }

    private static void create(
            Transport admin, ResourceType type, String namespace, JsonObject object) {
        try {
            admin.send(ApiRequest.post(type.collectionPath(namespace), object));
        } catch (ApiException e) {
            if (!e.isConflict()) {
                throw e;
            }
        }
    }

    private static String base64(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public void close() {
        server.close();
        timer.shutdownNow();
        tasks.shutdownNow();
    }

    /// Arguments: a folder, and a port.
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args[0]);
        TestServer running = new TestServer(folder, Integer.parseInt(args[1]), NO_NODES);
        running.furnishNamespaces();
        if (args.length > 2) {
            running.load(Path.of(args[2]), ResourceType.NODE);
        }
        Files.writeString(folder.resolve("kubeconfig"), running.kubeconfig("admin", User.MASTERS));
        System.out.println("listening on " + running.port());
        new CountDownLatch(1).await();
    }
}
