package io.fairlead.bench;

import io.fairlead.store.CommitResult;
import io.fairlead.store.SqliteStore;
import io.fairlead.store.Transaction;
import io.fairlead.store.Transaction.Anything;
import io.fairlead.store.ValueCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

/// Durable writes of one kilobyte into a [SqliteStore] by 1, 8 and 64 writers that each wait for their last write: how many a second, and how long one takes.
/// Then how long it takes to open a store of 10,000 objects.
///
/// Prints the lowest, middle and highest of the rounds, because one figure of a shared machine says nothing. Arguments: a folder on the disk to measure, the number of rounds.
public final class StoreBench {
    private static final Duration ROUND = Duration.ofMillis(2_500);
    private static final int VALUE_BYTES = 1_024;
    private static final int OBJECTS = 10_000;

    private final Path folder;
    private final int rounds;

    private StoreBench(Path folder, int rounds) {
        this.folder = folder;
        this.rounds = rounds;
    }

    public static void main(String[] arguments) throws Exception {
        Path folder = Files.createTempDirectory(Path.of(arguments[0]), "store-bench");
        int rounds = Integer.parseInt(arguments[1]);
        try {
            new StoreBench(folder, rounds).run();
        } finally {
            delete(folder);
        }
    }

    private void run() throws Exception {
        round(8);
        for (int writers : List.of(1, 8, 64)) {
            double[] rates = new double[rounds];
            double[] middles = new double[rounds];
            double[] slowest = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                long[] nanos = round(writers);
                rates[i] = nanos.length / (ROUND.toMillis() / 1000.0);
                middles[i] = nanos[nanos.length / 2] / 1e6;
                slowest[i] = nanos[nanos.length * 99 / 100] / 1e6;
            }
            System.out.printf(
                    Locale.ROOT,
                    "%2d writers: %s writes/s, p50 %s ms, p99 %s ms%n",
                    writers,
                    spread(rates, "%.0f"),
                    spread(middles, "%.2f"),
                    spread(slowest, "%.2f"));
        }
        measureOpening();
    }

    /// Lowest, middle, highest.
    private static String spread(double[] figures, String format) {
        double[] sorted = figures.clone();
        Arrays.sort(sorted);
        return (format + " / " + format + " / " + format)
                .formatted(sorted[0], sorted[sorted.length / 2], sorted[sorted.length - 1]);
    }

    /// One round's waiting times, sorted.
    private long[] round(int writers) throws Exception {
        try (SqliteStore<byte[]> store = open("round")) {
            ConcurrentLinkedQueue<Long> times = new ConcurrentLinkedQueue<>();
            long end = System.nanoTime() + ROUND.toNanos();
            Thread[] threads = new Thread[writers];
            for (int i = 0; i < writers; i++) {
                String name = "writer-" + i + "-";
                threads[i] = Thread.ofVirtual().start(() -> write(store, name, end, times));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            return times.stream().mapToLong(Long::longValue).sorted().toArray();
        } finally {
            delete(folder.resolve("round.db"));
            delete(folder.resolve("round.db-wal"));
        }
    }

    private static void write(
            SqliteStore<byte[]> store, String name, long end, ConcurrentLinkedQueue<Long> times) {
        int count = 0;
        for (long before = System.nanoTime(); before < end; ) {
            CommitResult unused = put(store, name + count++ % 100);
            long after = System.nanoTime();
            times.add(after - before);
            before = after;
        }
    }

    private static CommitResult put(SqliteStore<byte[]> store, String key) {
        return store.commit(
                        Transaction.<byte[]>builder()
                                .put(key, new byte[VALUE_BYTES], new Anything())
                                .build())
                .join();
    }

    private void measureOpening() throws Exception {
        try (SqliteStore<byte[]> store = open("large")) {
            Transaction.Builder<byte[]> all = Transaction.builder();
            for (int i = 0; i < OBJECTS; i++) {
                all.put("object-" + i, new byte[VALUE_BYTES], new Anything());
            }
            store.commit(all.build()).join();
            for (int i = 0; i < OBJECTS; i += 10) {
                put(store, "object-" + i);
            }
        }
        double[] millis = new double[rounds];
        for (int i = 0; i < rounds; i++) {
            long before = System.nanoTime();
            open("large").close();
            millis[i] = (System.nanoTime() - before) / 1e6;
        }
        System.out.printf(
                Locale.ROOT,
                "open and close with %d objects: first %.0f ms, then %s ms%n",
                OBJECTS,
                millis[0],
                spread(millis, "%.0f"));
    }

    private SqliteStore<byte[]> open(String name) {
        Path file = folder.resolve(name + ".db");
        return SqliteStore.open(
                file,
                new Unchanged(),
                Thread.ofPlatform().name("store").factory(),
                SqliteStore.Options.beside(file));
    }

    /// Bytes are kept as they are.
    private static final class Unchanged implements ValueCodec<byte[]> {
        @Override
        public byte[] encode(String key, byte[] value) {
            return value;
        }

        @Override
        public byte[] decode(String key, byte[] bytes) {
            return bytes;
        }
    }

    private static void delete(Path tree) throws IOException {
        if (!Files.exists(tree)) {
            return;
        }
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
