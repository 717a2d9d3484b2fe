package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.store.Transaction.Anything;
import io.fairlead.testkit.Command;
import io.fairlead.testkit.Requirement;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A real device that really refuses.
class FullDiskLinuxTest {
    @TempDir private Path folder = Path.of("");
    private Path disk = Path.of("");

    @BeforeEach
    void mountSmallDisk() throws IOException {
        Requirement.rootAnd("mount", "umount");
        disk = Files.createDirectory(folder.resolve("disk"));
        Command.run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", disk.toString()).succeeded();
    }

    @AfterEach
    void unmount() {
        if (Files.isDirectory(disk) && disk.isAbsolute()) {
            Command.run("umount", "--lazy", disk.toString());
        }
    }

    private SqliteStore<String> open() {
        return SqliteStore.open(
                disk.resolve("store.db"),
                Words.CODEC,
                Thread.ofPlatform().factory(),
                new SqliteStore.Options(SqliteStoreTest.LIBRARIES, 1_000_000));
    }

    private static long put(SqliteStore<String> store, String value) {
        CommitResult result =
                store.commit(
                                Transaction.<String>builder()
                                        .put("key", value, new Anything())
                                        .build())
                        .join();
        return ((CommitResult.Committed) result).revision();
    }

    @Test
    @Timeout(60)
    void aFullDiskFailsWritesKeepsReadsAndHealsWhenThereIsRoomAgain() throws IOException {
        Path filler = disk.resolve("filler");
        Files.write(filler, new byte[400_000]);
        long last = 1;
        long afterwards;
        try (SqliteStore<String> store = open()) {
            last = fill(store);
            assertThat(store.snapshot().revision()).isEqualTo(last);
            assertThat(store.snapshot().get("key").map(Stored::modRevision)).contains(last);
            Files.delete(filler);
            afterwards = put(store, "room");
            assertThat(afterwards).isEqualTo(last + 1);
        }
        try (SqliteStore<String> store = open()) {
            assertThat(store.snapshot().revision()).isEqualTo(afterwards);
            assertThat(store.snapshot().list(""))
                    .containsExactly(new Stored<>("key", "room", 2, afterwards));
            Listening listening = new Listening();
            assertThat(store.watch(1, "", listening)).isPresent();
            assertThat(listening.changesUpTo(afterwards)).hasSize((int) afterwards - 1);
        }
    }

    /// Writes until the disk is full, and a few times more.
    private static long fill(SqliteStore<String> store) {
        long last = 1;
        int refusals = 0;
        for (int i = 0; i < 1_000; i++) {
            try {
                last = put(store, "x".repeat(3_000) + i);
            } catch (CompletionException e) {
                assertThat(e.getCause())
                        .isInstanceOf(StoreException.class)
                        .hasMessageContaining("the data file")
                        .hasMessageContaining("FULL");
                if (++refusals == 3) {
                    return last;
                }
            }
        }
        return fail("the disk never filled");
    }
}
