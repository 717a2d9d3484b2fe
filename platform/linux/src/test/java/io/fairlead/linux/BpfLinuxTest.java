package io.fairlead.linux;

import static io.fairlead.linux.BpfAssembler.Condition.EQUAL;
import static io.fairlead.linux.BpfAssembler.Condition.NOT_EQUAL;
import static io.fairlead.linux.BpfAssembler.Width.WORD;
import static io.fairlead.linux.BpfRegister.R0;
import static io.fairlead.linux.BpfRegister.R1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BpfLinuxTest {
    private static final BpfMapShape NUMBERS = BpfMapShape.hash("fl_test", 4, 12, 10_000);

    @TempDir Path directory;
    private Path pins = Path.of("/");
    private Path group = Path.of("/");

    @BeforeEach
    void begin() throws IOException {
        Kernel.assumeRoot();
        ControlGroups groups = ControlGroups.detect();
        Optional<String> obstacle = BpfFeatures.obstacle(groups);
        Assumptions.assumeTrue(obstacle.isEmpty(), () -> obstacle.orElseThrow());
        pins = directory.resolve("bpf");
        BpfFileSystem.ensure(pins);
        group =
                BpfFeatures.controlGroupRoot(groups)
                        .orElseThrow()
                        .resolve(Kernel.uniqueName("fl-bpf-"));
        Files.createDirectory(group);
    }

    @AfterEach
    void end() throws IOException {
        BpfFileSystem.remove(pins);
        Files.deleteIfExists(group);
    }

    @Test
    void aMapKeepsElements() {
        try (BpfMap map = BpfMap.create(NUMBERS)) {
            map.put(key(1), value(10));
            map.put(key(1), value(11));
            map.putIfAbsent(key(1), value(12));
            map.putIfAbsent(key(2), value(20));
            assertThat(map.find(key(1))).contains(value(11));
            assertThat(map.find(key(3))).isEmpty();
            assertThat(map.delete(key(2))).isTrue();
            assertThat(map.delete(key(2))).isFalse();
            assertThat(map.entries()).hasSize(1);
        }
    }

    @Test
    void aMapIsFilledAndReadInBatches() {
        try (BpfMap map = BpfMap.create(NUMBERS)) {
            List<BpfMap.Entry> all = new ArrayList<>();
            for (int i = 0; i < 9_000; i++) {
                all.add(new BpfMap.Entry(key(i), value(i * 7)));
            }
            map.putAll(all);
            TreeSet<Integer> keys = new TreeSet<>();
            for (BpfMap.Entry entry : map.entries()) {
                int key = ByteBuffer.wrap(entry.key()).getInt();
                assertThat(entry.value()).isEqualTo(value(key * 7));
                keys.add(key);
            }
            assertThat(keys).hasSize(9_000);
        }
    }

    @Test
    void aFullMapSaysSo() {
        try (BpfMap map = BpfMap.create(BpfMapShape.hash("fl_small", 4, 12, 1))) {
            map.put(key(1), value(1));
            assertThatThrownBy(() -> map.put(key(2), value(2)))
                    .isInstanceOfSatisfying(
                            BpfException.class, e -> assertThat(e.errno()).isEqualTo(Errno.E2BIG))
                    .hasMessageContaining("fl_small");
        }
    }

    @Test
    void aPinnedMapIsFoundAgain() {
        Path file = pins.resolve("numbers");
        try (BpfMap map = BpfMap.create(NUMBERS)) {
            map.put(key(1), value(10));
            map.pin(file);
        }
        try (BpfMap again = BpfMap.find(file, NUMBERS).orElseThrow()) {
            assertThat(again.find(key(1))).contains(value(10));
        }
        assertThat(BpfMap.find(pins.resolve("other"), NUMBERS)).isEmpty();
        assertThatThrownBy(() -> BpfMap.find(file, BpfMapShape.hash("fl_test", 4, 4, 10_000)))
                .isInstanceOf(IllegalStateException.class);
    }

    @Test
    void theVerifierSaysWhyItRefuses() {
        BpfAssembler code = new BpfAssembler().load(WORD, R0, R0, 0).exit();
        assertThatThrownBy(() -> BpfProgram.load("fl_bad", BpfHook.CONNECT_IPV4, code))
                .isInstanceOfSatisfying(
                        BpfException.class,
                        e -> assertThat(e.verifierLog()).contains("R0 !read_ok"))
                .hasMessageContaining("fl_bad");
    }

    @Test
    void aLinkOutlivesWhoMadeItAndIsReplacedInPlace() {
        Path file = pins.resolve("connect");
        try (BpfProgram first = connect(new BpfAssembler().exit(1));
                BpfLink link = BpfLink.attach(first, BpfHook.CONNECT_IPV4, group)) {
            link.pin(file);
        }
        try (BpfLink link = BpfLink.find(file).orElseThrow();
                BpfProgram second = connect(withJump())) {
            BpfLink.State before = link.state();
            assertThat(before.isAttachedTo(group)).isTrue();
            link.replace(second);
            assertThat(link.state().program()).isNotEqualTo(before.program());
            assertThat(link.state().isAttachedTo(group)).isTrue();
            link.detach();
            assertThat(link.state().isAttachedTo(group)).isFalse();
        }
        assertThat(BpfLink.find(pins.resolve("other"))).isEmpty();
    }

    private static BpfAssembler withJump() {
        BpfAssembler.Label done = new BpfAssembler.Label("done");
        return new BpfAssembler()
                .load(WORD, R1, R1, 36)
                .jumpIf(R1, NOT_EQUAL, 6, done)
                .jumpIf(R1, EQUAL, 6, done)
                .exit(1)
                .label(done)
                .exit(1);
    }

    private static BpfProgram connect(BpfAssembler code) {
        return BpfProgram.load("fl_test", BpfHook.CONNECT_IPV4, code);
    }

    private static byte[] key(int number) {
        return ByteBuffer.allocate(4).putInt(number).array();
    }

    private static byte[] value(int number) {
        return ByteBuffer.allocate(12).putInt(number).putLong(number).array();
    }
}
