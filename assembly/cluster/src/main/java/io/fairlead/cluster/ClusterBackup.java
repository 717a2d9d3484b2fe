package io.fairlead.cluster;

import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonReader;
import io.fairlead.api.JsonSyntaxException;
import io.fairlead.api.JsonWriter;
import io.fairlead.store.StoreBackup;
import io.fairlead.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/// A whole cluster's state in one file: a ZIP archive with the store, the keys and the settings. Images, volumes and what containers wrote are not in it.
///
///     backup.json      what this is
///     store.db         every object, as [StoreBackup] writes it
///     cluster.json, serving.json
///     pki/             keys and certificates
public final class ClusterBackup {
    private static final int FORMAT = 1;
    private static final String MANIFEST = "backup.json";
    private static final String STORE = "store.db";
    private static final List<String> SETTINGS = List.of("cluster.json", "serving.json");

    private ClusterBackup() {}

    /// Writes the archive, which is there whole or not at all.
    ///
    /// @param store a copy of the store
    /// @throws ClusterException when it cannot be written
    public static void write(ClusterFolders folders, byte[] store, Path archive) {
        Path fresh = archive.resolveSibling(archive.getFileName() + ".new");
        try {
            Files.deleteIfExists(fresh);
            // It holds every secret and every key.
            Files.createFile(
                    fresh,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
            try (OutputStream out = Files.newOutputStream(fresh, StandardOpenOption.WRITE);
                    ZipOutputStream zip = new ZipOutputStream(out)) {
                JsonObject manifest =
                        JsonObject.builder()
                                .put("format", FORMAT)
                                .put("cluster", folders.name())
                                .build();
                put(zip, MANIFEST, JsonWriter.prettyBytes(manifest));
                put(zip, STORE, store);
                for (String name : SETTINGS) {
                    Path file = folders.data().resolve(name);
                    if (Files.exists(file)) {
                        put(zip, name, Files.readAllBytes(file));
                    }
                }
                for (Path file : keys(folders)) {
                    put(zip, "pki/" + file.getFileName(), Files.readAllBytes(file));
                }
            }
            Files.move(
                    fresh,
                    archive,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new ClusterException(
                    "the backup %s cannot be written: %s.".formatted(archive, e.getMessage()), e);
        }
    }

    /// Makes a cluster's state of an archive. Nothing of it may be running.
    ///
    /// @return the revision at which the store begins
    /// @throws ClusterException when the archive is none, or state is there already and `replacement` is not asked for
    public static long restore(Path archive, ClusterFolders folders, Replacement replacement) {
        if (folders.process().isPresent()) {
            throw new ClusterException(
                    "cluster \"%s\" is running: stop it with \"fairlead down\" before it is restored."
                            .formatted(folders.name()));
        }
        if (Files.exists(folders.store()) && replacement == Replacement.REFUSED) {
            throw new ClusterException(
                    "%s has state already: remove it with \"fairlead down --delete\", or say --replace."
                            .formatted(folders.data()));
        }
        folders.create();
        Path staging = folders.data().resolve("restoring");
        ClusterFolders.remove(staging);
        try (ZipFile zip = new ZipFile(archive.toFile())) {
            check(zip, archive);
            Files.createDirectories(staging.resolve("pki"));
            for (ZipEntry entry : zip.stream().toList()) {
                unpack(zip, entry, staging);
            }
            for (String name : SETTINGS) {
                move(staging.resolve(name), folders.data().resolve(name));
            }
            try (Stream<Path> keys = Files.list(staging.resolve("pki"))) {
                for (Path key : keys.toList()) {
                    move(key, folders.pki().resolve(key.getFileName()));
                }
            }
            // Last, for with it the cluster is the restored one.
            return StoreBackup.restore(
                    staging.resolve(STORE), folders.store(), folders.data().resolve("native"));
        } catch (IOException | StoreException e) {
            throw new ClusterException(
                    "%s cannot be restored: %s.".formatted(archive, e.getMessage()), e);
        } finally {
            ClusterFolders.remove(staging);
        }
    }

    /// What becomes of state that is there.
    public enum Replacement {
        WANTED,
        REFUSED
    }

    private static void check(ZipFile zip, Path archive) throws IOException {
        ZipEntry entry = zip.getEntry(MANIFEST);
        if (entry == null || zip.getEntry(STORE) == null) {
            throw new IOException("it is no backup of a cluster");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            long format = JsonReader.readObject(in.readAllBytes()).number(0, "format");
            if (format != FORMAT) {
                throw new ClusterException(
                        "%s has format %d, and this version of Fairlead reads %d: use the version that wrote it."
                                .formatted(archive, format, FORMAT));
            }
        } catch (JsonSyntaxException e) {
            throw new IOException("it does not say what it is", e);
        }
    }

    private static void unpack(ZipFile zip, ZipEntry entry, Path staging) throws IOException {
        String name = entry.getName();
        boolean isKnown =
                name.equals(STORE)
                        || SETTINGS.contains(name)
                        || (name.matches("pki/[A-Za-z0-9._-]+") && !name.contains(".."));
        if (!isKnown) {
            return;
        }
        Path file = staging.resolve(name);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try (InputStream in = zip.getInputStream(entry);
                OutputStream out = Files.newOutputStream(file)) {
            in.transferTo(out);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(
                    from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static List<Path> keys(ClusterFolders folders) throws IOException {
        if (!Files.isDirectory(folders.pki())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folders.pki())) {
            return new ArrayList<>(files.filter(Files::isRegularFile).sorted().toList());
        }
    }

    private static void put(ZipOutputStream zip, String name, byte[] content) throws IOException {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(content);
        zip.closeEntry();
    }
}
