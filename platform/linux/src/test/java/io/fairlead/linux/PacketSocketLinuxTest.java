package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PacketSocketLinuxTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final FrameKind WANTED = FrameKind.ofType(0x88b5).with(14, 7);
    private static final String HEADER = "ffffffffffff02fa1ead0101";

    @TempDir Path directory;
    private Path near = Path.of("");
    private Path far = Path.of("");

    @BeforeEach
    void pair() throws Exception {
        Kernel.assumeRoot();
        near = directory.resolve(Kernel.uniqueName("near"));
        far = directory.resolve(Kernel.uniqueName("far"));
        NetworkNamespace.create(near).close();
        NetworkNamespace.create(far).close();
        try (NetworkNamespace here = NetworkNamespace.open(near);
                NetworkNamespace there = NetworkNamespace.open(far);
                NetworkStack stack = NetworkStack.open(here);
                NetworkStack other = NetworkStack.open(there)) {
            stack.links().addVeth(VethPair.of("p0", "p1", there));
            other.links().setUp("p1");
        }
    }

    @AfterEach
    void delete() {
        NetworkNamespace.delete(near);
        NetworkNamespace.delete(far);
    }

    private static PacketSocket open(Path file, String link, FrameKind... kinds) {
        try (NetworkNamespace namespace = NetworkNamespace.open(file);
                NetworkStack stack = NetworkStack.open(namespace)) {
            return PacketSocket.open(namespace, stack.links().require(link), List.of(kinds));
        }
    }

    private static byte[] frame(String rest) {
        return HexFormat.of().parseHex(HEADER + rest);
    }

    private static byte[] await(PacketSocket socket) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Optional<byte[]> frame = socket.receive();
        while (frame.isEmpty() && System.nanoTime() < deadline) {
            socket.await(PATIENCE);
            frame = socket.receive();
        }
        return frame.orElseThrow();
    }

    @Test
    void receivesOnlyTheFramesItAskedForAndNoneOfItsOwnMachine() {
        try (PacketSocket sender = open(near, "p0", WANTED);
                PacketSocket neighbour = open(near, "p0", WANTED);
                PacketSocket receiver = open(far, "p1", FrameKind.ofType(0x0806), WANTED)) {
            sender.send(frame("88b508" + "00".repeat(45)));
            sender.send(frame("88b607" + "00".repeat(45)));
            sender.send(frame("88b507" + "11".repeat(45)));
            assertThat(await(receiver)).isEqualTo(frame("88b507" + "11".repeat(45)));
            assertThat(receiver.receive()).isEmpty();
            assertThat(neighbour.receive()).isEmpty();
        }
    }

    @Test
    void endsAWaitWhenItIsWokenAndSaysWhenTheLinkIsGone() {
        try (PacketSocket socket = open(near, "p0", WANTED)) {
            socket.wakeUp();
            socket.await(Duration.ofDays(1));
            try (NetworkNamespace here = NetworkNamespace.open(near);
                    NetworkStack stack = NetworkStack.open(here)) {
                stack.links().delete("p0");
            }
            assertThatThrownBy(() -> socket.send(frame("88b507")))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("p0");
        }
    }

    @Test
    void takesPartInAGroupAsLongAsItIsOpen() throws Exception {
        Inet6Address group = (Inet6Address) InetAddress.ofLiteral("ff02::1:ff00:beef");
        try (NetworkNamespace here = NetworkNamespace.open(near);
                NetworkStack stack = NetworkStack.open(here)) {
            try (MulticastGroups groups = MulticastGroups.open(here, stack.links().require("p0"))) {
                groups.join(group);
                groups.join(group);
                assertThat(here.<String>call(PacketSocketLinuxTest::groups)).contains("ff00beef");
                assertThat(groups.leave(group)).isTrue();
                assertThat(groups.leave(group)).isFalse();
                groups.join(group);
            }
            assertThat(here.<String>call(PacketSocketLinuxTest::groups)).doesNotContain("ff00beef");
        }
    }

    private static String groups() throws java.io.IOException {
        return java.nio.file.Files.readString(Path.of("/proc/thread-self/net/igmp6"));
    }
}
