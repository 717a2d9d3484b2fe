package io.fairlead.store;

import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/// A store that forgets everything when the process ends: for tests and throw-away clusters.
///
/// It has no thread of its own: whoever finds it idle does the waiting work, one piece at a time, so a single caller sees every effect, watchers included,
/// before its call returns.
public final class InMemoryStore<V> implements Store<V> {
    /// How many revisions can be watched back when nobody says otherwise.
    public static final int KEPT_REVISIONS = 10_000;

    private final Chronicle.Turns turns = new OneAtATime();
    private final Chronicle<V> chronicle;
    private volatile boolean closed;

    public InMemoryStore() {
        this(KEPT_REVISIONS);
    }

    /// @param keptRevisions at least so many of the newest revisions can be watched, unless [#compact] says otherwise
    public InMemoryStore(int keptRevisions) {
        this.chronicle =
                new Chronicle<>(
                        Timeline.empty(),
                        keptRevisions,
                        (after, upTo) -> List.of(),
                        turns,
                        revision -> {});
    }

    @Override
    public Snapshot<V> snapshot() {
        return chronicle.now();
    }

    @Override
    public CompletableFuture<CommitResult> commit(Transaction<V> transaction) {
        CompletableFuture<CommitResult> result = new CompletableFuture<>();
        turns.enqueue(() -> {
            if (closed) {
                result.completeExceptionally(new StoreException("The store is closed."));
            } else {
                result.complete(commitNow(transaction));
            }
        });
        turns.take();
        return result;
    }

    private CommitResult commitNow(Transaction<V> transaction) {
        Contents<V> now = chronicle.now();
        return switch (now.judge(transaction)) {
            case Contents.Verdict.Refused<V>(CommitResult.Conflict conflict) -> conflict;
            case Contents.Verdict.Unchanged<V>() -> new CommitResult.Committed(now.revision());
            case Contents.Verdict.Accepted<V>(Contents<V> next, Moment<V> moment) -> {
                chronicle.publish(next, List.of(moment));
                yield new CommitResult.Committed(next.revision());
            }
        };
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
    public long compactedRevision() {
        return chronicle.compactedRevision();
    }

    @Override
    public void close() {
        closed = true;
    }

    /// Tasks run on the thread that finds nobody else at it.
    private static final class OneAtATime implements Chronicle.Turns {
        private final Queue<Runnable> work = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean taken = new AtomicBoolean();

        @Override
        public void enqueue(Runnable task) {
            work.add(task);
        }

        @Override
        public void take() {
            while (!work.isEmpty() && taken.compareAndSet(false, true)) {
                try {
                    for (Runnable next = work.poll(); next != null; next = work.poll()) {
                        next.run();
                    }
                } finally {
                    taken.set(false);
                }
            }
        }
    }
}
