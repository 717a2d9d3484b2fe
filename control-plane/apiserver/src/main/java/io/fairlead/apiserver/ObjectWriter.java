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
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// Brings objects into the store: stamps metadata, lets the kind's strategy, defaults, admission and validation have their say, and commits with
/// optimistic concurrency. Safe for use by many threads.
final class ObjectWriter {
    private static final int NAME_TRIES = 8;
    private static final int TRIES_MAX = 50;
    private static final int SUFFIX_LENGTH = 5;
    private static final String SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
    private static final int GENERATE_NAME_LENGTH_MAX = 58;
    private static final String[] SERVER_FIELDS = {
        "creationTimestamp", "uid", "deletionTimestamp", "deletionGracePeriodSeconds"
    };

    private final ObjectStore store;
    private final ObjectRules rules;
    private final Strategies strategies;
    private final Admission admission;
    private final RandomGenerator random;

    ObjectWriter(
            ObjectStore store,
            ObjectRules rules,
            Strategies strategies,
            Admission admission,
            RandomGenerator random) {
        this.store = store;
        this.rules = rules;
        this.strategies = strategies;
        this.admission = admission;
        this.random = random;
    }

    /// What a write left behind.
    ///
    /// @param isNew whether the object was made by it
    record Written(ReadObject object, boolean isNew) {}

    /// An object that is to be there, and how it is to be made.
    record Wanted(JsonObject object, Write write) {
        ObjectName name() {
            JsonObject metadata = object.object("metadata");
            return new ObjectName(metadata.text("namespace"), metadata.text("name"));
        }
    }

    /// Why a name cannot be had.
    private enum Taken {
        BY_OBJECT,
        BY_LEAVING_OBJECT,
        ALL_TRIES
    }

    /// Makes an object. `metadata.namespace` is set already.
    ReadObject create(JsonObject wanted, Write write) {
        ResourceType type = write.resource().type();
        String prefix = wanted.text("metadata", "generateName");
        boolean isNameless = wanted.text("metadata", "name").isEmpty();
        boolean isGenerated = isNameless && !prefix.isEmpty();
        if (isNameless && !isGenerated) {
            throw nameless(wanted, write);
        }
        for (int attempt = 1; ; attempt++) {
            JsonObject named =
                    isGenerated
                            ? wanted.withAt(Json.of(generated(prefix)), "metadata", "name")
                            : wanted;
            Write current = write.with(store.snapshot());
            JsonObject prepared = prepareNew(named, current);
            requireNoVersion(wanted, write);
            String name = prepared.text("metadata", "name");
            String key =
                    StorageKeys.key(
                            type, new ObjectName(prepared.text("metadata", "namespace"), name));
            Claims claims = new Claims(current.snapshot(), random);
            JsonObject claimed = claimed(Optional.empty(), prepared, current, claims);
            ResourceQuotas.charge(Optional.empty(), claimed, current, claims);
            Optional<Stored<StoredObject>> other = current.snapshot().get(key);
            boolean isTaken = other.isPresent();
            if (!isTaken && write.isDryRun()) {
                return new ReadObject(0, claimed);
            }
            if (!isTaken) {
                Transaction.Builder<StoredObject> transaction = Transaction.builder();
                StoredObject value =
                        new StoredObject(Conversions.toStored(write.resource(), claimed));
                transaction.put(key, value, new Transaction.Absent());
                claims.addTo(transaction);
                switch (store.commit(transaction.build())) {
                    case CommitResult.Committed committed -> {
                        return value.at(committed.revision());
                    }
                    case CommitResult.Conflict conflict -> isTaken = conflict.key().equals(key);
                }
            }
            if (isTaken && (!isGenerated || attempt >= NAME_TRIES)) {
                boolean isLeaving =
                        other.isPresent()
                                && other.get().value().tree().has("metadata", "deletionTimestamp");
                Taken taken =
                        isGenerated
                                ? Taken.ALL_TRIES
                                : isLeaving ? Taken.BY_LEAVING_OBJECT : Taken.BY_OBJECT;
                throw new ApiException(alreadyExists(type, name, taken));
            }
            if (attempt >= TRIES_MAX) {
                throw tooContended(type, name);
            }
        }
    }

