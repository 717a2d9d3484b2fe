package io.fairlead.store;

/// A value with its key and the revisions that made and last changed it.
public record Stored<V>(String key, V value, long createRevision, long modRevision) {}
