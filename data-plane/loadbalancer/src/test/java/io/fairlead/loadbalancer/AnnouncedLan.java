package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.YamlReader;
import io.fairlead.linux.MacAddress;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.linux.PacketSocket;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/// Three nodes and a client on one bridge, in namespaces. Each node has the announced addresses on its loopback link, where a server says the node's name; only its announcer answers
/// for them on the wire.
final class AnnouncedLan implements AutoCloseable {
    static final String POOL = "192.0.2.192/26,2001:db8::c000/114";
    static final List<String> NODES = List.of("node-1", "node-2", "node-3");
    static final int PORT = 80;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final String prefix = "fla" + UUID.randomUUID().toString().substring(0, 5);
    private final Deque<AutoCloseable> open = new ArrayDeque<>();
    private final Map<String, Process> announcers = new LinkedHashMap<>();
    private final Map<String, JsonObject> objects = new LinkedHashMap<>();
    private final Path logs;
    private final NetworkNamespace client;

    AnnouncedLan(Path logs, List<String> addresses) throws IOException {
        Requirement.rootAnd("ip", "nsenter");
        this.logs = logs;
        namespace("lan");
        in("lan", "ip", "link", "add", "br0", "type", "bridge", "forward_delay", "0");
        in("lan", "ip", "link", "set", "br0", "up");
        join("client", 9);
        client = NetworkNamespace.open(file("client"));
        open.push(client);
        for (int number = 1; number <= NODES.size(); number++) {
            String node = NODES.get(number - 1);
            join(node, 10 + number);
            in(node, "ip", "link", "set", "lo", "up");
            NetworkNamespace namespace = NetworkNamespace.open(file(node));
            open.push(namespace);
            // What is on the loopback link is nobody's business on the wire.
            namespace.setSysctl("ipv4/conf/all/arp_ignore", "1");
            for (String address : addresses) {
                String bits = address.contains(":") ? "/128" : "/32";
                in(node, "ip", "addr", "add", address + bits, "dev", "lo");
            }
            ServerSocketChannel server = namespace.openServerSocketChannel();
            server.bind(new InetSocketAddress(PORT));
            open.push(server);
            Thread.ofVirtual().start(() -> serve(node, server));
            node(node, 10 + number, true);
        }
    }

    private Path file(String name) {
        return Path.of("/run/netns", prefix + name);
    }

    private void namespace(String name) {
        Command.run("ip", "netns", "add", prefix + name).succeeded();
        open.push(() -> Command.run("ip", "netns", "delete", prefix + name));
    }

    private void join(String name, int number) {
        namespace(name);
        String port = "p" + number;
        in(
                "lan",
                "ip",
                "link",
                "add",
                port,
                "type",
                "veth",
                "peer",
                "eth0",
                "netns",
                prefix + name);
        in("lan", "ip", "link", "set", port, "master", "br0", "up");
        in(name, "ip", "link", "set", "eth0", "up");
        in(name, "ip", "addr", "add", "192.0.2." + number + "/24", "dev", "eth0");
        in(name, "ip", "addr", "add", "2001:db8::" + number + "/64", "dev", "eth0", "nodad");
    }

    String in(String name, String... words) {
        List<String> line = new ArrayList<>(List.of("nsenter", "--net=" + file(name), "--"));
        line.addAll(List.of(words));
        return Command.run(Map.of(), line).succeeded().output();
    }

    void node(String name, int number, boolean isReady) {
        put(
                """
                {kind: Node, metadata: {name: %1$s, uid: uid-of-%1$s},
                 status: {addresses: [{type: InternalIP, address: 192.0.2.%2$d}],
                          conditions: [{type: Ready, status: "%3$s"}]}}
                """
                        .formatted(name, number, isReady ? "True" : "False"));
    }

    /// A Service that has an address already.
    void service(String name, String address, String policy) {
        put(
                """
                {kind: Service, metadata: {name: %s, namespace: shop},
                 spec: {type: LoadBalancer, externalTrafficPolicy: %s, ports: [{port: 80}]},
                 status: {loadBalancer: {ingress: [{ip: "%s", ipMode: VIP}]}}}
                """
                        .formatted(name, policy, address));
    }