    // Said last of all, when the object has nothing else against it.
    private static void requireNoVersion(JsonObject wanted, Write write) {
        if (!write.isDryRun() && !wanted.text("metadata", "resourceVersion").isEmpty()) {
            throw new ApiException(
                    new Status(
                            500,
                            "",
                            "resourceVersion should not be set on objects to be created",
                            JsonObject.EMPTY));
        }
    }

    /// Makes those of the objects that are missing, all in one transaction, each as [#create] would.
    ///
    /// @param wanted objects that need nothing of each other
    void createMissing(List<Wanted> wanted) {
        for (int attempt = 1; attempt <= TRIES_MAX; attempt++) {
            Snapshot<StoredObject> snapshot = store.snapshot();
            Claims claims = new Claims(snapshot, random);
            Transaction.Builder<StoredObject> transaction = Transaction.builder();
            boolean isComplete = true;
            for (Wanted each : wanted) {
                ResourceType type = each.write().resource().type();
                String key = StorageKeys.key(type, each.name());
                if (snapshot.get(key).isEmpty()) {
                    Write write = each.write().with(snapshot);
                    JsonObject claimed =
                            claimed(
                                    Optional.empty(),
                                    prepareNew(each.object(), write),
                                    write,
                                    claims);
                    transaction.put(key, new StoredObject(claimed), new Transaction.Absent());
                    isComplete = false;
                }
            }
            if (isComplete) {
                return;
            }
            claims.addTo(transaction);
            if (store.commit(transaction.build()) instanceof CommitResult.Committed) {
                return;
            }
        }
        Wanted last = wanted.getLast();
        throw tooContended(last.write().resource().type(), last.name().name());
    }

    /// Changes an object, again and again until nobody comes between.
    ///
    /// @param change makes the wanted object from the present one; a resourceVersion in it must still be right when it is written
    ReadObject update(ObjectName name, Write write, Function<ReadObject, JsonObject> change) {
        ResourceType type = write.resource().type();
        String key = StorageKeys.key(type, name);
        for (int attempt = 1; attempt <= TRIES_MAX; attempt++) {
            Snapshot<StoredObject> snapshot = store.snapshot();
            Stored<StoredObject> stored =
                    snapshot.get(key)
                            .orElseThrow(
                                    () -> new ApiException(Status.notFound(type, name.name())));
            Optional<ReadObject> written = tryUpdate(stored, name, write.with(snapshot), change);
            if (written.isPresent()) {
                return written.get();
            }
        }
        throw tooContended(type, name.name());
    }

    private JsonObject claimed(
            Optional<JsonObject> before, JsonObject after, Write write, Claims claims) {
        Strategy strategy = strategies.of(write.resource().type());
        return strategy.settle(before, strategy.claim(before, after, claims), write);
    }

    private ApiException nameless(JsonObject wanted, Write write) {
        ResourceType type = write.resource().type();
        strategies.of(type).onNameless(wanted, new Claims(store.snapshot(), random));
        return Invalid.object(
                type,
                "",
                List.of(
                        Invalid.cause(
                                "metadata.name",
                                "FieldValueRequired",
                                "Required value: name or generateName is required")));
    }

