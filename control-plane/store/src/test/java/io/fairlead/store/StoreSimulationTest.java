package io.fairlead.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.store.Transaction.Absent;
import io.fairlead.store.Transaction.Anything;
import io.fairlead.store.Transaction.AtRevision;
import io.fairlead.store.Transaction.Expectation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Random histories of commits, watches, compactions, faults, restarts and crashes, compared with [ModelStore] after every step.
/// `-Dfairlead.seed=N` replays one, `-Dfairlead.seeds=N` tries so many.
class StoreSimulationTest {
    private static final int STEPS = 60;
    private static final List<String> KEYS = List.of("/a/1", "/a/2", "/a/3", "/b/1", "/b/2", "/c");
    private static final List<String> PREFIXES = List.of("", "/a/", "/b/1", "/c", "/nothing");

    @TempDir private Path folder = Path.of("");

    @Test
    void storesInMemoryDoAsTheModelDoes() {
        seeds(100).forEach(seed -> explained(seed, () -> new History(seed, false).run()));
    }

    @Test
    void storesInFilesDoAsTheModelDoesThroughFaultsAndCrashes() {
        seeds(30).forEach(seed -> explained(seed, () -> new History(seed, true).run()));
    }

    private static LongStream seeds(long usual) {
        Long chosen = Long.getLong("fairlead.seed");
        return chosen != null
                ? LongStream.of(chosen)
                : LongStream.range(0, Long.getLong("fairlead.seeds", usual));
    }

    private interface Run {
        void run() throws Exception;
    }

    private static void explained(long seed, Run run) {
        try {
            run.run();
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    "seed %d: %s; replay with -Dfairlead.seed=%d".formatted(seed, e, seed), e);
        }
    }

    /// One run.
    private final class History {
        private final SplittableRandom random;
        private final boolean isDurable;
        private final Path place;
        private final ModelStore model = new ModelStore();
        private final List<Watch> watches = new ArrayList<>();
        private int files;
        private FaultyJournal journal;
        private Store<String> store;

        private record Watch(long after, String prefix, Listening listening) {}

        History(long seed, boolean isDurable) throws IOException {
            this.random = new SplittableRandom(seed);
            this.isDurable = isDurable;
            this.place =
                    Files.createDirectories(folder.resolve((isDurable ? "file" : "memory") + seed));
            SqliteNative.useFrom(SqliteStoreTest.LIBRARIES);
            this.journal = newJournal();
            this.store = newStore();
        }

        private Path file() {
            return place.resolve("store" + files + ".db");
        }

        private FaultyJournal newJournal() {
            return new FaultyJournal(new SqliteJournal<>(file(), Words.CODEC), random.split());
        }

        private Store<String> newStore() {
            return isDurable
                    ? SqliteStore.open(
                            journal,
                            Words.CODEC,
                            Thread.ofPlatform().name("simulated-store").factory(),
                            1_000_000)
                    : new InMemoryStore<>(1_000_000);
        }

        void run() throws IOException {
            try {
                for (int step = 0; step < STEPS; step++) {
                    step();
                    compare();
                }
                compareWatches();
            } finally {
                store.close();
            }
        }

        private void step() throws IOException {
            switch (random.nextInt(12)) {
                case 0, 1, 2 -> watch();
                case 3 -> compact();
                case 4 -> restart();
                case 5 -> crash();
                case 6 -> fault();
                default -> commit();
            }
        }

        /// Several at once, so that they meet in groups.
        private void commit() {
            List<Transaction<String>> transactions = new ArrayList<>();
            List<CompletableFuture<CommitResult>> results = new ArrayList<>();
            for (int i = random.nextInt(6); i >= 0; i--) {
                Transaction<String> transaction = transaction();
                transactions.add(transaction);
                results.add(store.commit(transaction));
            }
            for (int i = 0; i < results.size(); i++) {
                try {
                    CommitResult result = results.get(i).join();
                    assertThat(result).isEqualTo(model.commit(transactions.get(i)));
                } catch (CompletionException e) {
                    assertThat(e).hasRootCauseMessage("injected fault");
                }
            }
        }

        private Transaction<String> transaction() {
            Transaction.Builder<String> transaction = Transaction.builder();
            for (String key : KEYS) {
                switch (random.nextInt(12)) {
                    case 0, 1 -> transaction.put(key, "v" + random.nextInt(1000), expectation(key));
                    case 2 -> transaction.delete(key, expectation(key));
                    case 3 -> transaction.check(key, expectation(key));
                    default -> {}
                }
            }
            return transaction.build();
        }

        private Expectation expectation(String key) {
            Stored<String> present = model.values.get(key);
            return switch (random.nextInt(8)) {
                case 0 -> new Absent();
                case 1 -> new AtRevision(1 + random.nextInt((int) model.revision));
                case 2, 3 -> present == null ? new Absent() : new AtRevision(present.modRevision());
                default -> new Anything();
            };
        }

        private void watch() {
            long after = 1 + random.nextLong(model.revision);
            String prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
            Listening listening = new Listening();
            boolean isOpen = store.watch(after, prefix, listening).isPresent();
            assertThat(isOpen).isEqualTo(after >= store.compactedRevision());
            if (isOpen) {
                watches.add(new Watch(after, prefix, listening));
            }
        }

        private void compact() {
            store.compact(1 + random.nextLong(model.revision));
        }

        private void fault() {
            if (isDurable) {
                journal.failNext(1 + random.nextInt(3));
                commit();
                journal.failNext(0);
                // The device is well again; the next write takes back what the failed ones may have
                // left on it.
                Transaction<String> sound =
                        Transaction.<String>builder().put("/c", "sound", new Anything()).build();
                assertThat(store.commit(sound).join()).isEqualTo(model.commit(sound));
            }
        }

        private void restart() {
            if (isDurable) {
                compareWatches();
                store.close();
                journal = newJournal();
                store = newStore();
            }
        }

        /// The files as they are at this moment, with half a write behind them, are all that is left.
        private void crash() throws IOException {
            if (!isDurable) {
                return;
            }
            compareWatches();
            Path before = file();
            files++;
            // All commits have been answered; a compaction may be under way, and lost or torn.
            copy(before, file());
            store.close();
            journal = newJournal();
            store = newStore();
        }

        private static void copy(Path from, Path to) throws IOException {
            Files.copy(from, to);
            Path log = Path.of(from + "-wal");
            if (Files.exists(log)) {
                Path copied = Path.of(to + "-wal");
                Files.copy(log, copied);
                Files.write(copied, new byte[1000], StandardOpenOption.APPEND);
            }
        }

        private void compare() {
            Snapshot<String> snapshot = store.snapshot();
            assertThat(snapshot.revision()).isEqualTo(model.revision);
            assertThat(snapshot.list("")).containsExactlyElementsOf(model.values.values());
            String prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
            assertThat(snapshot.count(prefix))
                    .isEqualTo(
                            (int)
                                    model.values.keySet().stream()
                                            .filter(k -> k.startsWith(prefix))
                                            .count());
        }

        private void compareWatches() {
            for (Watch watch : watches) {
                List<String> expected = model.heard(watch.after(), model.revision, watch.prefix());
                if (expected.isEmpty()) {
                    continue;
                }
                long last = Long.parseLong(expected.getLast().split(" ")[0]);
                if (!watch.listening().changesUpTo(last).equals(expected)) {
                    fail(
                            "watch after %d of '%s' heard %s instead of %s"
                                    .formatted(
                                            watch.after(),
                                            watch.prefix(),
                                            watch.listening().heard(),
                                            expected));
                }
            }
            watches.clear();
        }
    }
}
