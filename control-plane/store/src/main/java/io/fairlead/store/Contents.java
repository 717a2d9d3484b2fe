package io.fairlead.store;

import io.fairlead.store.Transaction.Operation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/// All present values at a revision, in a sorted tree that shares its branches with earlier and later states.
/// Also decides what a transaction does to them: the rules of every store are here, and only here.
record Contents<V>(long revision, TreePMap<String, Stored<V>> values) implements Snapshot<V> {
    /// The revision of a store that has never been written to.
    static final long FIRST_REVISION = 1;

    static <V> Contents<V> empty() {
        return new Contents<>(FIRST_REVISION, TreePMap.empty());
    }

    static <V> Contents<V> of(long revision, SortedMap<String, Stored<V>> values) {
        return new Contents<>(revision, TreePMap.fromSortedMap(values));
    }

    /// What a transaction would do here.
    sealed interface Verdict<V> {
        /// All expectations hold.
        record Accepted<V>(Contents<V> next, Moment<V> moment) implements Verdict<V> {}

        /// All expectations hold, and there is nothing to write.
        record Unchanged<V>() implements Verdict<V> {}

        record Refused<V>(CommitResult.Conflict conflict) implements Verdict<V> {}
    }

    Verdict<V> judge(Transaction<V> transaction) {
        for (Operation<V> operation : transaction.operations()) {
            Stored<V> present = values.get(operation.key());
            if (!holds(operation.expectation(), present)) {
                return new Verdict.Refused<>(
                        new CommitResult.Conflict(
                                operation.key(), present == null ? 0 : present.modRevision()));
            }
        }
        return apply(transaction.operations());
    }

    private Verdict<V> apply(List<Operation<V>> operations) {
        long next = revision + 1;
        TreePMap<String, Stored<V>> written = values;
        List<Watcher.Change<V>> changes = new ArrayList<>(operations.size());
        for (Operation<V> operation : operations) {
            String key = operation.key();
            Optional<Stored<V>> before = get(key);
            V value = operation.value();
            if (value != null) {
                long created = before.map(Stored::createRevision).orElse(next);
                Stored<V> stored = new Stored<>(key, value, created, next);
                written = written.plus(key, stored);
                changes.add(new Watcher.Change<>(key, before, Optional.of(stored)));
            } else if (operation.action() == Transaction.Action.DELETE && before.isPresent()) {
                written = written.minus(key);
                changes.add(new Watcher.Change<>(key, before, Optional.empty()));
            }
        }
        return changes.isEmpty()
                ? new Verdict.Unchanged<>()
                : new Verdict.Accepted<>(
                        new Contents<>(next, written), new Moment<>(next, changes));
    }

    private static boolean holds(Transaction.Expectation expectation, @Nullable Stored<?> present) {
        return switch (expectation) {
            case Transaction.Anything() -> true;
            case Transaction.Absent() -> present == null;
            case Transaction.AtRevision(long modRevision) ->
                    present != null && present.modRevision() == modRevision;
        };
    }

    @Override
    public Optional<Stored<V>> get(String key) {
        return Optional.ofNullable(values.get(key));
    }

    @Override
    public Collection<Stored<V>> list(String prefix) {
        return range(prefix, prefix, true).values();
    }

    @Override
    public Collection<Stored<V>> list(String prefix, String afterKey, int limit) {
        NavigableMap<String, Stored<V>> rest =
                afterKey.compareTo(prefix) < 0
                        ? range(prefix, prefix, true)
                        : range(prefix, afterKey, false);
        List<Stored<V>> page = new ArrayList<>(Math.min(limit, rest.size()));
        for (Map.Entry<String, Stored<V>> entry : rest.entrySet()) {
            if (page.size() >= limit) {
                break;
            }
            page.add(entry.getValue());
        }
        return page;
    }

    @Override
    public int count(String prefix) {
        return range(prefix, prefix, true).size();
    }

    private TreePMap<String, Stored<V>> range(String prefix, String from, boolean fromIncluded) {
        String end = firstKeyBeyond(prefix);
        if (end == null) {
            return from.isEmpty() && fromIncluded ? values : values.tailMap(from, fromIncluded);
        }
        return from.compareTo(end) >= 0
                ? TreePMap.empty()
                : values.subMap(from, fromIncluded, end, false);
    }

    /// The smallest key that is greater than all keys with the prefix; null when there is none.
    private static @Nullable String firstKeyBeyond(String prefix) {
        for (int length = prefix.length(); length > 0; length--) {
            char last = prefix.charAt(length - 1);
            if (last != Character.MAX_VALUE) {
                return prefix.substring(0, length - 1) + (char) (last + 1);
            }
        }
        return null;
    }
}
