package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/// What the node's connection tracking does for Services.
class TrackingLinuxTest {
    /// Waits for a packet of a client, `SOURCE DESTINATION SOURCE_PORT` as the pod sees it, and answers it as the pod would, but far out of the window.
    private static final String LATE_PACKET =
            """
            import socket, struct, sys
            client, pod, client_port = sys.argv[1], sys.argv[2], int(sys.argv[3])
            wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
            wire.settimeout(20)
            print("ready", flush=True)
            while True:
                packet = wire.recv(65536)
                head = (packet[0] & 15) * 4
                if packet[9] != 6 or packet[12:16] != socket.inet_aton(client):
                    continue
                port, own_port, number, acknowledged, offset = struct.unpack("!HHIIB", packet[head:head + 13])
                length = struct.unpack("!H", packet[2:4])[0] - head - (offset >> 4) * 4
                if port == client_port and length > 0:
                    break
            def checksum(data):
                total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
                total = (total >> 16) + (total & 0xffff)
                return ~(total + (total >> 16)) & 0xffff
            def segment(check):
                return struct.pack("!HHIIBBHHH", own_port, port, (acknowledged + 0x20000000) & 0xffffffff, (number + length) & 0xffffffff, 5 << 4, 0x10, 512, check, 0)
            pseudo = socket.inet_aton(pod) + socket.inet_aton(client) + struct.pack("!BBH", 0, 6, 20)
            raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
            raw.sendto(segment(checksum(pseudo + segment(0))), (client, 0))
            """;

    @Test
    void aLatePacketOfAnEndpointDoesNotCostTheConnection() throws Exception {
        Requirement.program("python3");
        try (ProxiedNode node = new ProxiedNode(Family.IPV4)) {
            node.cluster.service("web", "10.96.0.41").endpoints("web", NodeNetwork.SECOND_POD);
            node.program();
            assertThat(survivesALatePacket(node)).isTrue();

            // The test bites: with a strict window the packet passes untranslated, and the client
            // resets.
            node.network.node.setSysctl("netfilter/nf_conntrack_tcp_be_liberal", "0");
            assertThat(survivesALatePacket(node)).isFalse();
        }
    }

    private static boolean survivesALatePacket(ProxiedNode node) throws InterruptedException {
        NodeNetwork network = node.network;
        try (NodeNetwork.Connection open = network.open(network.firstPod, "10.96.0.41", 80)) {
            Process late =
                    network.secondPod.start(
                            new ProcessBuilder(
                                            "python3",
                                            "-c",
                                            LATE_PACKET,
                                            NodeNetwork.FIRST_POD,
                                            NodeNetwork.SECOND_POD,
                                            Integer.toString(open.localPort()))
                                    .redirectError(ProcessBuilder.Redirect.INHERIT));
            try (BufferedReader out = late.inputReader()) {
                assertThat(out.readLine()).isEqualTo("ready");
                assertThat(open.echo("before")).isEqualTo("before");
                assertThat(late.waitFor()).isZero();
            } finally {
                late.destroyForcibly();
            }
            return open.echo("after").equals("after");
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void keepsHalfClosedConnectionsForAnHour() throws Exception {
        try (ProxiedNode node = new ProxiedNode(Family.IPV4)) {
            assertThat(
                            node.network.node.readSysctl(
                                    "netfilter/nf_conntrack_tcp_timeout_close_wait"))
                    .isEqualTo("3600");
        }
    }
}
