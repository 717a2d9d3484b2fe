package io.fairlead.controllers;

import io.fairlead.api.ApiObject;
import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ClusterSnapshot;
import io.fairlead.client.ObjectChange;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// A [ClusterSnapshot] that also knows what lives in a namespace, what an object owns, and what [Terms] find objects by. Immutable. Law:
/// applying deltas gives the same index as indexing the snapshot they lead to.
public record ClusterIndex(
        ClusterSnapshot snapshot,
        PMap<Place, PMap<ObjectName, JsonObject>> byNamespace,
        PMap<String, PSet<Key>> byOwner,
        PMap<String, Key> byUid,
        PMap<Terms.Term, PMap<ObjectName, JsonObject>> byTerm) {
    public static final ClusterIndex EMPTY =
            new ClusterIndex(
                    ClusterSnapshot.EMPTY,
                    HashTreePMap.empty(),
                    HashTreePMap.empty(),
                    HashTreePMap.empty(),
                    HashTreePMap.empty());

    /// A type in a namespace.
    public record Place(ResourceType type, String namespace) {}

    public static ClusterIndex of(ClusterSnapshot snapshot) {
        ClusterIndex index = EMPTY;
        for (ResourceType type : snapshot.objects().keySet()) {
            for (JsonObject object : snapshot.list(type)) {
                index = index.with(type, object);
            }
        }
        return index;
    }

    public ClusterIndex apply(ClusterDelta delta) {
        ClusterIndex next = this;
        for (ObjectChange change : delta.changes()) {
            if (change.before().isPresent()) {
                next = next.without(change.type(), change.before().get());
            }
            if (change.after().isPresent()) {
                next = next.with(change.type(), change.after().get());
            }
        }
        return next;
    }

    public Optional<JsonObject> find(Key key) {
        return snapshot.find(key.type(), key.name());
    }

    /// As a typed view.
    public <T> Optional<T> find(Key key, Function<JsonObject, T> view) {
        return find(key).map(view);
    }

    public Collection<JsonObject> list(ResourceType type) {
        return snapshot.list(type);
    }

    public Collection<JsonObject> list(ResourceType type, String namespace) {
        PMap<ObjectName, JsonObject> there = byNamespace.get(new Place(type, namespace));
        return there == null ? List.of() : there.values();
    }

    /// All objects of a type in a namespace, as typed views.
    public <T> List<T> list(ResourceType type, String namespace, Function<JsonObject, T> view) {
        return list(type, namespace).stream().map(view).toList();
    }

    /// The objects that name this owner, as controller or not.
    public Set<Key> ownedBy(String uid) {
        PSet<Key> owned = byOwner.get(uid);
        return owned == null ? Set.of() : owned;
    }

    /// The objects that a term finds.
    Collection<JsonObject> under(Terms.Term term) {
        PMap<ObjectName, JsonObject> there = byTerm.get(term);
        return there == null ? List.of() : there.values();
    }

    public Optional<Key> withUid(String uid) {
        return Optional.ofNullable(byUid.get(uid));
    }

    public ClusterIndex with(ResourceType type, JsonObject object) {
        GenericObject view = new GenericObject(object);
        Optional<JsonObject> before = snapshot.find(type, view.objectName());
        ClusterIndex base = before.isPresent() ? without(type, before.get()) : this;
        Key key = Key.of(type, view);
        Place place = new Place(type, view.namespace());
        PMap<ObjectName, JsonObject> there = base.byNamespace.get(place);
        PMap<ObjectName, JsonObject> known = there == null ? HashTreePMap.empty() : there;
        PMap<String, PSet<Key>> owners = base.byOwner;
        for (Json owner : object.list("metadata", "ownerReferences")) {
            PSet<Key> owned = owners.get(owner.text("uid"));
            PSet<Key> siblings = owned == null ? HashTreePSet.empty() : owned;
            owners = owners.plus(owner.text("uid"), siblings.plus(key));
        }
        PMap<Terms.Term, PMap<ObjectName, JsonObject>> terms = base.byTerm;
        for (Terms.Term term : Terms.of(type, object)) {
            PMap<ObjectName, JsonObject> under = terms.get(term);
            PMap<ObjectName, JsonObject> others = under == null ? HashTreePMap.empty() : under;
            terms = terms.plus(term, others.plus(view.objectName(), object));
        }
        return new ClusterIndex(
                base.snapshot.with(type, view.objectName(), object),
                base.byNamespace.plus(place, known.plus(view.objectName(), object)),
                owners,
                view.uid().isEmpty() ? base.byUid : base.byUid.plus(view.uid(), key),
                terms);
    }

    private ClusterIndex without(ResourceType type, JsonObject object) {
        ApiObject view = new GenericObject(object);
        Key key = Key.of(type, view);
        Place place = new Place(type, view.namespace());
        PMap<ObjectName, JsonObject> there = byNamespace.get(place);
        PMap<ObjectName, JsonObject> left =
                there == null ? HashTreePMap.empty() : there.minus(view.objectName());
        PMap<String, PSet<Key>> owners = byOwner;
        for (Json owner : object.list("metadata", "ownerReferences")) {
            PSet<Key> owned = owners.get(owner.text("uid"));
            if (owned != null) {
                PSet<Key> siblings = owned.minus(key);
                owners =
                        siblings.isEmpty()
                                ? owners.minus(owner.text("uid"))
                                : owners.plus(owner.text("uid"), siblings);
            }
        }
        PMap<Terms.Term, PMap<ObjectName, JsonObject>> terms = byTerm;
        for (Terms.Term term : Terms.of(type, object)) {
            PMap<ObjectName, JsonObject> under = terms.get(term);
            if (under != null) {
                PMap<ObjectName, JsonObject> others = under.minus(view.objectName());
                terms = others.isEmpty() ? terms.minus(term) : terms.plus(term, others);
            }
        }
        return new ClusterIndex(
                snapshot.without(type, view.objectName()),
                left.isEmpty() ? byNamespace.minus(place) : byNamespace.plus(place, left),
                owners,
                byUid.minus(view.uid()),
                terms);
    }
}
