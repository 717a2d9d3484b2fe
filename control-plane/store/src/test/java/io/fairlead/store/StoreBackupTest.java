package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreBackupTest {
    @TempDir Path folder;

    @Test
    void bringsEverythingBackFarAhead() {
        long revision;
        try (SqliteStore<String> store = open("a.db")) {
            put(store, "/a", "one");
            put(store, "/b", "two");
            put(store, "/a", "three");
            store.commit(delete("/b")).join();
            revision = store.snapshot().revision();
            store.backup(folder.resolve("backup"));
            put(store, "/a", "later");
        }

        long begin = restore();

        assertThat(begin).isEqualTo(revision + StoreBackup.REVISIONS_AHEAD);
        try (SqliteStore<String> store = open("restored.db")) {
            assertThat(store.snapshot().list("")).hasSize(1);
            Stored<String> restored = store.snapshot().get("/a").orElseThrow();
            assertThat(restored.value()).isEqualTo("three");
            assertThat(restored.modRevision()).isLessThanOrEqualTo(revision);
            assertThat(store.snapshot().revision()).isEqualTo(begin);
            put(store, "/a", "four");
            assertThat(store.snapshot().revision()).isEqualTo(begin + 1);
        }
    }

    @Test
    void tellsOldWatchersToBeginAnew() {
        try (SqliteStore<String> store = open("a.db")) {
            put(store, "/a", "one");
            store.backup(folder.resolve("backup"));
        }
        long begin = restore();
        try (SqliteStore<String> store = open("restored.db")) {
            Watcher<String> nobody = (revision, changes) -> {};

            assertThat(store.watch(2, "", nobody)).isEmpty();
            assertThat(store.watch(begin - 1, "", nobody)).isEmpty();
            assertThat(store.watch(begin, "", nobody)).isPresent();
        }
    }

    @Test
    void takesOneMomentWhileWritesGoOn() {
        AtomicBoolean isOver = new AtomicBoolean();
        try (SqliteStore<String> store = open("a.db");
                ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<Void> writing =
                    CompletableFuture.runAsync(
                            () -> {
                                for (int i = 0; !isOver.get(); i++) {
                                    String value = Integer.toString(i);
                                    store.commit(
                                                    Transaction.<String>builder()
                                                            .put(
                                                                    "/x",
                                                                    value,
                                                                    new Transaction.Anything())
                                                            .put(
                                                                    "/y",
                                                                    value,
                                                                    new Transaction.Anything())
                                                            .build())
                                            .join();
                                }
                            },
                            writers);
            while (store.snapshot().count("") < 2) {
                Thread.onSpinWait();
            }
            store.backup(folder.resolve("backup"));
            isOver.set(true);
            writing.join();
        }
        restore();
        try (SqliteStore<String> store = open("restored.db")) {
            assertThat(store.snapshot().get("/x").orElseThrow().value())
                    .isEqualTo(store.snapshot().get("/y").orElseThrow().value());
        }
    }

    @Test
    void replacesWhatWasThereOnlyWhenItIsWhole() throws Exception {
        try (SqliteStore<String> store = open("restored.db")) {
            put(store, "/a", "present");
        }
        Files.writeString(folder.resolve("backup"), "no database at all, but long enough");

        assertThatThrownBy(this::restore).isInstanceOf(StoreException.class);
        try (SqliteStore<String> store = open("restored.db")) {
            assertThat(store.snapshot().get("/a").orElseThrow().value()).isEqualTo("present");
        }
    }

    @Test
    void keepsBackupsForTheirOwnerAlone() throws Exception {
        try (SqliteStore<String> store = open("a.db")) {
            store.backup(folder.resolve("backup"));
        }

        assertThat(Files.getPosixFilePermissions(folder.resolve("backup")))
                .extracting(Enum::name)
                .containsExactlyInAnyOrderElementsOf(List.of("OWNER_READ", "OWNER_WRITE"));
    }

    private long restore() {
        return StoreBackup.restore(
                folder.resolve("backup"), folder.resolve("restored.db"), SqliteStoreTest.LIBRARIES);
    }

    private SqliteStore<String> open(String name) {
        Path file = folder.resolve(name);
        return SqliteStore.open(
                file,
                Words.CODEC,
                Thread.ofPlatform().daemon().factory(),
                new SqliteStore.Options(SqliteStoreTest.LIBRARIES, 1_000_000));
    }

    private static void put(Store<String> store, String key, String value) {
        store.commit(
                        Transaction.<String>builder()
                                .put(key, value, new Transaction.Anything())
                                .build())
                .join();
    }

    private static Transaction<String> delete(String key) {
        return Transaction.<String>builder().delete(key, new Transaction.Anything()).build();
    }
}
