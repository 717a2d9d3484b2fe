package io.fairlead.images;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;

/// Writes tars entry by entry, hostile ones too.
final class Tars {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8");

    Tars() {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    }

    Tars file(String name, String content) throws IOException {
        return add(entry(name, TarConstants.LF_NORMAL), content);
    }

    Tars directory(String name) throws IOException {
        return add(entry(name, TarConstants.LF_DIR), "");
    }

    Tars symbolicLink(String name, String target) throws IOException {
        TarArchiveEntry entry = entry(name, TarConstants.LF_SYMLINK);
        entry.setLinkName(target);
        return add(entry, "");
    }

    Tars hardLink(String name, String target) throws IOException {
        TarArchiveEntry entry = entry(name, TarConstants.LF_LINK);
        entry.setLinkName(target);
        return add(entry, "");
    }

    Tars device(String name, int major, int minor) throws IOException {
        TarArchiveEntry entry = entry(name, TarConstants.LF_CHR);
        entry.setDevMajor(major);
        entry.setDevMinor(minor);
        return add(entry, "");
    }

    Tars pipe(String name) throws IOException {
        return add(entry(name, TarConstants.LF_FIFO), "");
    }

    /// A name with an extended attribute.
    Tars attributed(String name, String attribute, String value) throws IOException {
        TarArchiveEntry entry = entry(name, TarConstants.LF_NORMAL);
        entry.addPaxHeader("SCHILY.xattr." + attribute, value);
        return add(entry, "");
    }

    byte[] bytes() throws IOException {
        tar.close();
        return bytes.toByteArray();
    }

    private static TarArchiveEntry entry(String name, byte kind) {
        TarArchiveEntry entry = new TarArchiveEntry(name, kind, true);
        entry.setMode(kind == TarConstants.LF_DIR ? 0755 : 0640);
        entry.setModTime(86_400_000L);
        entry.setUserId(7);
        entry.setGroupId(8);
        return entry;
    }

    private Tars add(TarArchiveEntry entry, String content) throws IOException {
        byte[] data = content.getBytes(StandardCharsets.UTF_8);
        entry.setSize(data.length);
        tar.putArchiveEntry(entry);
        tar.write(data);
        tar.closeArchiveEntry();
        return this;
    }
}
