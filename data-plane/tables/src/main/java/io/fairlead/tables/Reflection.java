package io.fairlead.tables;

import io.fairlead.api.ResourceType;
import java.util.Map;

/// What a part of the data plane has made of a cluster's state: a table that is in effect, and how much of the cluster it contains.
public interface Reflection {
    ServiceKnowledge table();

    /// For each type watched, the resource version up to which the table contains everything.
    Map<ResourceType, Long> versions();

    default long version(ResourceType type) {
        return versions().getOrDefault(type, 0L);
    }
}