    /// On which nodes a Service has an endpoint, for an address of one family.
    void endpoints(String service, String addressType, String... nodes) {
        StringBuilder endpoints = new StringBuilder();
        for (String node : nodes) {
            endpoints.append("{addresses: [\"10.244.1.2\"], nodeName: %s},".formatted(node));
        }
        put(
                """
                {kind: EndpointSlice, addressType: %2$s, ports: [{port: 80}], endpoints: [%3$s],
                 metadata: {name: %1$s-1, namespace: shop, labels: {kubernetes.io/service-name: %1$s}}}
                """
                        .formatted(service, addressType, endpoints));
    }

    void put(String yaml) {
        JsonObject object = (JsonObject) YamlReader.readAll(yaml).getFirst();
        objects.put(object.text("kind") + "/" + object.text("metadata", "name"), object);
        announcers.values().forEach(it -> tell(it, object));
    }

    private static void tell(Process announcer, JsonObject object) {
        try {
            Writer words = announcer.outputWriter(StandardCharsets.UTF_8);
            words.write(object + "\n");
            words.flush();
        } catch (IOException e) {
            throw new AssertionError("an announcer has ended", e);
        }
    }

    void start(String node) throws IOException {
        List<String> line =
                List.of(
                        "nsenter",
                        "--net=" + file(node),
                        "--",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx64m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        AnnouncingProcess.class.getName(),
                        node,
                        POOL);
        Process process =
                new ProcessBuilder(line)
                        .redirectOutput(
                                ProcessBuilder.Redirect.appendTo(
                                        logs.resolve(node + ".events").toFile()))
                        .redirectError(
                                ProcessBuilder.Redirect.appendTo(
                                        logs.resolve(node + ".log").toFile()))
                        .start();
        announcers.put(node, process);
        objects.values().forEach(it -> tell(process, it));
    }

    /// As a crash or the power switch would.
    void kill(String node) throws InterruptedException {
        Process process = announcers.remove(node);
        assertThat(process).isNotNull();
        if (process != null) {
            process.destroyForcibly().waitFor();
        }
    }

    /// Lets it end in order.
    void end(String node) throws IOException, InterruptedException {
        Process process = announcers.remove(node);
        assertThat(process).isNotNull();
        if (process != null) {
            process.outputWriter(StandardCharsets.UTF_8).close();
            process.waitFor(20, TimeUnit.SECONDS);
        }
    }

    /// The events that a node told of by now, one a line.
    String events(String node) throws IOException {
        return Files.readString(logs.resolve(node + ".events"));
    }

    /// Which node answers a new connection from the client; empty when none does within a moment.
    Optional<String> whoAnswers(String address) {
        try (SocketChannel flow = client.openSocketChannel()) {
            flow.socket().connect(new InetSocketAddress(InetAddress.ofLiteral(address), PORT), 200);
            flow.socket().setSoTimeout(200);
            byte[] name = flow.socket().getInputStream().readAllBytes();
            return Optional.of(new String(name, StandardCharsets.UTF_8));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// Waits until that many announcers have begun to answer, and have heard of each other.
    void awaitHere(int count) {
        try (NetworkStack stack = NetworkStack.open(client);
                PacketSocket socket =
                        PacketSocket.open(
                                client, stack.links().require("eth0"), LinkFrames.KINDS)) {
            socket.join(LinkFrames.PRESENCE_GROUP);
            Set<String> here = new TreeSet<>();
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (here.size() < count && System.nanoTime() < deadline) {
                socket.await(PATIENCE);
                Optional<byte[]> frame = socket.receive();
                while (frame.isPresent()) {
                    if (LinkFrames.read(frame.get()).orElse(null) instanceof Heard.Presence it
                            && it.word() == Heard.Word.HERE) {
                        here.add(it.node());
                    }
                    frame = socket.receive();
                }
            }
            assertThat(here).hasSize(count);
        }
    }

    /// Says on the wire, as a machine that is none of the nodes, that it has an address.
    void claim(String address) {
        try (NetworkStack stack = NetworkStack.open(client);
                PacketSocket socket =
                        PacketSocket.open(
                                client, stack.links().require("eth0"), LinkFrames.KINDS)) {
            LinkFrames.announcement(new MacAddress(0x02_0000_0000_99L), IpAddress.parse(address))
                    .forEach(socket::send);
        }
    }

    private static void serve(String node, ServerSocketChannel server) {
        try {
            while (true) {
                try (SocketChannel flow = server.accept()) {
                    flow.write(ByteBuffer.wrap(node.getBytes(StandardCharsets.UTF_8)));
                }
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    @Override
    public void close() throws Exception {
        for (Process process : announcers.values()) {
            process.destroyForcibly().waitFor();
        }
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }
}
