package io.fairlead.store;

import io.fairlead.store.Transaction.Operation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A store in one SQLite file.
///
/// One thread owns the file. It takes whatever commits are waiting, judges them one after the other on the head they would leave behind, writes all of them with one fsync,
/// makes them visible, tells the watchers and answers the callers; meanwhile the next group gathers. If the write fails, the whole group fails, conflicts included (they may
/// have been judged on what was then lost), and the next group starts from the visible state again.
///
/// A failed write may have reached the device all the same, so it is taken back before anything else is written. Only if the device refuses that too, and the process ends
/// before it recovers, can a write that was reported as failed be there after the next start.
public final class SqliteStore<V> implements Store<V> {
    private static final System.Logger LOG = System.getLogger(SqliteStore.class.getName());

    /// More would only make the first of a group wait longer.
    private static final int GROUP_SIZE_MAX = 1_024;

    private static final long QUIET_MILLIS = 500;

    /// What a store needs to know besides its file.
    ///
    /// @param nativeLibraries where SQLite's native library is kept, unpacked at the first start; may be shared by many stores
    /// @param keptRevisions at least so many of the newest revisions can be watched, unless [Store#compact] says otherwise
    public record Options(Path nativeLibraries, int keptRevisions) {
        /// Libraries beside the data, and the usual length of history.
        public static Options beside(Path file) {
            return new Options(
                    file.toAbsolutePath().resolveSibling("native"), InMemoryStore.KEPT_REVISIONS);
        }

        public Options withNativeLibraries(Path folder) {
            return new Options(folder, keptRevisions);
        }

        public Options withKeptRevisions(int count) {
            return new Options(nativeLibraries, count);
        }
    }

    private final Journal<V> journal;
    private final ValueCodec<V> codec;
    private final BlockingQueue<Task<V>> queue = new LinkedBlockingQueue<>();
    private final Chronicle<V> chronicle;
    private final Thread thread;

    /// Set when an append failed and its traces may still be on the device. Owned by the store's thread.
    private boolean mustWithdraw;

    private volatile boolean closed;

    /// Opens the file, creating it if there is none, and starts the store's thread.
    ///
    /// @throws StoreException when the file cannot be opened, is in use by another process, or was written by a newer program
    public static <V> SqliteStore<V> open(
            Path file, ValueCodec<V> codec, ThreadFactory threads, Options options) {
        SqliteNative.useFrom(options.nativeLibraries());
        return open(new SqliteJournal<>(file, codec), codec, threads, options.keptRevisions());
    }

    static <V> SqliteStore<V> open(
            Journal<V> journal, ValueCodec<V> codec, ThreadFactory threads, int keptRevisions) {
        try {
            SqliteStore<V> store =
                    new SqliteStore<>(journal, journal.open(), codec, threads, keptRevisions);
            store.thread.start();
            return store;
        } catch (StoreException e) {
            journal.close();
            throw e;
        }
    }

    private SqliteStore(
            Journal<V> journal,
            Timeline<V> opened,
            ValueCodec<V> codec,
            ThreadFactory threads,
            int keptRevisions) {
        this.journal = journal;
        this.codec = codec;
        this.chronicle =
                new Chronicle<>(opened, keptRevisions, journal, new Turns(), this::compactFile);
        this.thread = threads.newThread(this::work);
    }

    private sealed interface Task<V> {
        /// @param values the encoded values, by key
        record Write<V>(
                Transaction<V> transaction,
                Map<String, byte[]> values,
                CompletableFuture<CommitResult> result)
                implements Task<V> {}

        record Run<V>(Runnable action) implements Task<V> {}

        record Stop<V>() implements Task<V> {}
    }

    private final class Turns implements Chronicle.Turns {
        @Override
        public void enqueue(Runnable task) {
            queue.add(new Task.Run<>(task));
        }

        @Override
        public void take() {}
    }

    @Override
    public Snapshot<V> snapshot() {
        return chronicle.now();
    }

    @Override
    public CompletableFuture<CommitResult> commit(Transaction<V> transaction) {
        // Encoded here, on the caller's thread, where it costs the store no time.
        Map<String, byte[]> values = new HashMap<>();
        for (Operation<V> operation : transaction.operations()) {
            V value = operation.value();
            if (value != null) {
                values.put(operation.key(), codec.encode(operation.key(), value));
            }
        }
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        queue.add(new Task.Write<>(transaction, values, result));
        if (closed) {
            failWaiting();
        }
        return result;
    }

    @Override
    public Optional<Subscription> watch(long afterRevision, String prefix, Watcher<V> watcher) {
        return chronicle.watch(afterRevision, prefix, watcher);
    }

    @Override
    public void compact(long revision) {
        chronicle.compact(revision);
    }

    @Override
    public void backup(Path file) {
        StoreBackup.write(snapshot(), codec, file);
    }

    @Override
    public long compactedRevision() {
        return chronicle.compactedRevision();
    }

