package io.fairlead.dns;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.linux.NetworkStack;
import io.fairlead.testkit.Requirement;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DnsServerLinuxTest {
    private static final String WEB =
            """
            metadata: {namespace: default, name: web}
            spec: {clusterIP: 10.96.0.41, ports: [{name: http, port: 80}]}
            """;

    @TempDir private Path folder;

    @Test
    void listensInAPodsNetworkAndAsksFromTheHosts() throws Exception {
        Requirement.root();
        EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        Path file = folder.resolve("pod");
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (NetworkNamespace pod = NetworkNamespace.create(file);
                DnsServer upstream =
                        server("example.com", loops, 0, ChannelOpener.here(), Upstreams.none())) {
            try (NetworkStack stack = NetworkStack.open(pod)) {
                stack.links().setUp("lo");
            }
            upstream.start();
            upstream.accept(ClusterSnapshot.EMPTY, web());
            Upstreams toUpstream = new Upstreams(List.of(upstream.address()), Map.of());
            try (DnsServer inPod =
                    server("cluster.local", loops, 53, ChannelOpener.in(pod), toUpstream)) {
                inPod.start();
                inPod.accept(ClusterSnapshot.EMPTY, web());
                InetSocketAddress server = new InetSocketAddress(loopback, 53);
                assertThat(ask(pod, server, "web.default.svc.cluster.local").answers()).hasSize(1);
                assertThat(ask(pod, server, "web.default.svc.example.com").answers()).hasSize(1);
            }
        } finally {
            NetworkNamespace.delete(file);
            var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
        }
    }

    private static DnsServer server(
            String zone,
            EventLoopGroup loops,
            int port,
            ChannelOpener inside,
            Upstreams upstreams) {
        return new DnsServer(
                new DnsSettings(zone, List.of(InetAddress.getLoopbackAddress()), port, 0, 0, 0),
                loops,
                inside,
                ChannelOpener.here(),
                () -> upstreams,
                InstantSource.system(),
                new Random(1));
    }

    private static ClusterDelta web() {
        return new ClusterDelta(
                List.of(
                        new ObjectChange(
                                ResourceType.SERVICE,
                                new ObjectName("default", "web"),
                                Optional.empty(),
                                Optional.of(YamlReader.readObjects(WEB).getFirst()))));
    }

    private static DnsClient.Reply ask(NetworkNamespace from, InetSocketAddress server, String name)
            throws Exception {
        try (DatagramChannel socket = from.openDatagramChannel()) {
            socket.connect(server);
            socket.write(ByteBuffer.wrap(DnsClient.query(name, RecordType.A, 0)));
            ByteBuffer answer = ByteBuffer.allocate(4096);
            socket.socket().setSoTimeout(10_000);
            socket.read(answer);
            return DnsClient.decode(Arrays.copyOf(answer.array(), answer.position()));
        }
    }
}
