package io.fairlead.apiserver;

import io.fairlead.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/// Counts the changes below some prefixes, so that what is made of their objects is made anew only after one. Who has seen a write done sees the count that came with it.
/// Safe for use by many threads.
final class ChangeCounter implements LongSupplier, AutoCloseable {
    private final List<String> prefixes;
    private final AtomicLong count = new AtomicLong();
    private final List<Store.Subscription> watches = new ArrayList<>();

    ChangeCounter(List<String> prefixes) {
        this.prefixes = List.copyOf(prefixes);
    }

    /// Begins to count; called once, before the first request.
    void start(Store<StoredObject> store) {
        for (String prefix : prefixes) {
            store.watch(
                            store.snapshot().revision(),
                            prefix,
                            (revision, changes) -> count.incrementAndGet())
                    .ifPresent(watches::add);
        }
        // What was written between is not missed.
        count.incrementAndGet();
    }

    @Override
    public long getAsLong() {
        return count.get();
    }

    @Override
    public void close() {
        watches.forEach(Store.Subscription::close);
    }
}
