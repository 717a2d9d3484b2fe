package io.fairlead.bench;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Deletion;
import io.fairlead.client.KubeClient;
import io.fairlead.client.Kubeconfig;
import io.fairlead.client.RemoteTransport;
import io.fairlead.client.Transport;
import io.fairlead.client.WatchListener;
import io.fairlead.linux.NetworkNamespace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Measures a running cluster from outside, over HTTPS like any client: pods from creation to Ready, and endpoints from the write to the first answer.
///
///     ClusterBench KUBECONFIG FOLDER-OF-NAMESPACES [SERVICES ...]
public final class ClusterBench {
    private static final String NAMESPACE = "bench";

    /// The only in-process program that every cluster has.
    private static final String DNS_PROGRAM = "fairlead.io/in-process/dns";

    private static final int PODS = 20;
    private static final int CHANGES = 300;

    private final KubeClient client;
    private final Path namespaces;

    private ClusterBench(KubeClient client, Path namespaces) {
        this.client = client;
        this.namespaces = namespaces;
    }

    public static void main(String[] arguments) throws Exception {
        try (RemoteTransport transport =
                RemoteTransport.open(Kubeconfig.read(Path.of(arguments[0])))) {
            ClusterBench bench = new ClusterBench(new KubeClient(transport), Path.of(arguments[1]));
            bench.makeNamespace();
            bench.measurePods(
                    "pod created → Ready, OCI container", "oci-", "fairlead.io/busybox:1");
            bench.measurePods("pod created → Ready, in-process container", "program-", DNS_PROGRAM);
            int made = 0;
            for (int i = 2; i < arguments.length; i++) {
                int services = Integer.parseInt(arguments[i]);
                bench.makeServices(made, services);
                made = services;
                bench.measureEndpoints(services);
            }
        }
        System.exit(0);
    }

    private void makeNamespace() {
        if (client.find(ResourceType.NAMESPACE, ObjectName.clusterWide(NAMESPACE)).isEmpty()) {
            client.create(
                    ResourceType.NAMESPACE,
                    JsonObject.of("metadata", JsonObject.of("name", Json.of(NAMESPACE))));
        }
        while (client.find(ResourceType.SERVICE_ACCOUNT, new ObjectName(NAMESPACE, "default"))
                .isEmpty()) {
            Thread.onSpinWait();
        }
    }

    private void measurePods(String title, String prefix, String image)
            throws InterruptedException {
        Figure figure = new Figure(title, "ms");
        for (int i = 0; i < PODS; i++) {
            String name = prefix + i;
            CountDownLatch ready = new CountDownLatch(1);
            try (Transport.Watch watch = watchUntilReady(name, ready)) {
                long start = System.nanoTime();
                client.create(ResourceType.POD, pod(name, image));
                if (ready.await(60, TimeUnit.SECONDS)) {
                    figure.addMillisSince(start);
                }
            }
            client.delete(
                    ResourceType.POD,
                    new ObjectName(NAMESPACE, name),
                    Deletion.PLAIN.withGrace(Duration.ZERO));
        }
        figure.print();
    }

    private Transport.Watch watchUntilReady(String name, CountDownLatch ready) {
        ApiRequest request =
                ApiRequest.get(ResourceType.POD.collectionPath(NAMESPACE))
                        .with("watch", "true")
                        .with("fieldSelector", "metadata.name=" + name);
        return client.transport()
                .watch(
                        request,
                        new WatchListener() {
                            @Override
                            public void onEvent(EventType type, JsonObject object) {
                                for (Json condition : object.list("status", "conditions")) {
                                    if ("Ready".equals(condition.text("type"))
                                            && "True".equals(condition.text("status"))) {
                                        ready.countDown();
                                    }
                                }
                            }

                            @Override
                            public void onClose() {
                                // The measurement's own limit tells.
                            }
                        });
    }

