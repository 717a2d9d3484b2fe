package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConnectionTrackingLinuxTest {
    @TempDir private Path directory = Path.of("");
    private Path file = Path.of("");

    @BeforeEach
    void createNamespace() throws Exception {
        Kernel.assumeRoot();
        file = directory.resolve(Kernel.uniqueName("ns"));
        NetworkNamespace.create(file).close();
    }

    @AfterEach
    void deleteNamespace() {
        NetworkNamespace.delete(file);
    }

    @Test
    void forgetsTheFlowsOfAnEndpointAndNoOthers() throws Exception {
        InetAddress service = InetAddress.ofLiteral("10.96.0.10");
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetworkStack stack = NetworkStack.open(namespace);
                ConnectionTracking tracking = ConnectionTracking.open(namespace);
                DatagramChannel client = namespace.openDatagramChannel()) {
            stack.links().setUp("lo");
            stack.routes()
                    .replace(
                            Route.to(IpPrefix.parse("10.96.0.0/12"))
                                    .on(stack.links().require("lo"))
                                    .from(InetAddress.ofLiteral("127.0.0.1")));
            Kernel.outputIn(
                    file,
                    "nft",
                    "table ip t { chain c { type nat hook output priority -100;"
                            + " ip daddr 10.96.0.10 udp dport 53 counter dnat to 127.0.0.1:5353"
                            + "; udp dport 54 counter dnat to 127.0.0.1:5454; }; }");
            client.send(ByteBuffer.allocate(1), new InetSocketAddress(service, 53));
            client.send(ByteBuffer.allocate(1), new InetSocketAddress(service, 54));

            assertThat(tracking.list())
                    .hasSize(2)
                    .anySatisfy(flow -> {
                        assertThat(flow.protocol()).isEqualTo(ConnectionTracking.UDP);
                        assertThat(flow.original().destination()).isEqualTo(service);
                        assertThat(flow.original().destinationPort()).isEqualTo(53);
                        assertThat(flow.reply().sourcePort()).isEqualTo(5353);
                    });
            assertThat(tracking.delete(flow -> flow.reply().sourcePort() == 5353)).isEqualTo(1);
            assertThat(tracking.delete(flow -> flow.reply().sourcePort() == 5353)).isZero();
            assertThat(tracking.list()).hasSize(1);
        }
    }
}
