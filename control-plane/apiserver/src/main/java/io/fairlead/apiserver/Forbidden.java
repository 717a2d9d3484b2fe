package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;

/// Says no, in the words that clients look for.
final class Forbidden {
    private Forbidden() {}

    static Status status(AccessRequest request) {
        return status(request, "");
    }

    /// @param reason why not, in more words; may be empty
    static Status status(AccessRequest request, String reason) {
        JsonObject details =
                request instanceof AccessRequest.ToResource to
                        ? JsonObject.builder()
                                .putUnlessEmpty("name", to.name())
                                .putUnlessEmpty("group", to.group())
                                .putUnlessEmpty("kind", to.plural())
                                .build()
                        : JsonObject.EMPTY;
        String message = reason.isEmpty() ? request.refusal() : request.refusal() + ": " + reason;
        return new Status(403, "Forbidden", message, details);
    }

    /// The answer to a request that a policy does not let pass.
    static Status byPolicy(AdmissionRequest request, String why) {
        ResourceType type = request.type();
        String name = request.name().name();
        return Status.about(
                403,
                "Forbidden",
                "%s \"%s\" is forbidden: %s".formatted(type.qualifiedPlural(), name, why),
                type,
                name);
    }
}
