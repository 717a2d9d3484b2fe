package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsLinuxTest {
    @TempDir private Path directory = Path.of("");

    @BeforeEach
    void assumeRoot() throws Exception {
        Kernel.assumeRoot();
    }

    @AfterEach
    void detach() {
        Mounts.detachAllBelow(directory);
    }

    private Path folder(String name) throws Exception {
        return Files.createDirectories(directory.resolve(name));
    }

    @Test
    void laysAWritableDirectoryOverOthers() throws Exception {
        Files.writeString(folder("low:er,1").resolve("a"), "from 1");
        Files.writeString(folder("lower2").resolve("a"), "from 2");
        Files.writeString(folder("lower2").resolve("b"), "from 2");
        Path state = folder("state");
        Mounts.tmpfs(state, "size=1m");
        Path merged = folder("merged");
        Mounts.overlay(
                List.of(folder("low:er,1"), folder("lower2")),
                folder("state/upper"),
                folder("state/work"),
                merged);

        Files.writeString(merged.resolve("b"), "changed");

        assertThat(merged.resolve("a")).hasContent("from 1");
        assertThat(directory.resolve("state/upper/b")).hasContent("changed");
        assertThat(directory.resolve("lower2/b")).hasContent("from 2");
        assertThat(Mounts.below(directory))
                .extracting(Mount::type)
                .containsExactly("tmpfs", "overlay");
        Mounts.detach(merged);
        assertThat(merged).isEmptyDirectory();
    }

    @Test
    void whatIsBoundReadOnlyCannotBeWritten() throws Exception {
        Path source = folder("source");
        Path target = folder("with space\\and backslash");
        Mounts.bindReadOnly(source, target);
        Files.writeString(source.resolve("a"), "x");

        assertThat(target.resolve("a")).hasContent("x");
        assertThat(Mounts.isMountPoint(target)).isTrue();
        assertThatThrownBy(() -> Files.writeString(target.resolve("b"), "x"))
                .hasMessageContaining("Read-only");
    }

    @Test
    void aRefusalNamesTheTarget() {
        Path missing = directory.resolve("missing");
        assertThatThrownBy(() -> Mounts.tmpfs(missing, ""))
                .isInstanceOf(LinuxException.class)
                .hasMessage(
                        "cannot mount tmpfs on " + missing + ": no such file or object (ENOENT)");
        assertThatThrownBy(() -> Mounts.detach(missing)).isInstanceOf(LinuxException.class);
    }

    @Test
    void manyLayersFit() throws Exception {
        Path state = folder("state");
        Mounts.tmpfs(state, "size=4m");
        List<Path> layers = new java.util.ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Path layer = folder("state/" + "a-rather-long-name-of-a-layer-".repeat(2) + i);
            Files.writeString(layer.resolve("file-" + i), "x");
            layers.add(layer);
        }
        Path merged = folder("merged");
        Mounts.overlay(layers, folder("state/upper"), folder("state/work"), merged);

        try (var files = Files.list(merged)) {
            assertThat(files).hasSize(100);
        }
    }
}
