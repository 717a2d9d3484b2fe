package io.fairlead.proxy;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
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

/// A node (172.30.0.11, and 192.0.2.11 beside it) with two pods (10.244.1.3 and 10.244.1.4), a pod of another node (10.244.2.7) and the world outside
/// (172.30.0.1), each a network namespace, in one address family. Pods answer on TCP 8080 and UDP 5353 with their address and whom they see as client;
/// over TCP they then send back each line they get.
final class NodeNetwork implements AutoCloseable {
    static final String NODE = "172.30.0.11";
    static final String OTHER_NODE_ADDRESS = "192.0.2.11";
    static final String FIRST_POD = "10.244.1.3";
    static final String SECOND_POD = "10.244.1.4";
    static final String REMOTE_POD = "10.244.2.7";
    static final String OUTSIDE = "172.30.0.1";
    private static final int ANSWER_MILLIS_MAX = 2000;

    private final String prefix = "flp-" + UUID.randomUUID().toString().substring(0, 8);
    private final List<Closeable> open = new ArrayList<>();
    private final List<String> names = new ArrayList<>();
    private final Family family;
    final NetworkNamespace node;
    final NetworkNamespace firstPod;
    final NetworkNamespace secondPod;
    final NetworkNamespace remotePod;
    final NetworkNamespace outside;

    NodeNetwork() {
        this(Family.IPV4);
    }

    NodeNetwork(Family family) {
        Requirement.rootAnd("ip", "nsenter", "nft");
        this.family = family;
        node = namespace("node");
        firstPod = namespace("pod1");
        secondPod = namespace("pod2");
        remotePod = namespace("far");
        outside = namespace("out");
        node.setSysctl("ipv4/ip_forward", "1");
        node.setSysctl("ipv4/conf/all/rp_filter", "0");
        node.setSysctl("ipv6/conf/all/forwarding", "1");
        ip("node", "link set lo up");
        link("out", "172.30.0.1/24", "172.30.0.11/24");
        ip("node", "addr add 192.0.2.11/32 dev lo");
        ip("node", "route add default via 172.30.0.1");
        pod("pod1", FIRST_POD, firstPod);
        pod("pod2", SECOND_POD, secondPod);
        pod("far", REMOTE_POD, remotePod);
        for (String range : List.of("10.96.0.0/16", "192.0.2.0/24", "172.30.200.0/24")) {
            ip("out", "route add " + range + " via 172.30.0.11");
        }
    }

    private NetworkNamespace namespace(String name) {
        Command.run("ip", "netns", "add", prefix + "-" + name).succeeded();
        names.add(prefix + "-" + name);
        NetworkNamespace namespace =
                NetworkNamespace.open(Path.of("/run/netns", prefix + "-" + name));
        open.add(namespace::close);
        // Addresses are good at once, also the links' own.
        namespace.setSysctl("ipv6/conf/default/accept_dad", "0");
        namespace.setSysctl("ipv6/conf/default/dad_transmits", "0");
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
        List<String> all =
                new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + prefix + "-node"));
        all.addAll(List.of(line));
        Command.run(all.toArray(new String[0])).succeeded();
    }

    Path file(NetworkNamespace pod) {
        return Path.of(path(pod));
    }

    /// The path of a pod's namespace.
    String path(NetworkNamespace namespace) {
        String name =
                namespace == firstPod
                        ? "pod1"
                        : namespace == secondPod ? "pod2" : namespace == remotePod ? "far" : "out";
        return "/run/netns/" + prefix + "-" + name;
    }

    private void ip(String namespace, String words) {
        List<String> line = new ArrayList<>(List.of("ip"));
        if (family == Family.IPV6) {
            line.add("-6");
        }
        line.addAll(List.of("-n", prefix + "-" + namespace));
        line.addAll(List.of(family.of(words).split(" ")));
        if (family == Family.IPV6 && words.startsWith("addr add")) {
            line.add("nodad");
        }
        Command.run(line.toArray(new String[0])).succeeded();
    }

    private void serveTcp(String name, NetworkNamespace namespace) throws IOException {
        ServerSocketChannel server = namespace.openServerSocketChannel();
        open.addFirst(server);
        server.bind(new InetSocketAddress(8080));
        serve(() -> {
            SocketChannel client = server.accept();
            Thread.ofVirtual().start(() -> greet(name, client));
        });
    }

    private void greet(String name, SocketChannel client) {
        try (client) {
            var peer = (InetSocketAddress) client.getRemoteAddress();
            client.write(text(answer(name, peer) + "\n"));
            ByteBuffer bytes = ByteBuffer.allocate(1000);
            while (client.read(bytes) >= 0) {
                client.write(bytes.flip());
                bytes.clear();
            }
        } catch (IOException e) {
            // A client that went away.
        }
    }

    private void serveUdp(String name, NetworkNamespace namespace) throws IOException {
        DatagramChannel server = namespace.openDatagramChannel();
        open.addFirst(server);
        server.bind(new InetSocketAddress(5353));
        serve(() -> {
            var peer = (InetSocketAddress) server.receive(ByteBuffer.allocate(100));
            server.send(text(answer(name, peer)), peer);
        });
    }

    private String answer(String name, InetSocketAddress peer) {
        return name + " " + family.back(peer.getAddress().getHostAddress());
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

    private InetSocketAddress at(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(family.of(address)), port);
    }

    /// What the answering pod says, `refused`, or `no answer`.
    String connect(NetworkNamespace from, String address, int port) {
        try (Connection connection = open(from, address, port)) {
            return connection.greeting();
        } catch (SocketTimeoutException e) {
            return "no answer";
        } catch (ConnectException e) {
            return "refused";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// A connection to a pod that stays.
    Connection open(NetworkNamespace from, String address, int port) throws IOException {
        SocketChannel channel = from.openSocketChannel();
        try {
            channel.socket().connect(at(address, port), ANSWER_MILLIS_MAX);
            channel.socket().setSoTimeout(ANSWER_MILLIS_MAX);
            return new Connection(channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    static final class Connection implements Closeable {
        private final SocketChannel channel;
        private final BufferedReader in;
        private final String greeting;

        Connection(SocketChannel channel) throws IOException {
            this.channel = channel;
            in =
                    new BufferedReader(
                            new InputStreamReader(
                                    channel.socket().getInputStream(), StandardCharsets.UTF_8));
            greeting = String.valueOf(in.readLine());
        }

        String greeting() {
            return greeting;
        }

        /// What comes back of a line.
        String echo(String line) throws IOException {
            channel.socket()
                    .getOutputStream()
                    .write((line + "\n").getBytes(StandardCharsets.UTF_8));
            return String.valueOf(in.readLine());
        }

        int localPort() throws IOException {
            return ((InetSocketAddress) channel.getLocalAddress()).getPort();
        }

        @Override
        public void close() throws IOException {
            channel.close();
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

    DatagramChannel udp(NetworkNamespace from, String address, int port) throws IOException {
        DatagramChannel socket = from.openDatagramChannel();
        socket.connect(at(address, port));
        return socket;
    }

    /// One datagram from a socket of its own.
    String askOnce(NetworkNamespace from, String address, int port) {
        try (DatagramChannel socket = udp(from, address, port)) {
            return ask(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        for (Closeable each : open) {
            each.close();
        }
        for (String name : names) {
            Command.run("ip", "netns", "delete", name);
        }
    }
}
