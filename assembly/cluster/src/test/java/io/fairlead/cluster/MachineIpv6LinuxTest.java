package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.IpAddress;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.HostNamespace;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The machine in IPv6, alone and beside IPv4.
class MachineIpv6LinuxTest {
    private static final String LINK = "ipv6/conf/uplink/";

    @TempDir Path directory;
    private final String name = "m6" + UUID.randomUUID().toString().substring(0, 6);
    private HostNamespace host;
    private NetworkNamespace hostNamespace;
    private Machine machine;

    @BeforeEach
    void open() {
        Requirement.rootAnd("ip", "nft", "nsenter");
        host = HostNamespace.create();
        host.addIpv6();
        hostNamespace = NetworkNamespace.open(Path.of("/run/netns", host.name()));
        Requirement.require(
                hostNamespace.hasSysctl("ipv6/conf/all/forwarding"), "this kernel has no IPv6");
        machine = machine(name);
    }

    @AfterEach
    void close() {
        try {
            onHost(machine::lower);
        } finally {
            hostNamespace.close();
            host.close();
        }
    }

    private Machine machine(String cluster) {
        return new Machine(
                new ClusterFolders(
                        cluster, directory.resolve("data-" + cluster), directory.resolve(cluster)));
    }

    private static ClusterSettings settings(String cluster, String pods, String nodes) {
        ClusterSettings usual = ClusterSettings.DEFAULTS;
        return new ClusterSettings(
                cluster,
                2,
                FamilyCidrs.parse(
                        pods.contains(",") ? "10.96.0.0/16,fd00:96::/108" : "fd00:96::/108"),
                FamilyCidrs.parse(pods),
                FamilyCidrs.parse(nodes),
                usual.nodePortFirst(),
                usual.nodePortLast(),
                usual.apiPort(),
                pods.contains(",") ? usual.loadBalancerPool() : "none",
                Set.of());
    }

    private void onHost(Runnable task) {
        hostNamespace.call(() -> {
            task.run();
            return true;
        });
    }

    private static String seenSource(NetworkNamespace from, NetworkNamespace to, String address)
            throws IOException {
        try (ServerSocketChannel listener = to.openServerSocketChannel();
                SocketChannel client = from.openSocketChannel()) {
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            client.socket().connect(listener.getLocalAddress(), 5000);
            try (SocketChannel accepted = listener.accept()) {
                InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
                return IpAddress.of(remote.getAddress()).toString();
            }
        }
    }

    private Map<String, String> settingsOfHost() {
        Map<String, String> values = new TreeMap<>();
        for (String link : List.of("all", "default", "lo", "uplink")) {
            for (String key : List.of("forwarding", "accept_ra")) {
                String path = "ipv6/conf/" + link + "/" + key;
                values.put(path, hostNamespace.readSysctl(path));
            }
        }
        values.put("ipv4/ip_forward", hostNamespace.readSysctl("ipv4/ip_forward"));
        return values;
    }

    @Test
    void nodesReachEachOtherTheHostAndTheWorldInBothFamilies() throws IOException {
        onHost(() ->
                machine.raise(
                        settings(
                                name,
                                "10.244.0.0/16,fd00:244::/56",
                                "172.30.0.0/24,fd00:30::/64")));
        try (NetworkNamespace one = machine.openNode("node-1");
                NetworkNamespace two = machine.openNode("node-2");
                NetworkNamespace world =
                        NetworkNamespace.open(Path.of("/run/netns", host.world()))) {
            assertThat(seenSource(one, two, "fd00:30::c")).isEqualTo("fd00:30::b");
            assertThat(seenSource(one, two, "172.30.0.12")).isEqualTo("172.30.0.11");
            assertThat(seenSource(one, hostNamespace, "fd00:30::1")).isEqualTo("fd00:30::b");
            assertThat(seenSource(hostNamespace, two, "fd00:30::c")).isEqualTo("fd00:30::1");
            assertThat(seenSource(one, world, HostNamespace.WORLD_ADDRESS_IPV6))
                    .isEqualTo("2001:db8:51::1");
            assertThat(seenSource(one, world, HostNamespace.WORLD_ADDRESS))
                    .isEqualTo("198.51.100.1");
        }
    }

    @Test
    void aClusterOfIpv6AloneHasNoIpv4() throws IOException {
        onHost(() -> machine.raise(settings(name, "fd00:244::/56", "fd00:30::/64")));
        try (NetworkNamespace one = machine.openNode("node-1");
                NetworkNamespace two = machine.openNode("node-2")) {
            assertThat(seenSource(one, two, "fd00:30::c")).isEqualTo("fd00:30::b");
            assertThat(one.sysctlsIn("ipv4/conf")).contains("eth0");
        }
        assertThat(host.run("ip", "-4", "addr", "show", "dev", machine.hostLink()).output())
                .isEmpty();
    }

    @Test
    void theHostKeepsTakingAdvertisementsAndHasItsSettingsBackAfterwards() {
        hostNamespace.setSysctl("ipv6/conf/all/forwarding", "0");
        hostNamespace.setSysctl("ipv4/ip_forward", "0");
        hostNamespace.setSysctl(LINK + "accept_ra", "1");
        Map<String, String> before = settingsOfHost();
        Machine other = machine(name + "b");

        onHost(() ->
                machine.raise(
                        settings(
                                name,
                                "10.244.0.0/16,fd00:244::/56",
                                "172.30.0.0/24,fd00:30::/64")));
        onHost(() -> other.raise(settings(name + "b", "fd00:244::/56", "fd00:31::/64")));

        assertThat(hostNamespace.readSysctl(LINK + "forwarding")).isEqualTo("1");
        assertThat(hostNamespace.readSysctl(LINK + "accept_ra")).isEqualTo("2");
        onHost(machine::lower);
        // Nobody needs IPv4 any more.
        assertThat(hostNamespace.readSysctl("ipv4/ip_forward")).isEqualTo("0");
        assertThat(hostNamespace.readSysctl("ipv6/conf/all/forwarding")).isEqualTo("1");
        onHost(other::lower);
        assertThat(settingsOfHost()).isEqualTo(before);
    }
}
