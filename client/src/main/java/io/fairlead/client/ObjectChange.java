package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.Optional;

/// One object's change between two snapshots. At least one side is present, and the two differ.
public record ObjectChange(
        ResourceType type,
        ObjectName name,
        Optional<JsonObject> before,
        Optional<JsonObject> after) {}
