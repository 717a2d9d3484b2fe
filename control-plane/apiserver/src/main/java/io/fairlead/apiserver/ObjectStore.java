package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.CommitResult;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Store;
import io.fairlead.store.Stored;
import io.fairlead.store.Transaction;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;

/// The store as request handlers use it: they wait for their commits, and may look at states that lists have shown before. Safe for use by many threads.
final class ObjectStore {
    private static final int REMEMBERED_MAX = 1000;
    private static final int VISIBILITY_ROUNDS_MAX = 20_000;
    private static final long VISIBILITY_ROUND_NANOS = 250_000;

    private final Store<StoredObject> store;
    // Snapshots share almost everything, so remembering many costs little.
    private final ConcurrentSkipListMap<Long, Snapshot<StoredObject>> remembered =
            new ConcurrentSkipListMap<>();

    ObjectStore(Store<StoredObject> store) {
        this.store = store;
    }

    Store<StoredObject> store() {
        return store;
    }

    Snapshot<StoredObject> snapshot() {
        return store.snapshot();
    }

    /// The newest state, which can be had again by [#at] for a while.
    Snapshot<StoredObject> rememberedSnapshot() {
        Snapshot<StoredObject> now = store.snapshot();
        remember(now);
        return now;
    }

    Optional<Snapshot<StoredObject>> at(long revision) {
        Snapshot<StoredObject> now = store.snapshot();
        if (now.revision() == revision) {
            return Optional.of(now);
        }
        return revision < store.compactedRevision()
                ? Optional.empty()
                : Optional.ofNullable(remembered.get(revision));
    }

    Optional<Stored<StoredObject>> find(ResourceType type, ObjectName name) {
        return store.snapshot().get(StorageKeys.key(type, name));
    }

    /// Writes, and waits until that is visible, or was refused and the reason is visible.
    CommitResult commit(Transaction<StoredObject> transaction) {
        CommitResult result;
        try {
            result = store.commit(transaction).join();
        } catch (CompletionException e) {
            String why = e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
            throw new ApiException(
                    new Status(
                            500,
                            "InternalError",
                            "Internal error occurred: " + why,
                            JsonObject.EMPTY));
        }
        switch (result) {
            case CommitResult.Committed ignored -> remember(store.snapshot());
            case CommitResult.Conflict conflict -> awaitVisible(conflict.modRevision());
        }
        return result;
    }

    // Conflicts are judged on pending writes; whoever tries again must see them first.
    private void awaitVisible(long revision) {
        for (int round = 0;
                store.snapshot().revision() < revision && round < VISIBILITY_ROUNDS_MAX;
                round++) {
            LockSupport.parkNanos(VISIBILITY_ROUND_NANOS);
        }
    }

    private void remember(Snapshot<StoredObject> snapshot) {
        remembered.put(snapshot.revision(), snapshot);
        while (remembered.size() > REMEMBERED_MAX) {
            Map.Entry<Long, ?> oldest = remembered.pollFirstEntry();
            if (oldest == null) {
                return;
            }
        }
    }
}
