package io.fairlead.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicDirectoryTest {
    @TempDir Path folder;

    private static AtomicDirectory.Content content(String text) {
        return new AtomicDirectory.Content(text.getBytes(StandardCharsets.UTF_8), 0640);
    }

    @Test
    void showsTheNewFilesAndNoOthers() throws IOException {
        Path volume = folder.resolve("v");
        AtomicDirectory directory = new AtomicDirectory(volume);
        directory.write(Map.of("a", content("1"), "sub/b", content("2")), "first");
        assertThat(volume.resolve("a")).hasContent("1").isSymbolicLink();
        assertThat(volume.resolve("sub/b")).hasContent("2");
        directory.write(Map.of("a", content("3")), "second");
        assertThat(volume.resolve("a")).hasContent("3");
        assertThat(volume.resolve("sub")).doesNotExist();
        assertThat(volume.resolve("..first")).doesNotExist();
        assertThat(Files.readSymbolicLink(volume.resolve("..data"))).hasToString("..second");
    }

    @Test
    void leavesEqualFilesAlone() throws IOException {
        AtomicDirectory directory = new AtomicDirectory(folder);
        directory.write(Map.of("a", content("1")), "first");
        directory.write(Map.of("a", content("1")), "second");
        assertThat(Files.readSymbolicLink(folder.resolve("..data"))).hasToString("..first");
    }

    @Test
    void refusesPathsThatLeaveIt() {
        assertThatThrownBy(() ->
                        new AtomicDirectory(folder).write(Map.of("../../x", content("1")), "first"))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("leaves the volume");
    }
}
