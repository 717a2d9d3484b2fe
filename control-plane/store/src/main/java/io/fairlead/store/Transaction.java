package io.fairlead.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Preconditions and writes that succeed or fail together. Each key is named once.
public record Transaction<V>(List<Operation<V>> operations) {
    /// More would not fit the row numbers of a data file.
    static final int MAX_OPERATIONS = 65_535;

    public Transaction {
        operations = List.copyOf(operations);
        if (operations.size() > MAX_OPERATIONS) {
            throw new IllegalArgumentException("more operations than " + MAX_OPERATIONS);
        }
        if (operations.size() > 1) {
            Set<String> keys = new HashSet<>();
            for (Operation<V> operation : operations) {
                if (!keys.add(operation.key())) {
                    throw new IllegalArgumentException("key named twice: " + operation.key());
                }
            }
        }
    }

    /// What is asked of a key before anything is written.
    public sealed interface Expectation {}

    public record Anything() implements Expectation {}

    public record Absent() implements Expectation {}

    /// The key is present, and its newest write has this revision.
    public record AtRevision(long modRevision) implements Expectation {}

    /// Sets a key, removes it (`value` null; removing what is absent writes nothing), or only checks it.
    public record Operation<V>(
            Action action, String key, @Nullable V value, Expectation expectation) {
        public Operation {
            if ((action == Action.PUT) != (value != null)) {
                throw new IllegalArgumentException(
                        "a value belongs to PUT, and only there: " + key);
            }
        }
    }

    /// What an operation does.
    public enum Action {
        PUT,
        DELETE,
        CHECK
    }

    public static <V> Builder<V> builder() {
        return new Builder<>();
    }

    /// Collects operations in order.
    public static final class Builder<V> {
        private final List<Operation<V>> operations = new ArrayList<>();

        private Builder() {}

        public Builder<V> put(String key, V value, Expectation expectation) {
            operations.add(new Operation<>(Action.PUT, key, value, expectation));
            return this;
        }

        public Builder<V> delete(String key, Expectation expectation) {
            operations.add(new Operation<>(Action.DELETE, key, null, expectation));
            return this;
        }

        public Builder<V> check(String key, Expectation expectation) {
            operations.add(new Operation<>(Action.CHECK, key, null, expectation));
            return this;
        }

        public Transaction<V> build() {
            return new Transaction<>(operations);
        }
    }
}
