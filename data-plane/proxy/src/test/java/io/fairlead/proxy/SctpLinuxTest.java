package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Requirement;
import java.io.BufferedReader;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/// SCTP Services, by the first packet of an association. It is made by hand, since few kernels of test machines have SCTP sockets; translating needs none.
@ParameterizedClass
@EnumSource(Family.class)
class SctpLinuxTest {
    private static final String SERVICE =
            """
            kind: Service
            metadata: {name: calls}
            spec:
              type: NodePort
              clusterIP: 10.96.0.41
              clusterIPs: [10.96.0.41]
              ports: [{name: sctp, protocol: SCTP, port: 9000, nodePort: 30900}]
            """;

    /// Waits for an INIT chunk and says to which port it came, and from whom.
    private static final String SERVER =
            """
            import socket, struct, sys
            six = sys.argv[1] == "6"
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 132)
            s.settimeout(20)
            print("ready", flush=True)
            while True:
                packet, peer = s.recvfrom(2000)
                chunk = packet if six else packet[(packet[0] & 15) * 4:]
                if chunk[12] == 1:
                    print(struct.unpack("!H", chunk[2:4])[0], peer[0], flush=True)
                    break
            """;

    private static final String CLIENT =
            """
            import socket, struct, sys
            def crc32c(data):
                crc = 0xffffffff
                for byte in data:
                    crc ^= byte
                    for _ in range(8):
                        crc = (crc >> 1) ^ (0x82f63b78 if crc & 1 else 0)
                return crc ^ 0xffffffff
            six = ":" in sys.argv[1]
            s = socket.socket(socket.AF_INET6 if six else socket.AF_INET, socket.SOCK_RAW, 132)
            init = struct.pack("!BBHIIHHI", 1, 0, 20, 4711, 65536, 1, 1, 1)
            head = lambda check: struct.pack("!HHI", 40000, int(sys.argv[2]), 0) + struct.pack("<I", check)
            s.sendto(head(crc32c(head(0) + init)) + init, (sys.argv[1], 0))
            """;

    private final Family family;
    private ProxiedNode node;

    SctpLinuxTest(Family family) {
        this.family = family;
    }

    @BeforeEach
    void start() {
        Requirement.program("python3");
        node = new ProxiedNode(family);
        node.cluster
                .apply(SERVICE)
                .apply(
                        """
                        kind: EndpointSlice
                        metadata: {name: calls-1, labels: {kubernetes.io/service-name: calls}}
                        addressType: %s
                        ports: [{name: sctp, protocol: SCTP, port: 9090}]
                        endpoints: [{addresses: ['%s'], nodeName: node-1, conditions: {ready: true}}]
                        """
                                .formatted(family.ip(), NodeNetwork.SECOND_POD));
        node.program();
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void anAssociationGoesToAnEndpointWithTheClientsAddress() throws Exception {
        assertThat(arrives("10.96.0.41", 9000)).isEqualTo("9090 10.244.1.3");
    }

    @Test
    void theNodePortLeadsThereToo() throws Exception {
        assertThat(arrives(NodeNetwork.NODE, 30900)).isEqualTo("9090 10.244.1.3");
    }

    private String arrives(String address, int port) throws IOException, InterruptedException {
        Process server =
                node.network.secondPod.start(
                        new ProcessBuilder(
                                        "python3", "-c", SERVER, family == Family.IPV6 ? "6" : "4")
                                .redirectError(ProcessBuilder.Redirect.INHERIT));
        try (BufferedReader out = server.inputReader()) {
            assertThat(out.readLine()).isEqualTo("ready");
            Process client =
                    node.network.firstPod.start(
                            new ProcessBuilder(
                                            "python3",
                                            "-c",
                                            CLIENT,
                                            family.of(address),
                                            Integer.toString(port))
                                    .redirectError(ProcessBuilder.Redirect.INHERIT));
            assertThat(client.waitFor(20, TimeUnit.SECONDS)).isTrue();
            return family.back(String.valueOf(out.readLine()));
        } finally {
            server.destroyForcibly();
        }
    }
}
