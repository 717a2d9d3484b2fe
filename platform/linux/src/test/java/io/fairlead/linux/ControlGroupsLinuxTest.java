package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlGroupsLinuxTest {
    private final String group = Kernel.uniqueName("fairlead-test-");

    @BeforeEach
    void assumeRoot() throws Exception {
        Kernel.assumeRoot();
    }

    @AfterEach
    void remove() {
        ControlGroups groups = ControlGroups.detect();
        groups.kill(group);
        groups.remove(group);
    }

    @Test
    void aProcessLivesAndDiesWithItsGroup() throws Exception {
        ControlGroups groups = ControlGroups.detect();
        groups.create(group + "/pods/one");
        groups.create(group + "/pods/one");
        Process child =
                new ProcessBuilder("sh", "-c", "read go; sleep 600 & echo; sleep 600").start();
        groups.move(child.pid(), group + "/pods/one");
        child.outputWriter().append('\n').flush();
        assertThat(child.inputReader().readLine()).isEmpty();

        assertThat(Files.readString(Path.of("/proc/" + child.pid() + "/cgroup")).lines())
                .isNotEmpty()
                .filteredOn(line -> line.contains(group))
                .hasSize(groups.hierarchies().size());
        assertThat(groups.processes(group)).contains(child.pid()).hasSizeGreaterThan(1);
        assertThatThrownBy(() -> groups.remove(group))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EBUSY));

        groups.kill(group);
        assertThat(child.waitFor()).isEqualTo(137);
        groups.remove(group);
        groups.remove(group);
        assertThat(groups.exists(group)).isFalse();
    }

    @Test
    void findsTheGroupsAgainWhereSysIsFresh() throws Exception {
        Kernel.assumeRoot();
        // What "ip netns exec" does to the mounts.
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String here = ControlGroups.detect().hierarchies().toString();
        String output =
                Kernel.output(
                        "unshare",
                        "--mount",
                        "sh",
                        "-c",
                        "umount -l /sys && mount -t sysfs sysfs /sys && exec \"$@\"",
                        "sh",
                        java,
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Hierarchies.class.getName());
        assertThat(output.strip()).isEqualTo(here);
    }

    /// Prints what is found.
    static final class Hierarchies {
        private Hierarchies() {}

        public static void main(String[] arguments) {
            System.out.println(ControlGroups.detect().hierarchies());
        }
    }
}
