package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NetworkNamespaceLinuxTest {
    @TempDir Path directory;
    private Path file = Path.of("");

    @BeforeEach
    void name() throws Exception {
        Kernel.assumeRoot();
        file = directory.resolve(Kernel.uniqueName("ns"));
    }

    @AfterEach
    void delete() {
        NetworkNamespace.delete(file);
    }

    @Test
    void aNamedNamespaceLivesUntilItIsDeleted() throws Exception {
        try (NetworkNamespace created = NetworkNamespace.create(file);
                NetworkNamespace opened = NetworkNamespace.open(file);
                NetworkNamespace home = NetworkNamespace.current()) {
            assertThat(created.inode()).isEqualTo(opened.inode()).isNotEqualTo(home.inode());
            assertThat(NetworkNamespace.exists(file)).isTrue();
            assertThat(Kernel.outputIn(file, "ip", "-o", "link")).contains("lo:").hasLineCount(1);
        }
        NetworkNamespace.delete(file);
        NetworkNamespace.delete(file);
        assertThat(file).doesNotExist();
        assertThat(NetworkNamespace.exists(file)).isFalse();
    }

    @Test
    void refusesANameInUse() {
        NetworkNamespace.create(file).close();

        assertThatThrownBy(() -> NetworkNamespace.create(file))
                .isInstanceOfSatisfying(
                        LinuxException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EEXIST))
                .hasMessageContaining(file.toString());
    }

    @Test
    void aFileLeftByACrashIsNoNamespaceAndCanBeDeleted() throws Exception {
        Files.createFile(file);

        assertThat(NetworkNamespace.exists(file)).isFalse();
        assertThatThrownBy(() -> NetworkNamespace.open(file))
                .hasMessage(
                        "cannot open network namespace " + file + ": invalid argument (EINVAL)");
        NetworkNamespace.delete(file);
        assertThat(file).doesNotExist();
    }

    @Test
    void socketsStayWhereTheyWereOpened() throws Exception {
        try (NetworkNamespace inside = NetworkNamespace.create(file);
                DatagramChannel away = inside.openDatagramChannel();
                DatagramChannel home = DatagramChannel.open()) {
            home.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = ((InetSocketAddress) home.getLocalAddress()).getPort();
            // The same port is free there; and its loopback is down, so nothing can be sent.
            away.bind(new InetSocketAddress(port));
            assertThatThrownBy(() -> away.connect(new InetSocketAddress("198.51.100.1", 9)))
                    .isInstanceOf(java.io.IOException.class);
        }
    }

    @Test
    void visitsCanBeNestedAndAlwaysComeHome() throws Exception {
        Path other = directory.resolve(Kernel.uniqueName("ns"));
        try (NetworkNamespace outer = NetworkNamespace.create(file);
                NetworkNamespace inner = NetworkNamespace.create(other)) {
            Callable<Long> here =
                    () -> {
                        try (NetworkNamespace current = NetworkNamespace.current()) {
                            return current.inode();
                        }
                    };
            List<Long> seen = new ArrayList<>();
            outer.call(() -> {
                seen.add(here.call());
                seen.add(inner.call(here));
                seen.add(here.call());
                return seen;
            });
            assertThat(seen).containsExactly(outer.inode(), inner.inode(), outer.inode());
            assertThatThrownBy(() ->
                            outer.call(() -> {
                                throw new IllegalStateException("inside");
                            }))
                    .hasMessage("inside");
            try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<Long>> results = new ArrayList<>();
                for (int i = 0; i < 50; i++) {
                    results.add(virtual.submit(() -> outer.call(here)));
                }
                for (Future<Long> result : results) {
                    assertThat(result.get()).isEqualTo(outer.inode());
                }
                assertThat(virtual.submit(here).get()).isEqualTo(here.call());
            }
        } finally {
            NetworkNamespace.delete(other);
        }
    }

    @Test
    void kernelSettingsAreThoseOfTheNamespace() {
        try (NetworkNamespace inside = NetworkNamespace.create(file)) {
            inside.setSysctl("ipv4/ip_forward", "1");
            assertThat(inside.readSysctl("ipv4/ip_forward")).isEqualTo("1");
            inside.setSysctl("ipv4/ip_forward", "0");
            assertThat(inside.readSysctl("ipv4/ip_forward")).isEqualTo("0");
            assertThat(inside.hasSysctl("ipv4/no_such_key")).isFalse();
            assertThatThrownBy(() -> inside.setSysctl("ipv4/no_such_key", "1"))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("no_such_key");
        }
    }

    @Test
    void programsAreBornInside() throws Exception {
        try (NetworkNamespace inside = NetworkNamespace.create(file)) {
            Process process = inside.start(new ProcessBuilder("ip", "-o", "link"));
            assertThat(process.inputReader().readAllAsString()).contains("lo:").hasLineCount(1);
            assertThat(process.waitFor()).isZero();
        }
    }
}
