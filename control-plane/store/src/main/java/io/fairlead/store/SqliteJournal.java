package io.fairlead.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.sqlite.jdbc4.JDBC4Connection;

/// One SQLite file that is only ever appended to, but for compaction.
///
/// Table `event` has one row for each key of each transaction. Its `id` is the revision, shifted, plus the position within the transaction: row order is history order,
/// a range of revisions is a range of rows, and no index has to be kept. `value` is NULL for a removal. The present state is the newest row of each key.
/// Rows at or before `progress.compacted` are the newest of their key at that revision.
///
/// The connection locks the file for itself, which also spares SQLite its shared memory.
final class SqliteJournal<V> implements Journal<V> {
    /// The layout of the file. Raise it with every change that an older program would misread.
    static final int FORMAT = 1;

    private static final int POSITION_BITS = 16;

    /// The log is copied back into the file at this many pages even when there is no quiet moment.
    private static final int LOG_PAGES_MAX = 8_000;

    private final Path file;
    private final ValueCodec<V> codec;
    private @Nullable Link link;
    private boolean logIsEmpty = true;

    SqliteJournal(Path file, ValueCodec<V> codec) {
        this.file = file;
        this.codec = codec;
    }

    /// The connection with the statements kept on it.
    private record Link(Connection connection, PreparedStatement insert) {}

    /// Work on the connection.
    private interface Step<T> {
        T on(Link link) throws SQLException;
    }

    @Override
    public Timeline<V> open() {
        return attempt("open", this::load);
    }

    private Timeline<V> load(Link at) throws SQLException {
        TreeMap<String, Stored<V>> values = new TreeMap<>();
        Set<String> removed = new HashSet<>();
        long compacted = number(at.connection(), "SELECT compacted FROM progress");
        long revision = compacted;
        try (Statement statement = at.connection().createStatement();
                ResultSet rows =
                        statement.executeQuery(
                                "SELECT id, key, created, value FROM event ORDER BY id DESC")) {
            while (rows.next()) {
                long written = rows.getLong(1) >> POSITION_BITS;
                revision = Math.max(revision, written);
                String key = rows.getString(2);
                if (values.containsKey(key) || removed.contains(key)) {
                    continue;
                }
                byte[] value = rows.getBytes(4);
                if (value == null) {
                    removed.add(key);
                } else {
                    values.put(
                            key,
                            new Stored<>(key, codec.decode(key, value), rows.getLong(3), written));
                }
            }
        }
        at.connection().commit();
        return Timeline.opened(Contents.of(revision, values), compacted);
    }

    @Override
    public List<Moment<V>> moments(long afterRevision, long upToRevision) {
        return attempt("read the history", at -> read(at, afterRevision, upToRevision));
    }

