package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Transaction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Keys that one write takes or gives back beside its object: addresses and ports that must be unique. They join the object's transaction, so a
/// crash or a refusal leaves nothing behind. Used by one thread.
final class Claims {
    private final Snapshot<StoredObject> snapshot;
    private final RandomGenerator random;
    private final Map<String, Optional<JsonObject>> wanted = new LinkedHashMap<>();

    Claims(Snapshot<StoredObject> snapshot, RandomGenerator random) {
        this.snapshot = snapshot;
        this.random = random;
    }

    Snapshot<StoredObject> snapshot() {
        return snapshot;
    }

    RandomGenerator random() {
        return random;
    }

    /// Whether nobody holds the key, us included.
    boolean isFree(String key) {
        Optional<JsonObject> mine = wanted.get(key);
        return mine == null ? snapshot.get(key).isEmpty() : mine.isEmpty();
    }

    /// @param object what tells whose the key is
    void take(String key, JsonObject object) {
        wanted.put(key, Optional.of(object));
    }

    void giveBack(String key) {
        if (snapshot.get(key).isPresent()) {
            wanted.put(key, Optional.empty());
        } else {
            wanted.remove(key);
        }
    }

    boolean isNamed(String key) {
        return wanted.containsKey(key);
    }

    void addTo(Transaction.Builder<StoredObject> transaction) {
        wanted.forEach((key, object) -> {
            var held = snapshot.get(key);
            if (object.isEmpty()) {
                transaction.delete(key, new Transaction.Anything());
            } else if (held.isEmpty()) {
                transaction.put(key, new StoredObject(object.get()), new Transaction.Absent());
            } else {
                // Given back and taken again by the same write.
                transaction.put(
                        key,
                        new StoredObject(object.get()),
                        new Transaction.AtRevision(held.get().modRevision()));
            }
        });
    }
}
