package io.fairlead.api;

import java.util.List;

/// How a request failed, in Kubernetes' own terms; the body of every error answer.
///
/// @param code the HTTP status code
/// @param reason the machine-readable word, such as `NotFound`
/// @param details kind, name, group, causes …; empty where there are none
public record Status(int code, String reason, String message, JsonObject details) {
    public static Status notFound(ResourceType type, String name) {
        return about(
                404,
                "NotFound",
                "%s \"%s\" not found".formatted(type.qualifiedPlural(), name),
                type,
                name);
    }

    public static Status alreadyExists(ResourceType type, String name) {
        return about(
                409,
                "AlreadyExists",
                "%s \"%s\" already exists".formatted(type.qualifiedPlural(), name),
                type,
                name);
    }

    public static Status badRequest(String message) {
        return new Status(400, "BadRequest", message, JsonObject.EMPTY);
    }

    /// An error whose details name the object.
    public static Status about(
            int code, String reason, String message, ResourceType type, String name) {
        JsonObject details =
                JsonObject.builder()
                        .putUnlessEmpty("name", name)
                        .putUnlessEmpty("group", type.group())
                        .put("kind", type.plural())
                        .build();
        return new Status(code, reason, message, details);
    }

    public static Status of(JsonObject tree) {
        return new Status(
                (int) tree.number(500, "code"),
                tree.text("reason"),
                tree.text("message"),
                tree.object("details"));
    }

    public Status withCauses(List<JsonObject> causes) {
        return new Status(
                code,
                reason,
                message,
                details.with("causes", JsonArray.from(causes, cause -> cause)));
    }

    public JsonObject tree() {
        return JsonObject.builder()
                .put("kind", "Status")
                .put("apiVersion", "v1")
                .put("metadata", JsonObject.EMPTY)
                .put("status", "Failure")
                .put("message", message)
                .putUnlessEmpty("reason", reason)
                .putUnlessEmpty("details", details)
                .put("code", code)
                .build();
    }
}
