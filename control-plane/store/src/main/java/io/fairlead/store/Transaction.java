package io.fairlead.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Preconditions and writes that succeed or fail together. Each key is named once.
public record Transaction<V>(List<Operation<V>> operations) {
    public Transaction {
        operations = List.copyOf(operations);
    }

    /// What is asked of a key before anything is written.
    public sealed interface Expectation {}

    public record Anything() implements Expectation {}

    public record Absent() implements Expectation {}

    /// The key's newest write has this revision.
    public record AtRevision(long modRevision) implements Expectation {}

    /// Sets a key, removes it (`value` null; removing what is absent writes nothing), or only checks it.
    public record Operation<V>(
            Action action, String key, @Nullable V value, Expectation expectation) {}

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
