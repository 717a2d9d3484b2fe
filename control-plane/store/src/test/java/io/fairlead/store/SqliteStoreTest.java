package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.store.Transaction.Anything;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.jdbc4.JDBC4Connection;

class SqliteStoreTest extends StoreContract {
    /// One folder for all tests: the driver loads its library once in a process.
    static final Path LIBRARIES = Path.of("target", "native").toAbsolutePath();

    @TempDir private Path folder = Path.of("");

    private Path file() {
        return folder.resolve("store.db");
    }

    @Override
    Store<String> create() {
        return open(10);
    }

    private SqliteStore<String> open(int keptRevisions) {
        return SqliteStore.open(
                file(),
                Words.CODEC,
                Thread.ofPlatform().name("store").factory(),
                new SqliteStore.Options(LIBRARIES, keptRevisions));
    }

    @Override
    Optional<Store<String>> reopen(Store<String> store) {
        store.close();
        return Optional.of(open(10));
    }

    private void alter(String sql) throws Exception {
        try (Connection connection =
                        new JDBC4Connection(
                                "jdbc:sqlite:" + file(), file().toString(), new Properties());
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    @Test
    void refusesAFileOfANewerProgramInOneSentence() throws Exception {
        end();
        alter("PRAGMA user_version = 99");
        assertThatThrownBy(() -> open(10))
                .isInstanceOf(StoreException.class)
                .hasMessage(
                        "The data file %s has format 99, and this program reads up to 1: start the newer program that wrote it, or choose another data folder."
                                .formatted(file()));
        alter("PRAGMA user_version = 1");
        open(10).close();
    }

    @Test
    void refusesAFileThatIsNoDatabase() throws Exception {
        end();
        Files.writeString(file(), "this has never been a database of any kind".repeat(100));
        assertThatThrownBy(() -> open(10))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file().toString());
    }

    @Test
    void refusesAFileThatIsInUse() {
        assertThatThrownBy(() -> open(10))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("another process has it open");
    }

    @Test
    void keepsItsFilesToItself() throws Exception {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path each : files.toList()) {
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(each)))
                        .as("%s", each)
                        .isEqualTo("rw-------");
            }
        }
    }

    @Test
    void unpacksTheLibraryOnceAndOutsideTheTemporaryFolder() throws Exception {
        assertThat(System.getProperty("org.sqlite.lib.path")).startsWith(LIBRARIES.toString());
        try (Stream<Path> files = Files.walk(LIBRARIES)) {
            assertThat(files.filter(Files::isRegularFile)).hasSize(1);
        }
    }

    @Test
    void compactionKeepsTheFileSmall() throws Exception {
        end();
        try (SqliteStore<String> store = open(100)) {
            List<CompletableFuture<CommitResult>> writes = new ArrayList<>();
            for (int i = 0; i < 3_000; i++) {
                if (i % 100 == 0) {
                    writes.forEach(CompletableFuture::join);
                }
                writes.add(
                        store.commit(
                                Transaction.<String>builder()
                                        .put("k", "x".repeat(1000) + i, new Anything())
                                        .build()));
            }
            writes.forEach(CompletableFuture::join);
        }
        assertThat(Files.size(file())).isLessThan(1_500_000);
        try (SqliteStore<String> store = open(100)) {
            assertThat(store.snapshot().revision()).isEqualTo(3_001);
            assertThat(store.compactedRevision()).isGreaterThan(2_700);
        }
    }
}