    private static JsonObject pod(String name, String image) {
        JsonObject container =
                JsonObject.builder()
                        .put("name", "c")
                        .put("image", image)
                        .put("command", JsonArray.of(Json.of("sleep"), Json.of("3600")))
                        .build();
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(name), "namespace", Json.of(NAMESPACE)),
                "spec",
                JsonObject.builder()
                        .put("terminationGracePeriodSeconds", 0)
                        .put("containers", JsonArray.of(container))
                        .build());
    }

    /// Services without selector, each with a slice of two endpoints, made by a few writers at once.
    private void makeServices(int from, int to) throws InterruptedException {
        long start = System.nanoTime();
        try (ExecutorService writers = Executors.newFixedThreadPool(8)) {
            for (int i = from; i < to; i++) {
                String name = "svc-" + i;
                writers.execute(() -> {
                    client.create(ResourceType.SERVICE, service(name));
                    client.create(ResourceType.ENDPOINT_SLICE, slice(name, "172.30.0.12", 9001));
                });
            }
        }
        System.out.printf(
                "%-58s %.1f s%n",
                "made " + (to - from) + " Services with slices in",
                (System.nanoTime() - start) / 1e9);
    }

    /// Moves the endpoint of one Service between two servers; the clock runs from the write until a new connection reaches the new one.
    private void measureEndpoints(int services) throws Exception {
        Figure fromRequest =
                new Figure(
                        "endpoint change → answered, from the request, " + services + " Services",
                        "ms");
        Figure fromAnswer =
                new Figure(
                        "endpoint change → answered, from the acknowledgement, " + services, "ms");
        try (NetworkNamespace serverNode = NetworkNamespace.open(namespaces.resolve("node-2"));
                NetworkNamespace clientNode = NetworkNamespace.open(namespaces.resolve("node-1"));
                Server first = new Server(serverNode, "172.30.0.12", 9001);
                Server second = new Server(serverNode, "172.30.0.12", 9002)) {
            String name = "svc-" + (services / 2);
            String clusterIp =
                    client.get(ResourceType.SERVICE, new ObjectName(NAMESPACE, name))
                            .text("spec", "clusterIP");
            InetSocketAddress frontend = new InetSocketAddress(clusterIp, 80);
            for (int i = 0; i < CHANGES; i++) {
                int port = i % 2 == 0 ? 9002 : 9001;
                long start = System.nanoTime();
                client.patch(
                        ResourceType.ENDPOINT_SLICE,
                        new ObjectName(NAMESPACE, name),
                        ApiRequest.MERGE_PATCH,
                        JsonObject.of("ports", ports(port)));
                long acknowledged = System.nanoTime();
                awaitAnswer(clientNode, frontend, port);
                fromRequest.addMillisSince(start);
                fromAnswer.addMillisSince(acknowledged);
            }
        }
        fromRequest.print();
        fromAnswer.print();
    }

    private static void awaitAnswer(NetworkNamespace node, InetSocketAddress frontend, int port)
            throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (System.nanoTime() < deadline) {
            try (SocketChannel channel = node.openSocketChannel()) {
                channel.connect(frontend);
                ByteBuffer answer = ByteBuffer.allocate(4);
                while (answer.hasRemaining() && channel.read(answer) >= 0) {
                    // Four bytes, maybe in parts.
                }
                if (answer.flip().remaining() == 4 && answer.getInt() == port) {
                    return;
                }
            } catch (IOException e) {
                // Refused for a moment is an answer too, but not the one awaited.
            }
        }
        throw new IOException("no answer from the endpoint at port " + port);
    }

    private static JsonObject service(String name) {
        return JsonObject.of(
                "metadata",
                JsonObject.of("name", Json.of(name), "namespace", Json.of(NAMESPACE)),
                "spec",
                JsonObject.of("ports", JsonArray.of(JsonObject.of("port", Json.of(80)))));
    }

    private static JsonObject slice(String name, String address, int port) {
        JsonObject metadata =
                JsonObject.of(
                        "name",
                        Json.of(name),
                        "namespace",
                        Json.of(NAMESPACE),
                        "labels",
                        JsonObject.of("kubernetes.io/service-name", Json.of(name)));
        return JsonObject.builder()
                .put("metadata", metadata)
                .put("addressType", "IPv4")
                .put("ports", ports(port))
                .put(
                        "endpoints",
                        JsonArray.of(
                                JsonObject.of(
                                        "addresses",
                                        JsonArray.of(Json.of(address)),
                                        "conditions",
                                        JsonObject.of("ready", Json.of(true)))))
                .build();
    }

    private static JsonArray ports(int port) {
        return JsonArray.of(
                JsonObject.of(
                        "name", Json.of(""), "port", Json.of(port), "protocol", Json.of("TCP")));
    }

    /// Answers every connection with its own port number.
    private static final class Server implements AutoCloseable {
        private final ServerSocketChannel channel;

        Server(NetworkNamespace node, String address, int port) throws IOException {
            channel = node.openServerSocketChannel();
            channel.bind(new InetSocketAddress(address, port), 128);
            Thread.ofPlatform().daemon().start(() -> serve(port));
        }

        private void serve(int port) {
            while (channel.isOpen()) {
                try (SocketChannel connection = channel.accept()) {
                    connection.write(ByteBuffer.allocate(4).putInt(0, port));
                } catch (IOException e) {
                    // The channel was closed, or a client left early.
                }
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
