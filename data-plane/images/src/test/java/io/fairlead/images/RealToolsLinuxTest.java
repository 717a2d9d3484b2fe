package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.linux.Mounts;
import io.fairlead.testkit.Await;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Images as other people's tools make and serve them: umoci, skopeo, the reference registry.
class RealToolsLinuxTest {
    @TempDir private Path folder = Path.of("");
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
    private @Nullable Process registry;

    /// An image of two layers: the second deletes a file of the first and replaces a directory.
    @BeforeEach
    void makeImage() throws IOException {
        Requirement.rootAnd("umoci", "skopeo", "docker-registry");
        Path layout = folder.resolve("layout");
        umoci("init", "--layout", layout.toString());
        umoci("new", "--image", layout + ":1");
        Path bundle = folder.resolve("bundle");
        umoci("unpack", "--image", layout + ":1", bundle.toString());
        Path root = bundle.resolve("rootfs");
        Files.createDirectories(root.resolve("bin"));
        Files.writeString(root.resolve("bin/tool"), "#!/bin/sh\n");
        Files.setAttribute(root.resolve("bin/tool"), "unix:mode", 04755);
        Files.createLink(root.resolve("bin/same"), root.resolve("bin/tool"));
        Files.createSymbolicLink(root.resolve("bin/link"), Path.of("/etc/passwd"));
        Files.writeString(root.resolve("old"), "old");
        Files.createDirectory(root.resolve("var"));
        Files.setAttribute(root.resolve("var"), "unix:uid", 1234);
        umoci("repack", "--image", layout + ":1", "--refresh-bundle", bundle.toString());
        Files.delete(root.resolve("old"));
        Files.writeString(root.resolve("new"), "new");
        umoci("repack", "--image", layout + ":1", bundle.toString());
        umoci(
                "config",
                "--image",
                layout + ":1",
                "--config.cmd",
                "/bin/tool",
                "--config.env",
                "COLOUR=blue",
                "--config.exposedports",
                "8080/tcp");
    }

    @AfterEach
    void end() {
        workers.close();
        if (registry != null) {
            registry.destroyForcibly().onExit().join();
        }
    }

    private static void umoci(String... words) {
        run("umoci", words);
    }

    private static void run(String program, String... words) {
        String[] all = new String[words.length + 1];
        all[0] = program;
        System.arraycopy(words, 0, all, 1, words.length);
        Command.run(all).succeeded();
    }

    private String startRegistry() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Path config = folder.resolve("registry.yml");
        Files.writeString(
                config,
                """
                version: 0.1
                log: {level: error}
                storage: {filesystem: {rootdirectory: %s}}
                http: {addr: "127.0.0.1:%d"}
                """
                        .formatted(folder.resolve("registry"), port));
        registry =
                new ProcessBuilder("docker-registry", "serve", config.toString())
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("registry.log").toFile())
                        .start();
        Await.untilAsserted(
                Duration.ofSeconds(20),
                () -> new Socket(InetAddress.getLoopbackAddress(), port).close());
        return "127.0.0.1:" + port;
    }

    private ImageStore store(String name) {
        return new ImageStore(folder.resolve(name), RegistryOptions.USUAL, workers);
    }

    private static void assertIsTheImage(LocalImage image) throws IOException {
        assertThat(image.config().command()).containsExactly("/bin/tool");
        assertThat(image.config().env()).contains("COLOUR=blue");
        assertThat(image.config().exposedPorts()).containsExactly("8080/tcp");
        assertThat(image.layers()).hasSize(2);
        Path lower = image.layers().getFirst();
        Path upper = image.layers().getLast();
        assertThat(Files.getAttribute(lower.resolve("bin/tool"), "unix:mode")).isEqualTo(0104755);
        assertThat(Files.getAttribute(lower.resolve("bin/tool"), "unix:nlink")).isEqualTo(2);
        assertThat(Files.readSymbolicLink(lower.resolve("bin/link"))).hasToString("/etc/passwd");
        assertThat(Files.getAttribute(lower.resolve("var"), "unix:uid")).isEqualTo(1234);
        assertThat(upper.resolve("new")).hasContent("new");
        assertThat(Files.getAttribute(upper.resolve("old"), "unix:rdev", LinkOption.NOFOLLOW_LINKS))
                .isEqualTo(0L);
        assertThat((int) Files.getAttribute(upper.resolve("old"), "unix:mode") & 0170000)
                .isEqualTo(0020000);
    }

    @Test
    void pullsFromTheReferenceRegistry() throws Exception {
        String host = startRegistry();
        run(
                "skopeo",
                "copy",
                "--dest-tls-verify=false",
                "oci:" + folder.resolve("layout") + ":1",
                "docker://" + host + "/team/tool:1");
        ImageStore store = store("images");
        ImageReference name = ImageReference.parse(host + "/team/tool:1");
        LocalImage image = store.pull(name, RegistryCredentials.ANONYMOUS);
        assertIsTheImage(image);
        assertThat(store("images").find(name)).contains(image);
        assertThat(store.pull(name, RegistryCredentials.ANONYMOUS)).isEqualTo(image);
        assertThat(store.list()).hasSize(2);
        assertThatThrownBy(() ->
                        store.pull(
                                ImageReference.parse(host + "/team/tool:2"),
                                RegistryCredentials.ANONYMOUS))
                .isInstanceOf(ImageException.class)
                .hasMessageStartingWith("Cannot pull " + host + "/team/tool:2: " + host)
                .hasMessageContaining("404: MANIFEST_UNKNOWN");
    }

    @Test
    void loadsLayoutsAndArchivesOfAllKindsAsOneImage() throws Exception {
        String layout = "oci:" + folder.resolve("layout") + ":1";
        Path docker = folder.resolve("docker.tar");
        Path oci = folder.resolve("oci.tar");
        run("skopeo", "copy", layout, "docker-archive:" + docker + ":example.com/team/tool:1");
        run("skopeo", "copy", layout, "oci-archive:" + oci + ":example.com/team/tool:2");
        ImageStore store = store("images");
        List<StoredImage> fromDocker = store.load(docker);
        List<StoredImage> fromOci = store.load(oci);
        LocalImage fromLayout =
                store.load(folder.resolve("layout"), ImageReference.parse("tool:3"));
        assertIsTheImage(fromDocker.getFirst().image());
        assertIsTheImage(fromOci.getFirst().image());
        assertIsTheImage(fromLayout);
        assertThat(fromDocker.getFirst().image().layers()).isEqualTo(fromLayout.layers());
        assertThat(store.list().stream().map(each -> each.reference().toString()))
                .containsExactly(
                        "docker.io/library/tool:3",
                        "example.com/team/tool:1",
                        "example.com/team/tool:2");
        Command.run("gzip", docker.toString()).succeeded();
        assertIsTheImage(store("other").load(folder.resolve("docker.tar.gz")).getFirst().image());
    }

    @Test
    void layersStackInOverlayfs() throws Exception {
        LocalImage image =
                store("images").load(folder.resolve("layout"), ImageReference.parse("tool:3"));
        Path merged = Files.createDirectories(folder.resolve("merged"));
        Path upper = Files.createDirectories(folder.resolve("upper"));
        Path work = Files.createDirectories(folder.resolve("work"));
        Mounts.overlay(image.layers().reversed(), upper, work, merged);
        try {
            assertThat(merged.resolve("bin/tool")).exists();
            assertThat(merged.resolve("new")).exists();
            assertThat(merged.resolve("old")).doesNotExist();
        } finally {
            Mounts.detach(merged);
        }
    }
}