    @Override
    public void close() {
        queue.add(new Task.Stop<>());
        if (Thread.currentThread().equals(thread)) {
            return;
        }
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void work() {
        try {
            List<Task<V>> tasks = new ArrayList<>();
            while (process(tasks)) {
                tasks.clear();
                waitForTasks(tasks);
            }
        } finally {
            closed = true;
            failWaiting();
            closeJournal();
        }
    }

    private void closeJournal() {
        try {
            withdrawFailed();
        } catch (StoreException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        } finally {
            journal.close();
        }
    }

    private void waitForTasks(List<Task<V>> tasks) {
        try {
            Task<V> first = queue.poll(QUIET_MILLIS, TimeUnit.MILLISECONDS);
            if (first == null) {
                rest();
                first = queue.take();
            }
            tasks.add(first);
            queue.drainTo(tasks, GROUP_SIZE_MAX - 1);
        } catch (InterruptedException e) {
            // The thread belongs to the store alone, and close() is how it ends.
            tasks.add(new Task.Stop<>());
        }
    }

    /// Writes go first: what else waits (watches, compactions) was decided on what was visible when it came, and nothing that comes later changes that.
    ///
    /// @return false when the store shall stop
    private boolean process(List<Task<V>> tasks) {
        List<Task.Write<V>> group = new ArrayList<>(tasks.size());
        List<Runnable> actions = new ArrayList<>();
        boolean goesOn = true;
        for (Task<V> task : tasks) {
            switch (task) {
                case Task.Write<V> write -> group.add(write);
                case Task.Run<V>(Runnable action) -> actions.add(action);
                case Task.Stop<V>() -> goesOn = false;
            }
        }
        if (!group.isEmpty()) {
            commitGroup(group);
        }
        actions.forEach(Runnable::run);
        return goesOn;
    }

    private void commitGroup(List<Task.Write<V>> group) {
        Draft<V> draft = new Draft<>(chronicle.now());
        List<CommitResult> results = new ArrayList<>(group.size());
        for (Task.Write<V> write : group) {
            results.add(draft.add(write));
        }
        try {
            append(draft.rows);
        } catch (RuntimeException | Error failed) {
            group.forEach(write -> write.result().completeExceptionally(failed));
            if (failed instanceof Error) {
                throw failed;
            }
            return;
        }
        if (!draft.moments.isEmpty()) {
            chronicle.publish(draft.head, draft.moments);
        }
        for (int i = 0; i < results.size(); i++) {
            group.get(i).result().complete(results.get(i));
        }
    }

    /// What a group of transactions would leave behind.
    private static final class Draft<V> {
        private Contents<V> head;
        private final List<Moment<V>> moments = new ArrayList<>();
        private final List<Journal.Row> rows = new ArrayList<>();

        Draft(Contents<V> head) {
            this.head = head;
        }

        CommitResult add(Task.Write<V> write) {
            return switch (head.judge(write.transaction())) {
                case Contents.Verdict.Refused<V>(CommitResult.Conflict conflict) -> conflict;
                case Contents.Verdict.Unchanged<V>() -> new CommitResult.Committed(head.revision());
                case Contents.Verdict.Accepted<V>(Contents<V> next, Moment<V> moment) -> {
                    head = next;
                    moments.add(moment);
                    for (Watcher.Change<V> change : moment.changes()) {
                        rows.add(row(change, moment.revision(), write.values().get(change.key())));
                    }
                    yield new CommitResult.Committed(moment.revision());
                }
            };
        }

        private static <V> Journal.Row row(
                Watcher.Change<V> change, long revision, byte @Nullable [] value) {
            long created = change.after().or(change::before).orElseThrow().createRevision();
            return new Journal.Row(revision, change.key(), created, value);
        }
    }

    private void append(List<Journal.Row> rows) {
        if (rows.isEmpty()) {
            return;
        }
        withdrawFailed();
        try {
            journal.append(rows);
        } catch (StoreException failed) {
            mustWithdraw = true;
            try {
                withdrawFailed();
            } catch (StoreException alsoFailed) {
                failed.addSuppressed(alsoFailed);
            }
            throw failed;
        }
    }

    private void withdrawFailed() {
        if (mustWithdraw) {
            journal.withdraw(chronicle.now().revision());
            mustWithdraw = false;
        }
    }

    private void compactFile(long revision) {
        try {
            withdrawFailed();
            journal.compact(revision);
        } catch (StoreException e) {
            // Nothing is lost: the next compaction covers this one.
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
    }

    private void rest() {
        try {
            withdrawFailed();
            journal.rest();
        } catch (StoreException e) {
            LOG.log(System.Logger.Level.WARNING, e.getMessage());
        }
    }

    private void failWaiting() {
        for (Task<V> task = queue.poll(); task != null; task = queue.poll()) {
            if (task instanceof Task.Write<V> write) {
                write.result().completeExceptionally(new StoreException("The store is closed."));
            }
        }
    }
}
