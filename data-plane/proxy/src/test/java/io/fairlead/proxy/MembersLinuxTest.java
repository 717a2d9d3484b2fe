package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Members that pass the socket programs by: the test's own sockets are below no node's control group.
class MembersLinuxTest {
    private static final String VIP = "10.96.0.41";

    private final List<ProxiedNode> nodes = new ArrayList<>();

    @AfterEach
    void end() throws Exception {
        for (ProxiedNode node : nodes) {
            node.close();
        }
    }

    private ProxiedNode node(Family family) {
        ProxiedNode node = new ProxiedNode(family);
        nodes.add(node);
        node.cluster
                .service("web", VIP)
                .endpoints("web", NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
        node.program();
        for (String pod : List.of(NodeNetwork.FIRST_POD, NodeNetwork.SECOND_POD)) {
            assertThat(node.proxy.join(family.address(pod))).isTrue();
        }
        assertThat(node.inKernel()).isEqualTo(node.rules().ruleset());
        return node;
    }

    @ParameterizedTest
    @EnumSource
    void reachMembersAndOtherNodesPodsThroughAService(Family family) throws IOException {
        ProxiedNode node = node(family);
        List<String> answers = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            answers.add(greeting(node.network.firstPod, family.of(VIP), 80, family));
        }
        // The client's address is kept.
        assertThat(answers).containsOnly("10.244.1.4 10.244.1.3", "10.244.2.7 10.244.1.3");
    }

    @ParameterizedTest
    @EnumSource
    void talkDirectlyWithoutBeingTracked(Family family) throws IOException {
        ProxiedNode node = node(family);
        assertThat(greeting(node.network.firstPod, family.of(NodeNetwork.SECOND_POD), 8080, family))
                .isEqualTo("10.244.1.4 10.244.1.3");
        assertThat(greeting(node.network.firstPod, family.of(NodeNetwork.REMOTE_POD), 8080, family))
                .isEqualTo("10.244.2.7 10.244.1.3");
        assertThat(greeting(node.network.remotePod, family.of(NodeNetwork.FIRST_POD), 8080, family))
                .isEqualTo("10.244.1.3 10.244.2.7");
        assertThat(tracked(node)).isZero();

        node.proxy.dismissMembers();
        assertThat(greeting(node.network.firstPod, family.of(NodeNetwork.SECOND_POD), 8080, family))
                .isEqualTo("10.244.1.4 10.244.1.3");
        assertThat(tracked(node)).isPositive();
        assertThat(node.rules().ruleset().hasChain("untrack")).isFalse();
        assertThat(node.inKernel()).isEqualTo(node.rules().ruleset());
    }

    @Test
    void directAndTranslatedConnectionsLiveSideBySide() throws IOException {
        ProxiedNode node = node(Family.IPV4);
        node.cluster.endpoints("web", NodeNetwork.SECOND_POD);
        node.program();
        NetworkNamespace client = node.network.firstPod;
        try (SocketChannel direct = open(client, NodeNetwork.SECOND_POD, 8080);
                SocketChannel translated = open(client, VIP, 80)) {
            assertThat(line(direct)).isEqualTo("10.244.1.4 10.244.1.3");
            assertThat(line(translated)).isEqualTo("10.244.1.4 10.244.1.3");
            // Another change of the rules, and both go on.
            node.cluster.endpoints("web", NodeNetwork.SECOND_POD, NodeNetwork.REMOTE_POD);
            node.program();
            for (SocketChannel each : List.of(direct, translated)) {
                each.write(ByteBuffer.wrap("still there\n".getBytes(StandardCharsets.UTF_8)));
                assertThat(line(each)).isEqualTo("still there");
            }
        }
    }

    @Test
    void membersAreKeptWhenAnotherProcessTakesOver() throws IOException {
        ProxiedNode node = node(Family.IPV4);
        node.stopProxy();
        node.startProxy();
        assertThat(node.rules().members())
                .containsExactly(
                        Family.IPV4.address(NodeNetwork.FIRST_POD),
                        Family.IPV4.address(NodeNetwork.SECOND_POD));
        assertThat(node.inKernel()).isEqualTo(node.rules().ruleset());
    }

    private static int tracked(ProxiedNode node) {
        Command listed =
                Command.run(
                        "nsenter",
                        "--net=" + node.network.path(node.network.firstPod).replace("pod1", "node"),
                        "sh",
                        "-c",
                        "cat /proc/net/nf_conntrack 2>/dev/null || conntrack -L 2>/dev/null; conntrack -f ipv6 -L 2>/dev/null; true");
        return (int) listed.output().lines().filter(it -> it.contains("dport=8080")).count();
    }

    private static SocketChannel open(NetworkNamespace from, String address, int port)
            throws IOException {
        SocketChannel channel = from.openSocketChannel();
        channel.socket().connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), 5000);
        channel.socket().setSoTimeout(5000);
        return channel;
    }

    private static String greeting(NetworkNamespace from, String address, int port, Family family)
            throws IOException {
        try (SocketChannel channel = open(from, address, port)) {
            return family.back(line(channel));
        }
    }

    private static String line(SocketChannel channel) throws IOException {
        StringBuilder line = new StringBuilder();
        int next;
        while ((next = channel.socket().getInputStream().read()) >= 0 && next != '\n') {
            line.append((char) next);
        }
        return line.toString();
    }
}
