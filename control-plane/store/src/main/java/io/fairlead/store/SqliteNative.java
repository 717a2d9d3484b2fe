package io.fairlead.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;

/// The driver's native library, unpacked once and for all into a folder of ours: left alone, the driver unpacks it into the temporary directory at every start, and
/// leaves it there when the process is killed.
final class SqliteNative {
    private SqliteNative() {}

    /// Tells the driver where its library is, unpacking it if this version's is not there yet. The first call of a process decides.
    static synchronized void useFrom(Path folder) {
        if (System.getProperty("org.sqlite.lib.path") != null) {
            return;
        }
        Path own = folder.resolve("sqlite-" + SQLiteJDBCLoader.getVersion()).toAbsolutePath();
        String name = LibraryLoaderUtil.getNativeLibName();
        Path library = own.resolve(name);
        if (!Files.exists(library)) {
            unpack(LibraryLoaderUtil.getNativeLibResourcePath() + "/" + name, library);
        }
        System.setProperty("org.sqlite.lib.path", own.toString());
        System.setProperty("org.sqlite.lib.name", name);
        System.setProperty("org.sqlite.tmpdir", own.toString());
    }

    private static void unpack(String resource, Path library) {
        try (InputStream packed = SQLiteJDBCLoader.class.getResourceAsStream(resource)) {
            if (packed == null) {
                throw new StoreException(
                        "SQLite has no native library for this system: " + resource);
            }
            Path folder = Files.createDirectories(library.getParent());
            Path fresh =
                    Files.createTempFile(
                            folder,
                            "unpacking",
                            ".tmp",
                            PosixFilePermissions.asFileAttribute(
                                    PosixFilePermissions.fromString("rwx------")));
            Files.copy(packed, fresh, StandardCopyOption.REPLACE_EXISTING);
            Files.move(fresh, library, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StoreException(
                    "Cannot unpack SQLite's native library to " + library + ": " + e.getMessage(),
                    e);
        }
    }
}
