package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;

/// How admission says no to an object: 403, with the object's kind and name in front of the reason.
final class Refusal {
    private Refusal() {}

    static ApiException of(ResourceType type, JsonObject object, String reason) {
        String name = object.text("metadata", "name");
        return new ApiException(
                Status.about(
                        403,
                        "Forbidden",
                        "%s \"%s\" is forbidden: %s"
                                .formatted(type.qualifiedPlural(), name, reason),
                        type,
                        name));
    }
}
