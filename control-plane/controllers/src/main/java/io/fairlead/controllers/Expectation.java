package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;

/// A write that was done and will be seen.
sealed interface Expectation {
    boolean isMet(Seen seen);

    /// Of a write that made a version of its own. It is seen by its version, not by the object, which may have come and gone since.
    record OfVersion(ResourceType type, long version) implements Expectation {
        @Override
        public boolean isMet(Seen seen) {
            return seen.versions().getOrDefault(type, 0L) >= version;
        }
    }

    /// Of a deletion, whose version the server does not tell.
    record OfDeletion(Key key, String uid) implements Expectation {
        @Override
        public boolean isMet(Seen seen) {
            return seen.index()
                    .find(key, GenericObject::new)
                    .filter(object -> uid.isEmpty() || object.uid().equals(uid))
                    .filter(object -> !object.isBeingDeleted())
                    .isEmpty();
        }
    }

    /// Of an object that a write returned.
    static Expectation of(ResourceType type, JsonObject written) {
        String version = written.text("metadata", "resourceVersion");
        try {
            return new OfVersion(type, Long.parseLong(version));
        } catch (NumberFormatException e) {
            // A server with versions that cannot be compared: there is nothing to wait for.
            return new OfVersion(type, 0);
        }
    }
}
