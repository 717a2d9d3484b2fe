package io.fairlead.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.linux.SpecialFiles;
import io.fairlead.testkit.Requirement;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerUnpackerLinuxTest {
    private static final String OPAQUE = "trusted.overlay.opaque";

    @TempDir private Path folder = Path.of("");
    private Path root = Path.of("");

    @BeforeEach
    void begin() throws Exception {
        Requirement.root();
        root = Files.createDirectory(folder.resolve("layer"));
    }

    private void unpack(Tars tar) throws Exception {
        unpack(tar, UnpackLimits.USUAL);
    }

    private void unpack(Tars tar, UnpackLimits limits) throws Exception {
        new LayerUnpacker(root, limits).unpack(new ByteArrayInputStream(tar.bytes()));
    }

    private void assertRefused(Tars tar, String why) throws Exception {
        byte[] bytes = tar.bytes();
        assertThatThrownBy(() ->
                        new LayerUnpacker(root, UnpackLimits.USUAL)
                                .unpack(new ByteArrayInputStream(bytes)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(why);
        try (Stream<Path> outside = Files.list(folder)) {
            assertThat(outside).containsExactly(root);
        }
    }

    private Object attribute(String name, String attribute) throws Exception {
        return Files.getAttribute(root.resolve(name), attribute, LinkOption.NOFOLLOW_LINKS);
    }

    private boolean isWhiteout(String name) throws Exception {
        return ((int) attribute(name, "unix:mode") & 0170000) == 0020000
                && attribute(name, "unix:rdev").equals(0L);
    }

    private boolean isOpaque(String name) {
        return SpecialFiles.attribute(root.resolve(name), OPAQUE).isPresent();
    }

    @Test
    void keepsKindsOwnersModesAndTimes() throws Exception {
        unpack(
                new Tars()
                        .directory("etc/")
                        .file("etc/motd", "hello")
                        .symbolicLink("etc/link", "../motd")
                        .hardLink("etc/again", "etc/motd")
                        .device("null", 1, 3)
                        .pipe("pipe"));
        assertThat(root.resolve("etc/motd")).hasContent("hello");
        assertThat(attribute("etc/motd", "unix:uid")).isEqualTo(7);
        assertThat(attribute("etc/motd", "unix:gid")).isEqualTo(8);
        assertThat(attribute("etc/motd", "unix:mode")).isEqualTo(0100640);
        assertThat(attribute("etc/motd", "unix:nlink")).isEqualTo(2);
        assertThat(attribute("etc/link", "unix:uid")).isEqualTo(7);
        assertThat(Files.readSymbolicLink(root.resolve("etc/link"))).hasToString("../motd");
        assertThat(attribute("null", "unix:rdev")).isEqualTo(0x103L);
        assertThat((int) attribute("pipe", "unix:mode") & 0170000).isEqualTo(0010000);
        assertThat(Files.getLastModifiedTime(root.resolve("etc")).toMillis()).isEqualTo(86_400_000);
    }

    @Test
    void deletionsBecomeOverlayfsMarks() throws Exception {
        unpack(
                new Tars()
                        .file("etc/.wh.passwd", "")
                        .file("var/.wh..wh..opq", "")
                        .file("var/new", "")
                        .file(".wh..wh.plnk", ""));
        assertThat(isWhiteout("etc/passwd")).isTrue();
        assertThat(isOpaque("var")).isTrue();
        assertThat(isOpaque("etc")).isFalse();
        try (Stream<Path> all = Files.list(root)) {
            assertThat(all).containsExactlyInAnyOrder(root.resolve("etc"), root.resolve("var"));
        }
    }

    @Test
    void aDirectoryThatReplacesADeletedOneHidesWhatWasBelow() throws Exception {
        unpack(
                new Tars()
                        .file(".wh.a", "")
                        .directory("a/")
                        .file("a/x", "")
                        .directory("b/")
                        .file(".wh.b", ""));
        assertThat(isOpaque("a")).isTrue();
        assertThat(isOpaque("b")).isTrue();
    }

    @Test
    void aDeletionDoesNotTakeWhatTheSameLayerBrings() throws Exception {
        unpack(new Tars().file("a", "mine").file(".wh.a", "").file(".wh.b", "").file("b", "mine"));
        assertThat(root.resolve("a")).hasContent("mine");
        assertThat(root.resolve("b")).hasContent("mine");
    }

    @Test
    void laterEntriesReplaceEarlierOnes() throws Exception {
        unpack(
                new Tars()
                        .file("a/b", "1")
                        .file("a", "2")
                        .symbolicLink("c", "/etc/hostname")
                        .file("c", "3"));
        assertThat(root.resolve("a")).hasContent("2");
        assertThat(root.resolve("c")).hasContent("3").isRegularFile();
        assertThat(Files.isSymbolicLink(root.resolve("c"))).isFalse();
    }

    @Test
    void readsALayerThatEndsWithItsLastByte() throws Exception {
        byte[] whole = new Tars().file("etc/name", "fairlead").bytes();
        byte[] cut = Arrays.copyOf(whole, 512 + "fairlead".length());
        new LayerUnpacker(root, UnpackLimits.USUAL).unpack(new ByteArrayInputStream(cut));
        assertThat(root.resolve("etc/name")).hasContent("fairlead");
    }

    @Test
    void absoluteNamesStayInside() throws Exception {
        unpack(new Tars().file("/ko-app/main", "x"));
        assertThat(root.resolve("ko-app/main")).hasContent("x");
    }

    @Test
    void namesThatClimbAreRefused() throws Exception {
        assertRefused(new Tars().file("../out", "x"), "would leave its place");
        assertRefused(new Tars().file("a/../../out", "x"), "would leave its place");
        assertRefused(new Tars().file(".wh...", ""), "would leave its place");
        assertRefused(
                new Tars().file("in", "x").hardLink("b", "../../etc/passwd"),
                "would leave its place");
    }

    @Test
    void nothingIsWrittenThroughLinks() throws Exception {
        assertRefused(
                new Tars().symbolicLink("a", folder.toString()).file("a/out", "x"),
                "which is no directory");
        assertRefused(
                new Tars().symbolicLink("up", "..").file("up/.wh.layer", ""),
                "which is no directory");
        assertRefused(
                new Tars().symbolicLink("d", "/etc").hardLink("mine", "d/passwd"),
                "which is no directory");
    }

    @Test
    void attributesThatSteerOverlayfsAreLeftOut() throws Exception {
        unpack(
                new Tars()
                        .attributed("a", "trusted.overlay.redirect", "/etc")
                        .attributed("b", "user.colour", "blue"));
        assertThat(SpecialFiles.attribute(root.resolve("a"), "trusted.overlay.redirect")).isEmpty();
        assertThat(SpecialFiles.attribute(root.resolve("b"), "user.colour"))
                .contains(new byte[] {'b', 'l', 'u', 'e'});
    }

    @Test
    void hugeHeadersAreRefused() throws Exception {
        byte[] bytes = new Tars().attributed("a", "user.x", "x".repeat(3 << 20)).bytes();
        assertThatThrownBy(() ->
                        new LayerUnpacker(root, UnpackLimits.USUAL)
                                .unpack(new ByteArrayInputStream(bytes)))
                .hasMessageContaining("more than 1 MiB of headers");
    }

    @Test
    void tooMuchIsRefused() {
        assertThatThrownBy(() ->
                        unpack(new Tars().file("a", "x".repeat(101)), new UnpackLimits(100, 9)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than 100 bytes");
        assertThatThrownBy(() ->
                        unpack(new Tars().file("b", "").file("c", ""), new UnpackLimits(100, 1)))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining("more than 1 entries");
    }
}
