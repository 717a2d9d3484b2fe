package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.testkit.Requirement;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExampleImageLinuxTest {
    private static final Path BUSYBOX = Path.of("/bin/busybox");
    private static final List<String> APPLETS =
            List.of("busybox", "[", "sh", "httpd", "wget", "nslookup", "sleep", "cat");

    @TempDir private Path folder = Path.of("");
    private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

    @BeforeEach
    void needsBusyboxAndRoot() {
        Requirement.root();
        Requirement.require(Files.isExecutable(BUSYBOX), "there is no " + BUSYBOX);
    }

    @AfterEach
    void end() {
        workers.close();
    }

    private ImageStore store() {
        return new ImageStore(folder.resolve("images"), RegistryOptions.USUAL, workers);
    }

    @Test
    void holdsBusyboxAndAllItsNames() throws Exception {
        LocalImage image = ExampleImage.ensure(store(), BUSYBOX, APPLETS);
        assertThat(image.layers()).hasSize(1);
        Path root = image.layers().getFirst();
        assertThat(Files.mismatch(root.resolve("bin/busybox"), BUSYBOX)).isEqualTo(-1);
        assertThat(root.resolve("bin/busybox")).isExecutable();
        assertThat(Files.readSymbolicLink(root.resolve("bin/httpd"))).hasToString("busybox");
        assertThat(Files.readString(root.resolve("etc/passwd"))).startsWith("root:x:0:0:");
        assertThat(Files.getAttribute(root.resolve("tmp"), "unix:mode")).isEqualTo(041777);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(root)))
                .isEqualTo("rwxr-xr-x");
        assertThat(image.config().command()).containsExactly("sh");
        assertThat(image.config().env()).containsExactly("PATH=/bin:/usr/bin:/usr/local/bin");
    }

    @Test
    void isFoundAgainByItsNameAndUnpackedOnce() throws Exception {
        LocalImage first = ExampleImage.ensure(store(), BUSYBOX, APPLETS);
        ImageStore later = store();
        assertThat(later.find(ImageReference.parse("fairlead.io/busybox:1"))).contains(first);
        Object time =
                Files.getAttribute(
                        first.layers().getFirst().resolve("bin/busybox"),
                        "unix:ctime",
                        LinkOption.NOFOLLOW_LINKS);
        assertThat(ExampleImage.ensure(later, BUSYBOX, APPLETS)).isEqualTo(first);
        assertThat(
                        Files.getAttribute(
                                first.layers().getFirst().resolve("bin/busybox"), "unix:ctime"))
                .isEqualTo(time);
        try (Stream<Path> leftovers = Files.list(folder.resolve("images/unpacking"))) {
            assertThat(leftovers).isEmpty();
        }
    }

    @Test
    void linksWhatBusyboxItselfLists() throws Exception {
        LocalImage image = ExampleImage.ensure(store(), BUSYBOX);
        assertThat(image.layers().getFirst().resolve("bin/grep")).isSymbolicLink();
    }

    @Test
    void saysWhatIsMissing() {
        assertThatThrownBy(() -> ExampleImage.ensure(store(), BUSYBOX, List.of("sh", "wget")))
                .isInstanceOf(ImageException.class)
                .hasMessage("/bin/busybox cannot be used for the example image: it has no httpd");
        assertThatThrownBy(() -> ExampleImage.ensure(store(), folder.resolve("none")))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("no busybox");
        assertThatThrownBy(() -> ExampleImage.ensure(store(), Path.of("/bin/bash"), APPLETS))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("not linked statically");
    }
}
