package io.fairlead.images;

import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonWriter;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// The small image of the examples, `fairlead.io/busybox:1`, made of a static busybox found on this machine, so that they need no registry.
///
/// It has `/bin` with a link for every applet, `/etc/passwd` and `/etc/group` with root and nobody, `/www`, `/root` and `/tmp`.
public final class ExampleImage {
    /// What pods write as their image.
    public static final ImageReference NAME = ImageReference.parse("fairlead.io/busybox:1");

    /// What the examples call.
    private static final List<String> NEEDED = List.of("sh", "httpd", "wget", "nslookup", "sleep");

    private static final int BUSYBOX_BYTES_MAX = 64 << 20;
    private static final int ELF_INTERPRETER = 3;

    private ExampleImage() {}

    /// Makes sure that the image is there, as the present busybox makes it. Asks the program for its applets, which takes a few milliseconds.
    ///
    /// @param busybox the program, such as `/bin/busybox`
    /// @throws ImageException when the program is absent, not static, or lacks what the examples call
    public static LocalImage ensure(ImageStore store, Path busybox) throws ImageException {
        return ensure(store, busybox, applets(busybox));
    }

    private static List<String> applets(Path busybox) throws ImageException {
        try {
            Process process =
                    new ProcessBuilder(busybox.toString(), "--list")
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                return lines.lines().toList();
            }
        } catch (IOException e) {
            throw new ImageException(
                    "There is no busybox to make the example image of at " + busybox, e);
        }
    }

    /// Like [#ensure(ImageStore, Path)], for a caller that knows the applets.
    ///
    /// @param applets the names it answers to, as `busybox --list` prints them
    public static LocalImage ensure(ImageStore store, Path busybox, List<String> applets)
            throws ImageException {
        for (String needed : NEEDED) {
            if (!applets.contains(needed)) {
                throw new ImageException(
                        "%s cannot be used for the example image: it has no %s"
                                .formatted(busybox, needed));
            }
        }
        byte[] layer = layer(program(busybox), applets);
        ContentDigest layerDigest = ContentDigest.of(layer);
        byte[] config = JsonWriter.bytes(configuration(layerDigest));
        Blob configBlob = new Blob("", ContentDigest.of(config), config.length);
        Manifest manifest =
                new Manifest(configBlob, List.of(new Blob("", layerDigest, layer.length)));
        return store.keep(
                NAME,
                manifest,
                blob ->
                        new ByteArrayInputStream(
                                blob.digest().equals(layerDigest) ? layer : config));
    }

    private static byte[] program(Path busybox) throws ImageException {
        try {
            if (Files.size(busybox) > BUSYBOX_BYTES_MAX) {
                throw new ImageException(busybox + " is too large for a busybox");
            }
            byte[] program = Files.readAllBytes(busybox);
            if (!isStatic(program)) {
                throw new ImageException(
                        busybox + " is not linked statically; install the package busybox-static");
            }
            return program;
        } catch (IOException e) {
            throw new ImageException(
                    "There is no busybox to make the example image of at " + busybox, e);
        }
    }

    /// Whether a 64-bit ELF program asks for no interpreter, as `elf(5)` describes it.
    private static boolean isStatic(byte[] program) {
        if (program.length < 64
                || program[0] != 0x7f
                || program[1] != 'E'
                || program[2] != 'L'
                || program[3] != 'F'
                || program[4] != 2) {
            return false;
        }
        long table = number(program, 32, 8);
        int entrySize = (int) number(program, 54, 2);
        int count = (int) number(program, 56, 2);
        for (int i = 0; i < count; i++) {
            long at = table + (long) i * entrySize;
            if (at < 0
                    || at + 4 > program.length
                    || number(program, (int) at, 4) == ELF_INTERPRETER) {
                return false;
            }
        }
        return true;
    }

    private static long number(byte[] bytes, int offset, int length) {
        long number = 0;
        for (int i = length - 1; i >= 0; i--) {
            number = number << 8 | (bytes[offset + i] & 0xff);
        }
        return number;
    }

    /// The same bytes for the same busybox, whenever they are made, so that the image is unpacked once.
    private static byte[] layer(byte[] program, List<String> applets) throws ImageException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(program.length + (1 << 18));
        try (TarArchiveOutputStream tar = tar(bytes)) {
            for (String directory :
                    List.of("./", "bin/", "dev/", "etc/", "proc/", "root/", "sys/", "www/")) {
                directory(tar, directory, 0755);
            }
            directory(tar, "tmp/", 01777);
            file(tar, "bin/busybox", 0755, program);
            for (String applet : new TreeSet<>(applets)) {
                if (!applet.equals("busybox") && applet.indexOf('/') < 0) {
                    link(tar, "bin/" + applet, "busybox");
                }
            }
            file(
                    tar,
                    "etc/passwd",
                    0644,
                    text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"));
            file(tar, "etc/group", 0644, text("root:x:0:\nnogroup:x:65534:\n"));
            file(tar, "etc/nsswitch.conf", 0644, text("hosts: files dns\n"));
        } catch (IOException e) {
            throw new ImageException("The example image could not be made", e);
        }
        return bytes.toByteArray();
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static TarArchiveOutputStream tar(OutputStream bytes) {
        TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
        return tar;
    }

    private static void directory(TarArchiveOutputStream tar, String name, int mode)
            throws IOException {
        add(tar, new TarArchiveEntry(name), mode, new byte[0]);
    }

    private static void file(TarArchiveOutputStream tar, String name, int mode, byte[] content)
            throws IOException {
        add(tar, new TarArchiveEntry(name), mode, content);
    }

    private static void link(TarArchiveOutputStream tar, String name, String target)
            throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        add(tar, entry, 0777, new byte[0]);
    }

    private static void add(
            TarArchiveOutputStream tar, TarArchiveEntry entry, int mode, byte[] content)
            throws IOException {
        entry.setMode(mode);
        entry.setSize(content.length);
        entry.setModTime(0L);
        entry.setUserId(0);
        entry.setGroupId(0);
        entry.setUserName("");
        entry.setGroupName("");
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private static JsonObject configuration(ContentDigest layer) {
        return JsonObject.builder()
                .put("architecture", Json.of(Manifest.architecture()))
                .put("os", Json.of("linux"))
                .put(
                        "config",
                        JsonObject.of(
                                "Env",
                                JsonArray.ofStrings(List.of("PATH=/bin:/usr/bin:/usr/local/bin")),
                                "Cmd",
                                JsonArray.ofStrings(List.of("sh")),
                                "WorkingDir",
                                Json.of("/")))
                .put(
                        "rootfs",
                        JsonObject.of(
                                "type",
                                Json.of("layers"),
                                "diff_ids",
                                JsonArray.ofStrings(List.of(layer.toString()))))
                .build();
    }
}
