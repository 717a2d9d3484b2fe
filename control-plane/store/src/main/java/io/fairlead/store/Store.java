package io.fairlead.store;

import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// A versioned map from keys to values: the truth of a cluster, and the only thing that survives a crash.
///
/// The guarantees, each checked by a contract of its name:
///
/// - *Ordered*: revisions grow by one with each transaction; watchers hear them in that order, gaps excluded.
/// - *Unique*: no visible revision is used twice, also after a crash.
/// - *Atomic*: a transaction's writes become visible together, at one revision, or not at all.
/// - *Reliable*: what [#commit] acknowledged survives a crash; what is visible is durable.
/// - *Resumable*: a watch from revision R hears every later write that was not compacted, without gap or repetition.
/// - *Bookmarkable*: a watcher can know that it has heard everything up to a revision.
///
/// An empty store is at revision 1, so that 0 is free to mean "none" everywhere. Keys are ordered as [String#compareTo] does.
///
/// @param <V> what is stored, immutable; turned into bytes by a [ValueCodec]
public interface Store<V> extends AutoCloseable {
    /// The newest visible state. Costs nothing; never changes.
    Snapshot<V> snapshot();

    /// Judges the preconditions on the newest pending state, then applies all writes at one new revision. Completes once that is durable
    /// and visible, or with [CommitResult.Conflict]. A transaction without writes completes at the newest visible revision.
    ///
    /// Fails with [StoreException] when durability cannot be had: then nothing of the transaction is or becomes visible.
    /// Watchers have been told before the future completes. It completes on the store's thread: dependents that may take time belong on an executor.
    CompletableFuture<CommitResult> commit(Transaction<V> transaction);

    /// Calls `watcher` for every visible transaction after `afterRevision` that touches a key with the prefix, past ones first. Calls come in order, one at a
    /// time, on the store's thread: a watcher must take them quickly and hand them on. A watcher that throws is closed.
    ///
    /// `afterRevision` may lie in the future.
    ///
    /// @return empty when revisions after `afterRevision` have been compacted away
    Optional<Subscription> watch(long afterRevision, String prefix, Watcher<V> watcher);

    /// Forgets history up to and including `revision`, which must be visible already; present values stay. Does nothing when that was compacted before.
    void compact(long revision);

    /// Writes what is visible now into a new file, from which [StoreBackup#restore] makes a store. Writes go on meanwhile.
    ///
    /// @throws StoreException when that cannot be, or this store keeps nothing
    default void backup(Path file) {
        throw new StoreException("This store cannot be backed up: it keeps nothing");
    }

    /// The newest revision that was compacted; watches must start at or after it.
    long compactedRevision();

    /// Finishes what was handed in before, and frees the device. Later commits fail.
    @Override
    void close();

    /// An open watch; after [#close] returns, at most one more call is under way.
    interface Subscription extends AutoCloseable {
        /// Asks for a call of [Watcher#onProgress] with a revision not older than what is visible now.
        void requestProgress();

        @Override
        void close();
    }
}
