package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageArchiveTest {
    private static final int RECORD = 512;

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(ints = {1, 9_000, 10_240, 20_479})
    void readsATarThatEndsAfterItsLastRecord(int length) throws Exception {
        Path archive = folder.resolve("image.tar");
        byte[] content = new byte[length];
        try (TarArchiveOutputStream out =
                new TarArchiveOutputStream(Files.newOutputStream(archive), RECORD)) {
            add(out, "layer.tar", content);
            add(out, "manifest.json", "[]".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        }
        try (ImageArchive image = ImageArchive.of(archive, folder)) {
            assertThat(image.read("layer.tar", length)).hasSize(length);
            assertThat(image.read("manifest.json", 10)).asString().isEqualTo("[]");
        }
    }

    @Test
    void readsATarWithoutItsEnd() throws Exception {
        Path archive = folder.resolve("image.tar");
        try (TarArchiveOutputStream out =
                new TarArchiveOutputStream(Files.newOutputStream(archive), RECORD)) {
            add(out, "layer.tar", new byte[700]);
        }
        byte[] whole = Files.readAllBytes(archive);
        Files.write(archive, java.util.Arrays.copyOf(whole, 3 * RECORD));
        try (ImageArchive image = ImageArchive.of(archive, folder)) {
            assertThat(image.read("layer.tar", 700)).hasSize(700);
        }
    }

    private static void add(TarArchiveOutputStream out, String name, byte[] content)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        out.putArchiveEntry(entry);
        out.write(content);
        out.closeArchiveEntry();
    }
}