    private Optional<ReadObject> tryUpdate(
            Stored<StoredObject> stored,
            ObjectName name,
            Write write,
            Function<ReadObject, JsonObject> change) {
        ResourceType type = write.resource().type();
        ReadObject present = present(stored, write);
        JsonObject before =
                write.resource().isCustom()
                        ? present.tree().withoutAt("metadata", "resourceVersion")
                        : stored.value().tree();
        JsonObject wanted = change.apply(present);
        String version = wanted.text("metadata", "resourceVersion");
        if (!version.isEmpty() && !version.equals(Long.toString(stored.modRevision()))) {
            throw new ApiException(modified(type, name.name()));
        }
        JsonObject after = prepareChanged(before, wanted, write);
        Claims claims = new Claims(write.snapshot(), random);
        JsonObject claimed = claimed(Optional.of(before), after, write, claims);
        if (write.part() == Write.Part.MAIN) {
            ResourceQuotas.charge(Optional.of(before), claimed, write, claims);
        }
        boolean isEnded = Deletion.isComplete(claimed, strategies.of(type));
        JsonObject kept = Conversions.toStored(write.resource(), claimed);
        // Custom resources are written again where only the version in which they are kept is new.
        if (!isEnded && claimed.equals(before) && isKept(kept, stored, write)) {
            return Optional.of(present);
        }
        if (write.isDryRun()) {
            return Optional.of(new StoredObject(claimed).at(stored.modRevision()));
        }
        Transaction.Builder<StoredObject> transaction = Transaction.builder();
        Transaction.Expectation unchanged = new Transaction.AtRevision(stored.modRevision());
        StoredObject value = new StoredObject(kept);
        if (isEnded) {
            strategies.of(type).release(claimed, claims);
            transaction.delete(stored.key(), unchanged);
        } else {
            transaction.put(stored.key(), value, unchanged);
        }
        claims.addTo(transaction);
        return switch (store.commit(transaction.build())) {
            case CommitResult.Committed committed -> Optional.of(value.at(committed.revision()));
            case CommitResult.Conflict ignored -> Optional.empty();
        };
    }

    // Custom resources are changed in the version that the client knows, others in the one that is
    // stored.
    private static ReadObject present(Stored<StoredObject> stored, Write write) {
        ReadObject present = stored.value().at(stored.modRevision());
        return write.resource().isCustom() && write.part() != Write.Part.INTERNAL
                ? Conversions.show(write.resource(), present)
                : present;
    }

    private static boolean isKept(JsonObject kept, Stored<StoredObject> stored, Write write) {
        return !stored.value().isStale()
                && (!write.resource().isCustom()
                        || kept.text("apiVersion")
                                .equals(stored.value().tree().text("apiVersion")));
    }

    private JsonObject prepareNew(JsonObject wanted, Write write) {
        ResourceType type = write.resource().type();
        JsonObject metadata =
                wanted.object("metadata")
                        .without("resourceVersion")
                        .without("selfLink")
                        .without("deletionTimestamp")
                        .without("deletionGracePeriodSeconds")
                        .with("uid", newUid())
                        .with("creationTimestamp", Json.of(seconds(write)));
        if (!type.isNamespaced()) {
            metadata = metadata.without("namespace");
        }
        // Kinds that do not count generations keep what they are given.
        if (Generations.counts(type)) {
            metadata = metadata.with("generation", Json.of(1));
        }
        JsonObject stamped = wanted.with("metadata", metadata);
        JsonObject reset = Generations.withoutStatus(write.resource(), stamped);
        JsonObject defaulted = rules.withDefaults(write.resource(), reset);
        JsonObject owned = rules.withOwners(Optional.empty(), defaulted, write);
        JsonObject admitted = admission.mutate(Optional.empty(), owned, write);
        JsonObject special = strategies.of(type).onCreate(admitted, write);
        JsonObject whole = rules.withDefaults(write.resource(), special);
        rules.validateNew(write.resource(), whole);
        strategies.of(type).warn(Optional.empty(), whole, write);
        admission.validate(Optional.empty(), whole, write);
        return whole;
    }

    private JsonObject prepareChanged(JsonObject before, JsonObject wanted, Write write) {
        ResourceType type = write.resource().type();
        JsonObject selected = Generations.part(write, before, wanted);
        JsonObject stamped = keepServerFields(before, selected);
        JsonObject defaulted = rules.withDefaults(write.resource(), stamped);
        JsonObject owned = rules.withOwners(Optional.of(before), defaulted, write);
        JsonObject admitted = admission.mutate(Optional.of(before), owned, write);
        JsonObject special = strategies.of(type).onUpdate(before, admitted, write);
        JsonObject whole = rules.withDefaults(write.resource(), special);
        JsonObject counted = Generations.count(write.resource(), before, whole);
        requireNoNewFinalizers(before, counted, type);
        rules.validateChanged(write.resource(), write, before, counted);
        strategies.of(type).warn(Optional.of(before), counted, write);
        admission.validate(Optional.of(before), counted, write);
        return counted;
    }