    private List<Moment<V>> read(Link at, long after, long upTo) throws SQLException {
        Map<String, Kept> newest = new HashMap<>();
        List<Moment<V>> moments = new ArrayList<>();
        List<Watcher.Change<V>> changes = new ArrayList<>();
        long current = 0;
        try (PreparedStatement statement =
                at.connection()
                        .prepareStatement(
                                "SELECT id, key, created, value FROM event WHERE id < ? ORDER"
                                        + " BY id")) {
            statement.setLong(1, firstRow(upTo + 1));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    long revision = rows.getLong(1) >> POSITION_BITS;
                    if (revision != current && !changes.isEmpty()) {
                        moments.add(new Moment<>(current, changes));
                        changes.clear();
                    }
                    current = revision;
                    String key = rows.getString(2);
                    byte[] value = rows.getBytes(4);
                    Kept later =
                            value == null ? null : new Kept(key, value, rows.getLong(3), revision);
                    Kept before = later == null ? newest.remove(key) : newest.put(key, later);
                    if (revision > after) {
                        changes.add(new Watcher.Change<>(key, stored(before), stored(later)));
                    }
                }
            }
        }
        if (!changes.isEmpty()) {
            moments.add(new Moment<>(current, changes));
        }
        at.connection().commit();
        return moments;
    }

    private Optional<Stored<V>> stored(@Nullable Kept kept) {
        return kept == null ? Optional.empty() : Optional.of(kept.stored());
    }

    /// A row whose value is decoded when it is asked for: history needs few of them.
    private final class Kept {
        private final String key;
        private final byte[] bytes;
        private final long created;
        private final long revision;
        private @Nullable Stored<V> stored;

        Kept(String key, byte[] bytes, long created, long revision) {
            this.key = key;
            this.bytes = bytes;
            this.created = created;
            this.revision = revision;
        }

        Stored<V> stored() {
            Stored<V> known = stored;
            if (known == null) {
                known = new Stored<>(key, codec.decode(key, bytes), created, revision);
                stored = known;
            }
            return known;
        }
    }

    @Override
    public void append(List<Row> rows) {
        attempt(
                "write",
                at -> {
                    PreparedStatement insert = at.insert();
                    long revision = 0;
                    int position = 0;
                    for (Row row : rows) {
                        position = row.revision() == revision ? position + 1 : 0;
                        revision = row.revision();
                        insert.setLong(1, firstRow(revision) + position);
                        insert.setString(2, row.key());
                        insert.setLong(3, row.createRevision());
                        insert.setBytes(4, row.value());
                        insert.executeUpdate();
                    }
                    at.connection().commit();
                    logIsEmpty = false;
                    return true;
                });
    }

    @Override
    public void withdraw(long revision) {
        try {
            attempt("take back a failed write", at -> deleteAfter(at, revision));
        } catch (StoreException ailing) {
            // A fresh connection reads the file and its log anew.
            close();
            attempt("take back a failed write", at -> deleteAfter(at, revision));
        }
    }

    private boolean deleteAfter(Link at, long revision) throws SQLException {
        at.connection().rollback();
        try (PreparedStatement delete =
                        at.connection().prepareStatement("DELETE FROM event WHERE id >= ?");
                Statement touch = at.connection().createStatement()) {
            delete.setLong(1, firstRow(revision + 1));
            delete.executeUpdate();
            // Writes in any case, so that the log's next frames take the place of those that
            // failed.
            touch.executeUpdate("UPDATE progress SET compacted = compacted");
        }
        at.connection().commit();
        return true;
    }

    @Override
    public void compact(long revision) {
        attempt(
                "compact",
                at -> {
                    List<Long> obsolete = obsolete(at, revision);
                    try (PreparedStatement delete =
                                    at.connection()
                                            .prepareStatement("DELETE FROM event WHERE id = ?");
                            PreparedStatement progress =
                                    at.connection()
                                            .prepareStatement(
                                                    "UPDATE progress SET compacted = ?")) {
                        for (long id : obsolete) {
                            delete.setLong(1, id);
                            delete.executeUpdate();
                        }
                        progress.setLong(1, revision);
                        progress.executeUpdate();
                    }
                    at.connection().commit();
                    logIsEmpty = false;
                    return true;
                });
    }

    /// The newest revision that was compacted.
    long compacted() {
        return attempt(
                "read",
                at -> {
                    long compacted = number(at.connection(), "SELECT compacted FROM progress");
                    at.connection().commit();
                    return compacted;
                });
    }

    /// The rows at or before the revision that are not the newest of their key there, or say that it is gone.
    private static List<Long> obsolete(Link at, long revision) throws SQLException {
        List<Long> obsolete = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        try (PreparedStatement statement =
                at.connection()
                        .prepareStatement(
                                "SELECT id, key, value IS NULL FROM event WHERE id < ? ORDER BY id"
                                        + " DESC")) {
            statement.setLong(1, firstRow(revision + 1));
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    boolean isNewest = seen.add(rows.getString(2));
                    if (!isNewest || rows.getInt(3) != 0) {
                        obsolete.add(rows.getLong(1));
                    }
                }
            }
        }
        return obsolete;
    }

    @Override
    public void rest() {
        if (!logIsEmpty) {
            attempt("tidy", at -> execute(at.connection(), "PRAGMA wal_checkpoint(PASSIVE)"));
            logIsEmpty = true;
        }
    }

    @Override
    public void close() {
        Link open = link;
        link = null;
        if (open != null) {
            try {
                open.connection().close();
            } catch (SQLException e) {
                throw failure("close", e);
            }
        }
    }

    private static long firstRow(long revision) {
        return revision << POSITION_BITS;
    }

    /// Takes the step in a transaction of its own; leaves none open when it fails.
    private <T> T attempt(String what, Step<T> step) {
        Link open = null;
        try {
            open = link();
            return step.on(open);
        } catch (SQLException e) {
            if (open != null) {
                rollBack(open, e);
            }
            throw failure(what, e);
        }
    }

    private static void rollBack(Link open, SQLException cause) {
        try {
            open.connection().rollback();
        } catch (SQLException alsoFailed) {
            cause.addSuppressed(alsoFailed);
        }
    }

    private StoreException failure(String what, SQLException cause) {
        String why =
                cause.getErrorCode() == 5
                        ? "another process has it open"
                        : String.valueOf(cause.getMessage());
        return new StoreException("Cannot " + what + " the data file " + file + ": " + why, cause);
    }

    private Link link() throws SQLException {
        Link open = link;
        if (open == null) {
            createPrivately();
            Connection connection = connect();
            try {
                prepareFile(connection);
                connection.setAutoCommit(false);
                open =
                        new Link(
                                connection,
                                connection.prepareStatement(
                                        "INSERT INTO event (id, key, created, value) VALUES (?, ?,"
                                                + " ?, ?)"));
            } catch (SQLException | StoreException e) {
                connection.close();
                throw e;
            }
            link = open;
        }
        return open;
    }

    /// The file holds secrets, so it belongs to its owner alone, as SQLite's companion files then do.
    private void createPrivately() {
        try {
            Files.createFile(
                    file,
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------")));
        } catch (FileAlreadyExistsException e) {
            // As at every start but the first.
        } catch (IOException e) {
            throw new StoreException(
                    "Cannot create the data file " + file + ": " + e.getMessage(), e);
        }
    }

    private Connection connect() throws SQLException {
        Properties settings = new Properties();
        settings.setProperty("busy_timeout", "250");
        return new JDBC4Connection("jdbc:sqlite:" + file, file.toString(), settings);
    }

    private void prepareFile(Connection connection) throws SQLException {
        execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        long format = number(connection, "PRAGMA user_version");
        if (format > FORMAT) {
            throw new StoreException(
                    "The data file %s has format %d, and this program reads up to %d: start the newer program that wrote it, or choose another data folder."
                            .formatted(file, format, FORMAT));
        }
        execute(connection, "PRAGMA journal_mode = WAL");
        execute(connection, "PRAGMA synchronous = FULL");
        execute(connection, "PRAGMA wal_autocheckpoint = " + LOG_PAGES_MAX);
        execute(connection, "PRAGMA temp_store = MEMORY");
        // What was compacted may have been secret, and not yet encrypted.
        execute(connection, "PRAGMA secure_delete = FAST");
        execute(connection, "PRAGMA cache_size = -8000");
        if (format == 0) {
            createTables(connection);
        }
    }

    private static void createTables(Connection connection) throws SQLException {
        connection.setAutoCommit(false);
        execute(
                connection,
                "CREATE TABLE event (id INTEGER PRIMARY KEY, key TEXT NOT NULL, created INTEGER NOT"
                        + " NULL, value BLOB)");
        execute(connection, "CREATE TABLE progress (compacted INTEGER NOT NULL)");
        execute(connection, "INSERT INTO progress VALUES (" + Contents.FIRST_REVISION + ")");
        execute(connection, "PRAGMA user_version = " + FORMAT);
        connection.commit();
        connection.setAutoCommit(true);
    }

    private static boolean execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            return statement.execute(sql);
        }
    }

    private static long number(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            return rows.next() ? rows.getLong(1) : 0;
        }
    }
}
