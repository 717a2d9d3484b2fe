package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import io.fairlead.store.CommitResult;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import io.fairlead.store.Transaction;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// Takes objects away: at once where nothing holds them, else by marking them, so that whoever owns a finalizer, or the node that runs the pod, can finish. Safe for
/// use by many threads.
final class Deletion {
    private static final int TRIES_MAX = 50;
    private static final String FOREGROUND = "foregroundDeletion";
    private static final String ORPHAN = "orphan";

    private final ObjectStore store;
    private final Strategies strategies;
    private final Admission admission;
    private final RandomGenerator random;

    Deletion(
            ObjectStore store, Strategies strategies, Admission admission, RandomGenerator random) {
        this.store = store;
        this.strategies = strategies;
        this.admission = admission;
        this.random = random;
    }

    /// What became of an object.
    ///
    /// @param isGone false when it is only marked
    record Outcome(ReadObject object, boolean isGone) {}

    /// Whether a marked object has nothing left to wait for.
    static boolean isComplete(JsonObject object, Strategy strategy) {
        return object.has("metadata", "deletionTimestamp")
                && object.list("metadata", "finalizers").isEmpty()
                && object.number(0, "metadata", "deletionGracePeriodSeconds") == 0
                && !strategy.isHeldBack(object);
    }

    Outcome delete(ObjectName name, DeleteOptions options, Write write) {
        ResourceType type = write.resource().type();
        String key = StorageKeys.key(type, name);
        for (int attempt = 1; attempt <= TRIES_MAX; attempt++) {
            Snapshot<StoredObject> snapshot = store.snapshot();
            Stored<StoredObject> stored =
                    snapshot.get(key)
                            .orElseThrow(
                                    () -> new ApiException(Status.notFound(type, name.name())));
            options.check(type, name.name(), stored);
            Strategy strategy = strategies.of(type);
            strategy.onDelete(stored.value().tree(), write);
            if (options.propagation() == DeleteOptions.Propagation.DEFAULT) {
                strategy.warnOfOrphans(write);
            }
            NodeRestriction.checkDeletion(stored.value().tree(), write);
            admission.delete(stored.value().tree(), write.with(snapshot));
            JsonObject marked = marked(stored.value().tree(), options, strategy, write);
            Claims claims = new Claims(snapshot, random);
            boolean isGone = isComplete(marked, strategy);
            if (write.isDryRun()) {
                return new Outcome(new StoredObject(marked).at(stored.modRevision()), isGone);
            }
            Transaction.Expectation unchanged = new Transaction.AtRevision(stored.modRevision());
            Transaction.Builder<StoredObject> transaction = Transaction.builder();
            if (isGone) {
                strategy.release(stored.value().tree(), claims);
                transaction.delete(key, unchanged);
            } else if (marked.equals(stored.value().tree())) {
                return new Outcome(stored.value().at(stored.modRevision()), false);
            } else {
                transaction.put(key, new StoredObject(marked), unchanged);
            }
            claims.addTo(transaction);
            if (store.commit(transaction.build()) instanceof CommitResult.Committed committed) {
                // What is gone at once is shown as it was, without the marks.
                JsonObject shown =
                        isGone
                                        && !stored.value()
                                                .tree()
                                                .has("metadata", "deletionTimestamp")
                                        && !strategy.endsGracefully()
                                ? stored.value().tree()
                                : marked;
                return new Outcome(
                        new StoredObject(shown)
                                .at(isGone ? stored.modRevision() : committed.revision()),
                        isGone);
            }
            if (options.namesRevision()) {
                throw new ApiException(ObjectWriter.modified(type, name.name()));
            }
        }
        throw new ApiException(ObjectWriter.modified(type, name.name()));
    }

    private static JsonObject marked(
            JsonObject object, DeleteOptions options, Strategy strategy, Write write) {
        JsonObject metadata = object.object("metadata");
        List<Json> finalizers = new ArrayList<>(metadata.list("finalizers"));
        if (options.propagation() != DeleteOptions.Propagation.DEFAULT) {
            finalizers.remove(Json.of(FOREGROUND));
            finalizers.remove(Json.of(ORPHAN));
        }
        switch (options.propagation()) {
            case FOREGROUND -> finalizers.add(Json.of(FOREGROUND));
            case ORPHAN -> finalizers.add(Json.of(ORPHAN));
            case BACKGROUND -> {}
            case DEFAULT -> {
                boolean isTold =
                        finalizers.contains(Json.of(FOREGROUND))
                                || finalizers.contains(Json.of(ORPHAN));
                if (!isTold && strategy.orphansUnlessTold()) {
                    finalizers.add(Json.of(ORPHAN));
                }
            }
        }
        long grace = strategy.gracePeriodSeconds(object, options.gracePeriodSeconds());
        boolean isMarked = metadata.has("deletionTimestamp");
        long oldGrace = metadata.number(0, "deletionGracePeriodSeconds");
        if (!isMarked || grace < oldGrace) {
            metadata =
                    metadata.with(
                                    "deletionTimestamp",
                                    Json.of(
                                            write.now()
                                                    .plusSeconds(grace)
                                                    .truncatedTo(ChronoUnit.SECONDS)
                                                    .toString()))
                            .with("deletionGracePeriodSeconds", Json.of(grace));
            if (!isMarked && metadata.has("generation")) {
                metadata =
                        metadata.with("generation", Json.of(metadata.number(0, "generation") + 1));
            }
        }
        metadata =
                finalizers.isEmpty()
                        ? metadata.without("finalizers")
                        : metadata.with("finalizers", new JsonArray(finalizers));
        return strategy.onMarked(object.with("metadata", metadata));
    }
}
