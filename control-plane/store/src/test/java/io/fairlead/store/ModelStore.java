package io.fairlead.store;

import io.fairlead.store.CommitResult.Committed;
import io.fairlead.store.CommitResult.Conflict;
import io.fairlead.store.Transaction.Operation;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// What a store should be, written as plainly as possible: a map, a counter and a list of everything that happened.
final class ModelStore {
    record Event(long revision, String key, Optional<String> before, Optional<String> after) {}

    final TreeMap<String, Stored<String>> values = new TreeMap<>();
    final List<Event> events = new ArrayList<>();
    long revision = 1;

    CommitResult commit(Transaction<String> transaction) {
        for (Operation<String> operation : transaction.operations()) {
            Stored<String> present = values.get(operation.key());
            long at = present == null ? 0 : present.modRevision();
            boolean holds =
                    switch (operation.expectation()) {
                        case Transaction.Anything() -> true;
                        case Transaction.Absent() -> at == 0;
                        case Transaction.AtRevision(long expected) -> at == expected && at != 0;
                    };
            if (!holds) {
                return new Conflict(operation.key(), at);
            }
        }
        boolean wrote = false;
        for (Operation<String> operation : transaction.operations()) {
            Optional<Stored<String>> before = Optional.ofNullable(values.get(operation.key()));
            boolean writes =
                    switch (operation.action()) {
                        case PUT -> true;
                        case DELETE -> before.isPresent();
                        case CHECK -> false;
                    };
            if (writes) {
                write(operation, before, revision + 1);
                wrote = true;
            }
        }
        revision += wrote ? 1 : 0;
        return new Committed(revision);
    }

    private void write(Operation<String> operation, Optional<Stored<String>> before, long next) {
        Optional<String> value = Optional.ofNullable(operation.value());
        if (value.isPresent()) {
            long created = before.map(Stored::createRevision).orElse(next);
            values.put(
                    operation.key(),
                    new Stored<>(operation.key(), value.orElseThrow(), created, next));
        } else {
            values.remove(operation.key());
        }
        events.add(new Event(next, operation.key(), before.map(Stored::value), value));
    }

    /// What a watch must hear in (after, upTo], in [Listening]'s words.
    List<String> heard(long after, long upTo, String prefix) {
        TreeMap<Long, StringBuilder> lines = new TreeMap<>();
        for (Event event : events) {
            if (event.revision() > after
                    && event.revision() <= upTo
                    && event.key().startsWith(prefix)) {
                lines.computeIfAbsent(event.revision(), each -> new StringBuilder().append(each))
                        .append(' ')
                        .append(event.key())
                        .append('=')
                        .append(event.before().orElse("∅"))
                        .append('→')
                        .append(event.after().orElse("∅"));
            }
        }
        return lines.values().stream().map(StringBuilder::toString).toList();
    }
}
