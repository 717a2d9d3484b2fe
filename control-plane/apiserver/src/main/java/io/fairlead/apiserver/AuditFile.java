package io.fairlead.apiserver;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A file of lines that is put aside when it has grown, under a name with the time, and whose older parts go in time. Safe for use by many threads.
final class AuditFile implements AutoCloseable {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSS").withZone(ZoneOffset.UTC);

    private final AuditSettings settings;
    private final InstantSource clock;
    private @Nullable OutputStream out;
    private long size;

    AuditFile(AuditSettings settings, InstantSource clock) {
        this.settings = settings;
        this.clock = clock;
    }

    /// Adds a line. A device that refuses it does not keep the request from being answered, but the log says so.
    synchronized void write(byte[] line) {
        try {
            if (settings.file().isEmpty()) {
                System.out.write(line);
                System.out.flush();
                return;
            }
            Path file = settings.file().get();
            if (out != null && size + line.length > settings.bytesMax()) {
                putAside(file);
            }
            OutputStream open = out == null ? open(file) : out;
            out = open;
            open.write(line);
            size += line.length;
        } catch (IOException e) {
            LOG.log(
                    Level.ERROR,
                    "the audit log %s cannot be written: %s"
                            .formatted(settings.file().map(Path::toString).orElse("-"), e));
        }
    }

    @Override
    public synchronized void close() {
        OutputStream open = out;
        out = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                LOG.log(Level.WARNING, "the audit log cannot be closed: " + e.getMessage());
            }
        }
    }

    private OutputStream open(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        if (!Files.exists(file)) {
            // What was sent may be secret.
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        }
        size = Files.size(file);
        return Files.newOutputStream(file, StandardOpenOption.APPEND);
    }

    private void putAside(Path file) throws IOException {
        close();
        Files.move(file, aside(file, clock.instant()));
        forgetOld(file);
    }

    private static Path aside(Path file, Instant now) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        String stem = dot < 0 ? name : name.substring(0, dot);
        String end = dot < 0 ? "" : name.substring(dot);
        Path aside = file.resolveSibling(stem + "-" + STAMP.format(now) + end);
        // Two within a millisecond are told apart by the next one.
        return Files.exists(aside) ? aside(file, now.plusMillis(1)) : aside;
    }

    private void forgetOld(Path file) throws IOException {
        List<Path> parts = partsAside(file);
        Instant oldest = clock.instant().minus(settings.kept());
        for (int i = 0; i < parts.size(); i++) {
            boolean isTooMany = settings.filesMax() > 0 && i >= settings.filesMax();
            boolean isTooOld =
                    !settings.kept().isZero() && time(parts.get(i), file).isBefore(oldest);
            if (isTooMany || isTooOld) {
                Files.deleteIfExists(parts.get(i));
            }
        }
    }

    /// The parts that were put aside, the newest first.
    private static List<Path> partsAside(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        List<Path> parts = new ArrayList<>();
        if (folder != null) {
            try (Stream<Path> all = Files.list(folder)) {
                all.filter(part -> time(part, file).isAfter(Instant.MIN)).forEach(parts::add);
            }
        }
        parts.sort(Comparator.comparing((Path part) -> time(part, file)).reversed());
        return parts;
    }

    private static Instant time(Path part, Path file) {
        String name = String.valueOf(file.getFileName());
        int dot = name.lastIndexOf('.');
        String begin = (dot < 0 ? name : name.substring(0, dot)) + "-";
        String end = dot < 0 ? "" : name.substring(dot);
        String found = String.valueOf(part.getFileName());
        if (!found.startsWith(begin)
                || !found.endsWith(end)
                || found.length() <= begin.length() + end.length()) {
            return Instant.MIN;
        }
        try {
            return LocalDateTime.parse(
                            found.substring(begin.length(), found.length() - end.length()), STAMP)
                    .toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            // Somebody else's file.
            return Instant.MIN;
        }
    }
}
