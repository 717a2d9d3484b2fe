package io.fairlead.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class SpecialFilesLinuxTest {
    @TempDir private Path folder = Path.of("");

    @BeforeEach
    void needsRoot() {
        Assumptions.assumeTrue(
                "root".equals(System.getProperty("user.name")), "making devices needs root");
    }

    @Test
    void makesWhatOverlayfsTakesForADeletion() throws Exception {
        Path gone = folder.resolve("gone");
        SpecialFiles.whiteout(gone);
        assertThat(Files.getAttribute(gone, "unix:rdev", LinkOption.NOFOLLOW_LINKS)).isEqualTo(0L);
        assertThat((int) Files.getAttribute(gone, "unix:mode") & 0xf000).isEqualTo(0x2000);
    }

    @Test
    void makesDevicesWithTheirNumbers() throws Exception {
        Path disk = folder.resolve("disk");
        SpecialFiles.make(disk, SpecialFiles.Kind.BLOCK_DEVICE, 0600, 259, 300);
        assertThat((long) Files.getAttribute(disk, "unix:rdev"))
                .isEqualTo((300L & 0xff) | 259L << 8 | (300L & ~0xffL) << 12);
    }

    @Test
    void keepsAttributesOfTrustedPrograms() {
        assertThat(SpecialFiles.attribute(folder, "trusted.overlay.opaque")).isEmpty();
        byte[] yes = "y".getBytes(StandardCharsets.US_ASCII);
        SpecialFiles.setAttribute(folder, "trusted.overlay.opaque", yes);
        assertThat(SpecialFiles.attribute(folder, "trusted.overlay.opaque")).contains(yes);
    }

    @Test
    @Timeout(10)
    void setsTheTimeOfAPipeWithoutOpeningIt() throws Exception {
        Path pipe = folder.resolve("pipe");
        SpecialFiles.make(pipe, SpecialFiles.Kind.PIPE, 0600, 0, 0);
        SpecialFiles.setTime(pipe, Instant.ofEpochSecond(86_400, 5_000));
        assertThat(Files.getLastModifiedTime(pipe).toInstant())
                .isEqualTo(Instant.ofEpochSecond(86_400, 5_000));
    }

    @Test
    void saysWhatCouldNotBeMade() {
        SpecialFiles.syncFileSystem(folder);
        assertThatThrownBy(() -> SpecialFiles.whiteout(folder.resolve("no/such")))
                .isInstanceOf(LinuxException.class)
                .hasMessageContaining("make a special file at")
                .hasMessageContaining("no/such");
    }
}