    private static void requireNoNewFinalizers(
            JsonObject before, JsonObject after, ResourceType type) {
        List<Json> more = new ArrayList<>(after.list("metadata", "finalizers"));
        more.removeAll(before.list("metadata", "finalizers"));
        if (more.isEmpty() || !before.has("metadata", "deletionTimestamp")) {
            return;
        }
        JsonObject cause =
                Invalid.forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, found new"
                                + " finalizers "
                                + new JsonArray(more));
        // Kubernetes checks this twice and says so.
        throw Invalid.object(type, after.text("metadata", "name"), List.of(cause, cause));
    }

    private static JsonObject keepServerFields(JsonObject before, JsonObject after) {
        JsonObject old = before.object("metadata");
        JsonObject metadata =
                after.object("metadata").without("resourceVersion").without("selfLink");
        for (String field : SERVER_FIELDS) {
            Json value = old.get(field);
            boolean mayDiffer = field.equals("uid") && !metadata.text("uid").isEmpty();
            if (value == null) {
                metadata = metadata.without(field);
            } else if (!mayDiffer) {
                metadata = metadata.with(field, value);
            }
        }
        Json generation = old.get("generation");
        metadata =
                generation == null
                        ? metadata.without("generation")
                        : metadata.with("generation", generation);
        if (metadata.get("finalizers") instanceof JsonArray array && array.items().isEmpty()) {
            metadata = metadata.without("finalizers");
        }
        return after.with("metadata", metadata);
    }

    private Json newUid() {
        return Json.of(uid(random));
    }

    /// A random UUID (RFC 9562, 5.4).
    static String uid(RandomGenerator random) {
        long most = (random.nextLong() & ~0xf000L) | 0x4000L;
        long least = (random.nextLong() & 0x3fffffffffffffffL) | 0x8000000000000000L;
        return new UUID(most, least).toString();
    }

    private String generated(String prefix) {
        StringBuilder name =
                new StringBuilder(
                        prefix.substring(0, Math.min(prefix.length(), GENERATE_NAME_LENGTH_MAX)));
        for (int i = 0; i < SUFFIX_LENGTH; i++) {
            name.append(SUFFIX_LETTERS.charAt(random.nextInt(SUFFIX_LETTERS.length())));
        }
        return name.toString();
    }

    static String seconds(Write write) {
        return write.now().truncatedTo(ChronoUnit.SECONDS).toString();
    }

    static Status modified(ResourceType type, String name) {
        return Status.about(
                409,
                "Conflict",
                "Operation cannot be fulfilled on %s \"%s\": the object has been modified; please apply your changes to the latest version and try again"
                        .formatted(type.qualifiedPlural(), name),
                type,
                name);
    }

    private static Status alreadyExists(ResourceType type, String name, Taken taken) {
        Status plain = Status.alreadyExists(type, name);
        if (taken == Taken.BY_LEAVING_OBJECT) {
            return new Status(
                    plain.code(),
                    plain.reason(),
                    "object is being deleted: " + plain.message(),
                    plain.details());
        }
        if (taken == Taken.BY_OBJECT) {
            return plain;
        }
        return Status.about(
                409,
                "AlreadyExists",
                "%s \"%s\" already exists, the server was not able to generate a unique name for the object"
                        .formatted(type.qualifiedPlural(), name),
                type,
                name);
    }

    private static ApiException tooContended(ResourceType type, String name) {
        return new ApiException(
                Status.about(
                        409,
                        "Conflict",
                        "Operation cannot be fulfilled on %s \"%s\": too many others write at the same time; try again"
                                .formatted(type.qualifiedPlural(), name),
                        type,
                        name));
    }
}
