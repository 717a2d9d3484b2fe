package io.fairlead.controllers;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Deletion;
import io.fairlead.client.Deletion.Propagation;
import io.fairlead.client.KubeClient;
import io.fairlead.client.ObjectChange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Deletes objects all of whose owners are gone, and carries out what was wished for the dependents of an object that is being deleted:
/// `Foreground` makes it wait for them, `Orphan` sets them free. Keys are objects of any type.
///
/// Owners that the index does not know are asked for before anything is deleted for their sake: types are watched
/// independently, so a dependent may be seen before its owner.
public final class GarbageCollector implements Controller {
    static final String NAME = "generic-garbage-collector";

    static final String FOREGROUND = "foregroundDeletion";
    static final String ORPHAN = "orphan";

    private final ApiCatalog catalog;
    private final Set<ResourceType> types;

    /// @param types the types to look after
    public GarbageCollector(ApiCatalog catalog, Collection<ResourceType> types) {
        this.catalog = catalog;
        this.types = Set.copyOf(types);
    }

    /// Keeps of an object what this controller reads.
    public static JsonObject strip(JsonObject object) {
        JsonObject metadata = object.object("metadata");
        JsonObject.Builder kept = JsonObject.builder();
        for (String name :
                List.of(
                        "name",
                        "namespace",
                        "uid",
                        "resourceVersion",
                        "deletionTimestamp",
                        "finalizers",
                        "ownerReferences")) {
            Json value = metadata.get(name);
            if (value != null) {
                kept.put(name, value);
            }
        }
        return JsonObject.of(
                "apiVersion",
                Json.of(object.text("apiVersion")),
                "kind",
                Json.of(object.text("kind")),
                "metadata",
                kept.build());
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<ResourceType> reads() {
        return types;
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        Key key = new Key(change.type(), change.name());
        Set<Key> keys = new LinkedHashSet<>();
        if (change.after().filter(GarbageCollector::concerns).isPresent()) {
            keys.add(key);
        }
        change.after()
                .map(GenericObject::new)
                .filter(GarbageCollector::waits)
                .filter(after ->
                        !change.before()
                                .map(GenericObject::new)
                                .filter(GarbageCollector::waits)
                                .isPresent())
                .ifPresent(after -> keys.addAll(index.ownedBy(after.uid())));
        if (change.before().isPresent()) {
            GenericObject before = new GenericObject(change.before().get());
            Optional<JsonObject> same =
                    change.after()
                            .filter(after -> new GenericObject(after).uid().equals(before.uid()));
            if (same.isEmpty()) {
                keys.addAll(index.ownedBy(before.uid()));
            }
            List<Json> owners = before.tree().list("metadata", "ownerReferences");
            boolean isFreer =
                    same.filter(after -> after.list("metadata", "ownerReferences").equals(owners))
                            .isEmpty();
            if (isFreer) {
                // An owner may have been waiting for this one.
                for (Json owner : owners) {
                    index.withUid(owner.text("uid")).ifPresent(keys::add);
                }
            }
        }
        return keys;
    }

    /// Whether an object is to go as soon as its dependents are gone.
    private static boolean waits(GenericObject object) {
        return object.isBeingDeleted() && hasFinalizer(object, FOREGROUND);
    }

    private static boolean concerns(JsonObject object) {
        return object.has("metadata", "ownerReferences")
                || object.has("metadata", "deletionTimestamp");
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        Optional<GenericObject> found = index.find(key, GenericObject::new);
        if (found.isEmpty()) {
            return Plan.NOTHING;
        }
        GenericObject object = found.get();
        if (object.isBeingDeleted()) {
            if (hasFinalizer(object, ORPHAN)) {
                return setFree(index, key, object);
            }
            if (hasFinalizer(object, FOREGROUND)) {
                return goAfterDependents(index, key, object);
            }
            return Plan.NOTHING;
        }
        return judge(index, key, object);
    }

    /// Takes the owner out of its dependents' references, then lets it go.
    private Plan setFree(ClusterIndex index, Key key, GenericObject owner) {
        List<Write> writes = new ArrayList<>();
        for (Key dependent : index.ownedBy(owner.uid())) {
            index.find(dependent, GenericObject::new)
                    .map(object -> Ownership.release(dependent.type(), object, owner.uid()))
                    .ifPresent(writes::add);
        }
        writes.add(withoutFinalizer(key, owner, ORPHAN));
        return Plan.of(writes);
    }

    /// Lets the owner go when nothing holds it any more. Each dependent has been told of its owner's end, and judges for itself.
    private Plan goAfterDependents(ClusterIndex index, Key key, GenericObject owner) {
        for (Key dependent : index.ownedBy(owner.uid())) {
            Optional<GenericObject> object = index.find(dependent, GenericObject::new);
            if (object.isPresent() && blocks(object.get(), owner.uid())) {
                return Plan.NOTHING;
            }
        }
        return Plan.of(withoutFinalizer(key, owner, FOREGROUND));
    }

    /// Whether the owner of an object has to wait for it.
    private static boolean blocks(GenericObject dependent, String ownerUid) {
        return dependent.tree().list("metadata", "ownerReferences").stream()
                .filter(owner -> owner.text("uid").equals(ownerUid))
                .anyMatch(owner -> owner.flag("blockOwnerDeletion"));
    }

    /// Keeps an object as long as one of its owners lives.
    private Plan judge(ClusterIndex index, Key key, GenericObject object) {
        List<Json> owners = object.tree().list("metadata", "ownerReferences");
        List<Json> unknown = new ArrayList<>();
        List<Json> waiting = new ArrayList<>();
        boolean kept = false;
        for (Json owner : owners) {
            Optional<GenericObject> known =
                    index.withUid(owner.text("uid"))
                            .filter(found -> isReachable(found.name(), key.name()))
                            .flatMap(found -> index.find(found, GenericObject::new));
            if (known.isEmpty()) {
                unknown.add(owner);
            } else if (waits(known.get())) {
                waiting.add(owner);
            } else {
                kept = true;
            }
        }
        if (owners.isEmpty() || (unknown.isEmpty() && waiting.isEmpty())) {
            return Plan.NOTHING;
        }
        boolean isKept = kept;
        List<GenericObject> dependents = new ArrayList<>();
        for (Key dependent : index.ownedBy(object.uid())) {
            index.find(dependent, GenericObject::new).ifPresent(dependents::add);
        }
        return Plan.of(
                new Write.Procedure(
                        "look for the owners of " + key,
                        client -> {
                            List<Json> gone = new ArrayList<>();
                            for (Json owner : unknown) {
                                if (isGone(client, owner, key.name())) {
                                    gone.add(owner);
                                }
                            }
                            boolean lives = isKept || gone.size() < unknown.size();
                            if (lives) {
                                gone.addAll(waiting);
                                release(client, key, object, gone);
                            } else {
                                delete(client, key, object, waiting, dependents);
                            }
                            return Optional.empty();
                        }));
    }

    /// Takes owners that are gone, or about to go, out of an object that another one keeps.
    private static void release(KubeClient client, Key key, GenericObject object, List<Json> gone) {
        if (!gone.isEmpty()) {
            List<Json> left = new ArrayList<>(object.tree().list("metadata", "ownerReferences"));
            left.removeAll(gone);
            attempt(() ->
                    client.patch(
                            key.type(), key.name(), ApiRequest.MERGE_PATCH, owners(object, left)));
        }
    }

    /// @param waiting owners that wait for the object's end
    private static void delete(
            KubeClient client,
            Key key,
            GenericObject object,
            List<Json> waiting,
            List<GenericObject> dependents) {
        boolean isAmidst = !waiting.isEmpty() && !dependents.isEmpty();
        if (isAmidst && dependents.stream().anyMatch(GarbageCollector::waits)) {
            // A circle: somebody who waits for this object is waited for by it.
            List<Json> unblocked =
                    object.tree().list("metadata", "ownerReferences").stream()
                            .map(owner ->
                                    (Json)
                                            ((JsonObject) owner)
                                                    .with("blockOwnerDeletion", Json.of(false)))
                            .toList();
            attempt(() ->
                    client.patch(
                            key.type(),
                            key.name(),
                            ApiRequest.MERGE_PATCH,
                            owners(object, unblocked)));
        }
        Propagation how =
                isAmidst
                        ? Propagation.FOREGROUND
                        : hasFinalizer(object, ORPHAN)
                                ? Propagation.ORPHAN
                                : hasFinalizer(object, FOREGROUND)
                                        ? Propagation.FOREGROUND
                                        : Propagation.BACKGROUND;
        attempt(() -> client.delete(key.type(), key.name(), Deletion.of(object).with(how)));
    }

    private static JsonObject owners(GenericObject object, List<Json> owners) {
        return JsonObject.of(
                "metadata",
                JsonObject.of(
                        "uid", Json.of(object.uid()), "ownerReferences", new JsonArray(owners)));
    }

    private static void attempt(Runnable write) {
        try {
            write.run();
        } catch (ApiException e) {
            // Somebody else was faster, or the object is another one by now.
            if (!e.isNotFound() && !e.isConflict()) {
                throw e;
            }
        }
    }

    private boolean isGone(KubeClient client, Json owner, ObjectName dependent) {
        Optional<ResourceType> type =
                catalog.ofKind(owner.text("apiVersion"), owner.text("kind")).map(ApiResource::type);
        if (type.isEmpty()) {
            // Nobody can tell whether an owner of an unknown kind lives.
            return false;
        }
        ObjectName name =
                new ObjectName(
                        type.get().isNamespaced() ? dependent.namespace() : "", owner.text("name"));
        if (type.get().isNamespaced() && dependent.namespace().isEmpty()) {
            return true;
        }
        return client.find(type.get(), name)
                .filter(found -> new GenericObject(found).uid().equals(owner.text("uid")))
                .isEmpty();
    }

    /// An owner lives in its dependent's namespace, or in none.
    private static boolean isReachable(ObjectName owner, ObjectName dependent) {
        return owner.namespace().isEmpty() || owner.namespace().equals(dependent.namespace());
    }

    private static boolean hasFinalizer(GenericObject object, String finalizer) {
        return object.tree().list("metadata", "finalizers").contains(Json.of(finalizer));
    }

    private static Write withoutFinalizer(Key key, GenericObject object, String finalizer) {
        List<Json> others = new ArrayList<>(object.tree().list("metadata", "finalizers"));
        others.remove(Json.of(finalizer));
        return Write.merge(
                key.type(),
                key.name(),
                JsonObject.of(
                        "metadata",
                        JsonObject.of(
                                "uid",
                                Json.of(object.uid()),
                                "resourceVersion",
                                Json.of(object.tree().text("metadata", "resourceVersion")),
                                "finalizers",
                                new JsonArray(others))));
    }
}
