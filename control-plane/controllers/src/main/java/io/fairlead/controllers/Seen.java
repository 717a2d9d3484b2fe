package io.fairlead.controllers;

import io.fairlead.api.ResourceType;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// The cluster as known, and up to which resource version that is everything, for each type.
record Seen(ClusterIndex index, PMap<ResourceType, Long> versions) {
    static final Seen NOTHING = new Seen(ClusterIndex.EMPTY, HashTreePMap.empty());
}
