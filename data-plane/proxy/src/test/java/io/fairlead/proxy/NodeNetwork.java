package io.fairlead.proxy;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// A node (172.30.0.11) with two pods (10.244.1.3 and 10.244.1.4) and the world outside (172.30.0.1), each a network namespace. Pods answer on
/// TCP 8080 and UDP 5353 with their address and whom they see as client.
final class NodeNetwork implements AutoCloseable {
    static final String NODE = "172.30.0.11";
    static final String FIRST_POD = "10.244.1.3";
    static final String SECOND_POD = "10.244.1.4";
    private static final int ANSWER_MILLIS_MAX = 2000;

    private final String prefix = "flp-" + UUID.randomUUID().toString().substring(0, 8);
    private final List<Closeable> open = new ArrayList<>();
    final NetworkNamespace node;
    final NetworkNamespace firstPod;
    final NetworkNamespace secondPod;
    final NetworkNamespace outside;

    NodeNetwork() {
        Requirement.rootAnd("ip");
        node = namespace("node");
        firstPod = namespace("pod1");
        secondPod = namespace("pod2");
        outside = namespace("out");
        node.setSysctl("ipv4/ip_forward", "1");
        node.setSysctl("ipv4/conf/all/rp_filter", "0");
        ip("node", "link set lo up");
        link("out", "172.30.0.1/24", "172.30.0.11/24");
        ip("node", "route add default via 172.30.0.1");
        pod("pod1", FIRST_POD, firstPod);
        pod("pod2", SECOND_POD, secondPod);
        ip("out", "route add 10.96.0.0/12 via 172.30.0.11");
    }

    private NetworkNamespace namespace(String name) {
        Command.run("ip", "netns", "add", prefix + "-" + name).succeeded();
        NetworkNamespace namespace =
                NetworkNamespace.open(Path.of("/run/netns", prefix + "-" + name));
        open.add(namespace::close);
        return namespace;
    }

    private void link(String namespace, String address, String nodeAddress) {
        ip(
                "node",
                "link add to-%s type veth peer name eth0 netns %s-%s"
                        .formatted(namespace, prefix, namespace));
        ip("node", "addr add %s dev to-%s".formatted(nodeAddress, namespace));
        ip("node", "link set to-%s up".formatted(namespace));
        ip(namespace, "link set lo up");
        ip(namespace, "addr add %s dev eth0".formatted(address));
        ip(namespace, "link set eth0 up");
    }

    private void pod(String name, String address, NetworkNamespace namespace) {
        link(name, address + "/32", "10.244.1.1/32");
        ip("node", "route add %s/32 dev to-%s".formatted(address, name));
        ip(name, "route add default via 10.244.1.1 dev eth0 onlink");
        try {
            serveTcp(address, namespace);
            serveUdp(address, namespace);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Runs a program in the node's network.
    void onNode(String... line) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", prefix + "-node"));
        all.addAll(List.of(line));
        Command.run(all.toArray(new String[0])).succeeded();
    }

    private void ip(String namespace, String words) {
        List<String> line = new ArrayList<>(List.of("ip", "-n", prefix + "-" + namespace));
        line.addAll(List.of(words.split(" ")));
        Command.run(line.toArray(new String[0])).succeeded();
    }

    private void serveTcp(String name, NetworkNamespace namespace) throws IOException {
        ServerSocketChannel server = namespace.openServerSocketChannel();
        open.addFirst(server);
        server.bind(new InetSocketAddress("0.0.0.0", 8080));
        serve(() -> {
            try (SocketChannel client = server.accept()) {
                var peer = (InetSocketAddress) client.getRemoteAddress();
                client.write(text(name + " " + peer.getAddress().getHostAddress()));
            }
        });
    }

    private void serveUdp(String name, NetworkNamespace namespace) throws IOException {
        DatagramChannel server = namespace.openDatagramChannel();
        open.addFirst(server);
        server.bind(new InetSocketAddress("0.0.0.0", 5353));
        serve(() -> {
            var peer = (InetSocketAddress) server.receive(ByteBuffer.allocate(100));
            server.send(text(name + " " + peer.getAddress().getHostAddress()), peer);
        });
    }

    private interface Serving {
        void once() throws IOException;
    }

    private static void serve(Serving serving) {
        Thread.ofPlatform()
                .daemon()
                .start(() -> {
                    while (true) {
                        try {
                            serving.once();
                        } catch (ClosedChannelException e) {
                            return;
                        } catch (IOException e) {
                            // A client that went away is no reason to stop.
                        }
                    }
                });
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    /// What the answering pod says, `refused`, or `no answer`.
    static String connect(NetworkNamespace from, String address, int port) {
        try (SocketChannel channel = from.openSocketChannel()) {
            channel.socket()
                    .connect(
                            new InetSocketAddress(InetAddress.ofLiteral(address), port),
                            ANSWER_MILLIS_MAX);
            channel.socket().setSoTimeout(ANSWER_MILLIS_MAX);
            return new String(
                    channel.socket().getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "no answer";
        } catch (ConnectException e) {
            return "refused";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// One datagram from a socket that stays open, so that it is the same flow again and again.
    static String ask(DatagramChannel socket) {
        try {
            socket.socket().setSoTimeout(ANSWER_MILLIS_MAX);
            socket.write(text("?"));
            byte[] answer = new byte[100];
            var packet = new DatagramPacket(answer, answer.length);
            socket.socket().receive(packet);
            return new String(answer, 0, packet.getLength(), StandardCharsets.UTF_8);
        } catch (SocketTimeoutException e) {
            return "no answer";
        } catch (PortUnreachableException e) {
            return "refused";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    static DatagramChannel udp(NetworkNamespace from, String address, int port) throws IOException {
        DatagramChannel socket = from.openDatagramChannel();
        socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port));
        return socket;
    }

    @Override
    public void close() throws IOException {
        for (Closeable each : open) {
            each.close();
        }
        for (String name : List.of("node", "pod1", "pod2", "out")) {
            Command.run("ip", "netns", "delete", prefix + "-" + name);
        }
    }
}
