package io.fairlead.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Copies of a store's present state: a file like [SqliteStore]'s own, without history.
public final class StoreBackup {
    /// How far ahead of its backup a restored store begins. Whoever watched the lost store, which may have gone on after the backup, is beyond what this one compacted, and
    /// so told to begin anew, instead of being told of other things under the same revisions.
    public static final long REVISIONS_AHEAD = 1_000_000_000;

    private StoreBackup() {}

    /// Writes a state into a new file.
    ///
    /// @throws StoreException when the file is there already, or cannot be written
    static <V> void write(Snapshot<V> state, ValueCodec<V> codec, Path file) {
        if (Files.exists(file)) {
            throw new StoreException("Cannot write the backup " + file + ": it exists");
        }
        List<Stored<V>> all = new ArrayList<>(state.list(""));
        all.sort(Comparator.comparingLong(Stored<V>::modRevision).thenComparing(Stored::key));
        try (SqliteJournal<V> copy = new SqliteJournal<>(file, codec)) {
            List<Journal.Row> rows = new ArrayList<>(all.size());
            for (Stored<V> stored : all) {
                rows.add(
                        new Journal.Row(
                                stored.modRevision(),
                                stored.key(),
                                stored.createRevision(),
                                codec.encode(stored.key(), stored.value())));
            }
            copy.append(rows);
            copy.compact(state.revision());
        }
    }

    /// Makes a store of a backup, in place of what `file` held. The store must not be open; what it held stays whole until the new one is.
    ///
    /// @return the revision at which it begins
    /// @throws StoreException when the backup is none, or the file cannot be written
    public static long restore(Path backup, Path file, Path nativeLibraries) {
        SqliteNative.useFrom(nativeLibraries);
        Path fresh = file.resolveSibling(file.getFileName() + ".restored");
        try {
            Files.deleteIfExists(fresh);
            Files.copy(backup, fresh);
            long revision;
            try (SqliteJournal<Object> copy = new SqliteJournal<>(fresh, NoValues.CODEC)) {
                revision = copy.compacted() + REVISIONS_AHEAD;
                copy.compact(revision);
            }
            for (String companion : List.of("-wal", "-shm", "-journal")) {
                Files.deleteIfExists(file.resolveSibling(file.getFileName() + companion));
            }
            Files.move(
                    fresh,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return revision;
        } catch (IOException e) {
            throw new StoreException(
                    "Cannot restore %s from %s: %s".formatted(file, backup, e.getMessage()), e);
        }
    }

    /// Restoring reads no values.
    private enum NoValues implements ValueCodec<Object> {
        CODEC;

        @Override
        public byte[] encode(String key, Object value) {
            throw new IllegalStateException("nothing is written");
        }

        @Override
        public Object decode(String key, byte[] bytes) {
            throw new IllegalStateException("nothing is read");
        }
    }
}
