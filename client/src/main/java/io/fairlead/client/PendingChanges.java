package io.fairlead.client;

import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Changes that nobody has been told of yet, at most one for each object: never more than there are objects, however slow the reader.
/// Owned by whoever holds its watcher's lock.
final class PendingChanges {
    private Map<Key, ObjectChange> changes = new LinkedHashMap<>();
    private boolean touched;

    private record Key(ResourceType type, ObjectName name) {}

    void add(ObjectChange change) {
        touched = true;
        Key key = new Key(change.type(), change.name());
        ObjectChange earlier = changes.remove(key);
        ObjectChange merged =
                earlier == null
                        ? change
                        : new ObjectChange(
                                change.type(), change.name(), earlier.before(), change.after());
        if (!merged.before().equals(merged.after())) {
            changes.put(key, merged);
        }
    }

    void touch() {
        touched = true;
    }

    /// Whether anything happened since the last [#take], even if it has cancelled out.
    boolean isTouched() {
        return touched;
    }

    List<ObjectChange> take() {
        List<ObjectChange> taken = List.copyOf(changes.values());
        // A map keeps the room that its largest contents took, and clearing it walks through all of
        // that.
        changes = new LinkedHashMap<>();
        touched = false;
        return taken;
    }
}
