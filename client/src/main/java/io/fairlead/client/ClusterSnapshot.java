package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.Collection;
import java.util.Optional;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Everything that was watched, as it stood at one moment. Immutable; a changed object costs a few small arrays, never a copy of the whole.
public record ClusterSnapshot(PMap<ResourceType, PMap<ObjectName, JsonObject>> objects) {
    public static final ClusterSnapshot EMPTY = new ClusterSnapshot(HashTreePMap.empty());

    public Optional<JsonObject> find(ResourceType type, ObjectName name) {
        return Optional.ofNullable(all(type).get(name));
    }

    public PMap<ObjectName, JsonObject> all(ResourceType type) {
        PMap<ObjectName, JsonObject> known = objects.get(type);
        return known == null ? HashTreePMap.empty() : known;
    }

    public Collection<JsonObject> list(ResourceType type) {
        return all(type).values();
    }

    public ClusterSnapshot with(ResourceType type, ObjectName name, JsonObject object) {
        return new ClusterSnapshot(objects.plus(type, all(type).plus(name, object)));
    }

    public ClusterSnapshot without(ResourceType type, ObjectName name) {
        return withAll(type, all(type).minus(name));
    }

    /// With these objects of a type and no others. A type without objects leaves no trace, so that equal contents are equal.
    public ClusterSnapshot withAll(ResourceType type, PMap<ObjectName, JsonObject> all) {
        return new ClusterSnapshot(all.isEmpty() ? objects.minus(type) : objects.plus(type, all));
    }

    /// The snapshot after a delta.
    public ClusterSnapshot apply(ClusterDelta delta) {
        ClusterSnapshot next = this;
        for (ObjectChange change : delta.changes()) {
            next =
                    change.after().isPresent()
                            ? next.with(change.type(), change.name(), change.after().get())
                            : next.without(change.type(), change.name());
        }
        return next;
    }
}
