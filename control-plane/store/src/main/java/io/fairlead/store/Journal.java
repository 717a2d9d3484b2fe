package io.fairlead.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The device below a durable store: an ordered list of changes that survives. Everything fails with [StoreException].
/// Used by one thread at a time.
interface Journal<V> extends Chronicle.Archive<V>, AutoCloseable {
    /// One key's change, as it is kept. Rows are never compared.
    ///
    /// @param value null for a removal
    @SuppressWarnings("ArrayRecordComponent")
    record Row(long revision, String key, long createRevision, byte @Nullable [] value) {}

    /// The newest state that was made durable.
    Timeline<V> open();

    /// Keeps the rows, all or none; they are durable on return. After a failure [#withdraw] must be called before anything else is appended.
    void append(List<Row> rows);

    /// Makes sure that nothing after `revision` is or becomes part of the journal: an append that failed may have reached the device all the same.
    void withdraw(long revision);

    /// Drops what only history at or before `revision` needs.
    void compact(long revision);

    /// Called when nothing has been asked for a while.
    void rest();

    @Override
    void close();
}
