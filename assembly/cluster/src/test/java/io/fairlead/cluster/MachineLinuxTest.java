package io.fairlead.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.linux.Mounts;
import io.fairlead.linux.NetworkNamespace;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.HostNamespace;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MachineLinuxTest {
    @TempDir private Path directory = Path.of("");

    private final String name = "t" + UUID.randomUUID().toString().substring(0, 6);
    private HostNamespace host = HostNamespace.create();
    private NetworkNamespace hostNamespace =
            NetworkNamespace.open(Path.of("/run/netns", host.name()));
    private Machine machine = new Machine(ClusterFolders.of(name, Optional.empty()));

    @BeforeEach
    void prepare() {
        machine = new Machine(folders(name));
        hostNamespace.setSysctl("ipv4/ip_forward", "0");
        // Link-local addresses come and settle in their own time.
        if (hostNamespace.hasSysctl("ipv6/conf/all/disable_ipv6")) {
            hostNamespace.setSysctl("ipv6/conf/all/disable_ipv6", "1");
        }
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

    private ClusterFolders folders(String cluster) {
        return new ClusterFolders(
                cluster, directory.resolve("data-" + cluster), directory.resolve(cluster));
    }

    private static ClusterSettings settings(String cluster, int nodes, String nodeCidr) {
        ClusterSettings defaults = ClusterSettings.DEFAULTS;
        return new ClusterSettings(
                cluster,
                nodes,
                defaults.serviceCidrs(),
                defaults.podCidrs(),
                FamilyCidrs.parse(nodeCidr),
                defaults.nodePortFirst(),
                defaults.nodePortLast(),
                defaults.apiPort(),
                defaults.loadBalancerPool(),
                Set.of());
    }

    private ClusterSettings settings(int nodes) {
        return settings(name, nodes, "172.30.0.0/24");
    }

    private void onHost(Runnable task) {
        hostNamespace.call(() -> {
            task.run();
            return true;
        });
    }

    private String onHost(String... words) {
        Command command = host.run(Map.of(), words);
        command.succeeded();
        return command.output();
    }

    /// Everything that a cluster could leave behind.
    private String state() {
        return onHost("ip", "-o", "link")
                + onHost("ip", "-o", "addr")
                + onHost("ip", "route", "show", "table", "all")
                + onHost("nft", "list", "ruleset")
                + onHost("cat", "/proc/sys/net/ipv4/ip_forward")
                + Mounts.below(directory);
    }

    /// Connects, and says what address the listener sees.
    private static String seenSource(NetworkNamespace from, NetworkNamespace to, String address)
            throws IOException {
        try (ServerSocketChannel listener = to.openServerSocketChannel();
                SocketChannel client = from.openSocketChannel()) {
            listener.bind(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
            client.socket().connect(listener.getLocalAddress(), 5000);
            try (SocketChannel accepted = listener.accept()) {
                InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
                return remote.getAddress().getHostAddress();
            }
        }
    }

    @Test
    void nodesReachEachOtherTheHostAndTheWorldBeyond() throws Exception {
        onHost("nft", "add table inet strict");
        onHost(
                "nft",
                "add chain inet strict f { type filter hook forward priority 0; policy drop; }");
        onHost(() -> machine.raise(settings(3)));
        try (NetworkNamespace one = machine.openNode("node-1");
                NetworkNamespace three = machine.openNode("node-3");
                NetworkNamespace world =
                        NetworkNamespace.open(Path.of("/run/netns", host.world()))) {
            assertThat(seenSource(one, three, "172.30.0.13")).isEqualTo("172.30.0.11");
            assertThat(seenSource(hostNamespace, three, "172.30.0.13")).isEqualTo("172.30.0.1");
            assertThat(seenSource(three, hostNamespace, "172.30.0.1")).isEqualTo("172.30.0.13");

            assertThatThrownBy(() -> seenSource(one, world, HostNamespace.WORLD_ADDRESS))
                    .isInstanceOf(IOException.class);
            List<String> obstacles = hostNamespace.call(() -> machine.obstacles(settings(3)));
            assertThat(obstacles).hasSize(1);
            assertThat(obstacles.getFirst())
                    .startsWith("The host's chain f of table strict drops forwarded packets");
            String remedy = obstacles.getFirst().replaceAll(".*\"(.*)\".*", "$1");
            onHost(remedy.split(" ", -1));
            assertThat(seenSource(one, world, HostNamespace.WORLD_ADDRESS))
                    .isEqualTo("198.51.100.1");
        }
        assertThat(
                        Command.run(
                                        "nsenter",
                                        "--net=" + machine.nodeNamespace("node-2"),
                                        "ip",
                                        "route")
                                .output())
                .contains(
                        "default via 172.30.0.1 dev eth0",
                        "10.244.1.0/24 via 172.30.0.11 dev eth0",
                        "unreachable 10.244.2.0/24",
                        "10.244.3.0/24 via 172.30.0.13 dev eth0");
        assertThat(
                        Command.run(
                                        "nsenter",
                                        "--net=" + machine.nodeNamespace("node-2"),
                                        "ip",
                                        "link")
                                .output())
                .contains("02:fa:1e:ad:01:02");
    }

    @Test
    void leavesNothingBehind() {
        String before = state();
        onHost(() -> machine.raise(settings(2)));
        assertThat(state()).isNotEqualTo(before).contains(machine.hostLink(), machine.hostTable());

        onHost(machine::lower);

        assertThat(state()).isEqualTo(before);
        onHost(machine::lower);
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void raisingAgainKeepsWhatIsRightAndMendsTheRest() throws Exception {
        onHost(() -> machine.raise(settings(3)));
        long inode;
        try (NetworkNamespace one = machine.openNode("node-1")) {
            inode = one.inode();
        }
        String links = onHost("ip", "-o", "link");
        onHost(() -> machine.raise(settings(3)));
        assertThat(onHost("ip", "-o", "link")).isEqualTo(links);

        onHost("nft", "delete", "table", "ip", machine.hostTable());
        onHost("ip", "link", "delete", machine.hostLink());
        Command.run(
                        "nsenter",
                        "--net=" + machine.nodeNamespace("node-1"),
                        "ip",
                        "link",
                        "del",
                        "eth0")
                .succeeded();
        NetworkNamespace.delete(machine.nodeNamespace("node-2"));
        onHost(() -> machine.raise(settings(2)));

        try (NetworkNamespace one = machine.openNode("node-1");
                NetworkNamespace two = machine.openNode("node-2");
                NetworkNamespace world =
                        NetworkNamespace.open(Path.of("/run/netns", host.world()))) {
            assertThat(one.inode()).isEqualTo(inode);
            assertThat(seenSource(one, two, "172.30.0.12")).isEqualTo("172.30.0.11");
            assertThat(seenSource(two, world, HostNamespace.WORLD_ADDRESS))
                    .isEqualTo("198.51.100.1");
        }
        assertThat(machine.nodeNamespace("node-3")).doesNotExist();
    }

    @Test
    void lowersWhatIsHalfThere() {
        String before = state();
        onHost(() -> machine.raise(settings(2)));
        NetworkNamespace.delete(folders(name).namespaces().resolve("fabric"));
        onHost("nft", "delete", "table", "ip", machine.hostTable());

        onHost(machine::lower);

        Await.untilAsserted(Duration.ofSeconds(20), () -> assertThat(state()).isEqualTo(before));
    }

    @Test
    void saysWhichRangeIsTakenAndWhichOptionChoosesAnother() {
        String before = state();
        onHost("ip", "addr", "add", "172.30.0.200/32", "dev", "lo");
        assertThatThrownBy(() -> onHost(() -> machine.raise(settings(1))))
                .isInstanceOf(ClusterException.class)
                .hasMessage(
                        "The range 172.30.0.0/24 overlaps the host's address 172.30.0.200/32 on lo:"
                                + " choose another one with --node-cidr.");
        onHost("ip", "addr", "del", "172.30.0.200/32", "dev", "lo");
        onHost("ip", "route", "add", "10.244.7.0/24", "dev", "uplink");
        assertThatThrownBy(() -> onHost(() -> machine.raise(settings(1))))
                .hasMessage(
                        "The range 10.244.0.0/16 overlaps the host's route 10.244.7.0/24 on uplink:"
                                + " choose another one with --pod-cidr.");
        onHost("ip", "route", "del", "10.244.7.0/24");
        assertThat(state()).isEqualTo(before);
    }

    @Test
    void theLastClusterOfAHostRestoresForwarding() {
        Machine other = new Machine(folders(name + "b"));
        onHost(() -> machine.raise(settings(1)));
        onHost(() -> other.raise(settings(name + "b", 1, "172.30.1.0/24")));

        onHost(machine::lower);
        assertThat(hostNamespace.readSysctl("ipv4/ip_forward")).isEqualTo("1");
        onHost(other::lower);
        assertThat(hostNamespace.readSysctl("ipv4/ip_forward")).isEqualTo("0");
    }

    @Test
    void isFoundAndTakenDownFromAnotherMountNamespace() throws Exception {
        String before = state();
        // "ip netns exec" gives each program mounts of its own, and a fresh /sys.
        Process raised = program("raise");
        try {
            assertThat(raised.inputReader().readLine()).isEqualTo("raised");
            folders(name).keepProcess(ProcessHandle.of(raised.pid()).orElseThrow());
            assertThat(NetworkNamespace.exists(machine.nodeNamespace("node-1"))).isFalse();
            try (NetworkNamespace one = machine.openNode("node-1");
                    NetworkNamespace two = machine.openNode("node-2")) {
                assertThat(seenSource(one, two, "172.30.0.12")).isEqualTo("172.30.0.11");
            }

            Process lowered = program("lower");
            assertThat(lowered.inputReader().readLine()).isEqualTo("lowered");
            assertThat(lowered.waitFor()).isZero();
            assertThat(state()).isEqualTo(before);
        } finally {
            raised.getOutputStream().close();
            raised.waitFor();
        }
    }

    private Process program(String step) throws IOException {
        return new ProcessBuilder(
                        "ip",
                        "netns",
                        "exec",
                        host.name(),
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName(),
                        step,
                        name,
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /// Raises and stays until its input ends, or lowers.
    static final class Program {
        private Program() {}

        public static void main(String[] words) throws IOException {
            Path directory = Path.of(words[2]);
            ClusterFolders folders =
                    new ClusterFolders(
                            words[1], directory.resolve("data"), directory.resolve(words[1]));
            if (words[0].equals("raise")) {
                new Machine(folders).raise(settings(words[1], 2, "172.30.0.0/24"));
                System.out.println("raised");
                System.in.transferTo(java.io.OutputStream.nullOutputStream());
            } else {
                new Machine(folders).lower();
                System.out.println("lowered");
            }
        }
    }

    @Test
    void namesOfLinksFitWhateverTheClusterIsCalled() {
        assertThat(new Machine(folders("fairlead")).hostLink()).isEqualTo("fl-fairlead");
        String one = new Machine(folders("a-cluster-with-a-long-name-1")).hostLink();
        String two = new Machine(folders("a-cluster-with-a-long-name-2")).hostLink();
        assertThat(one).hasSize(15).startsWith("fl-a-cl").isNotEqualTo(two);
    }

    @Test
    void seesAChainThatEndsInRefusalButNotOneThatAccepts() {
        onHost("nft", "add table ip lax");
        onHost("nft", "add chain ip lax f { type filter hook forward priority 0; policy accept; }");
        onHost("nft", "add rule ip lax f tcp dport 22 drop");
        assertThat(hostNamespace.call(() -> machine.obstacles(settings(1)))).isEmpty();
        onHost("nft", "add table ip filter");
        onHost(
                "nft",
                "add chain ip filter FORWARD { type filter hook forward priority 0; policy accept;"
                        + " }");
        onHost("nft", "add rule ip filter FORWARD counter reject");
        assertThat(hostNamespace.call(() -> machine.obstacles(settings(1))))
                .singleElement()
                .asString()
                .contains("iptables -I FORWARD -m conntrack --ctorigsrc 172.30.0.0/24 -j ACCEPT");
    }
}
