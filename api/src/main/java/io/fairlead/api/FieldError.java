package io.fairlead.api;

import java.util.List;

/// One thing that is wrong with an object: where, of what kind, and Kubernetes' sentence about it.
///
/// @param reason such as `FieldValueInvalid`
public record FieldError(String field, String reason, String message) {
    /// The answer to a request whose object has these errors: 422 with one cause for each.
    public static Status status(ResourceType type, String name, List<FieldError> errors) {
        List<String> sentences =
                errors.stream()
                        .map(error -> error.field() + ": " + error.message())
                        .distinct()
                        .toList();
        String all =
                sentences.size() == 1
                        ? sentences.getFirst()
                        : "[" + String.join(", ", sentences) + "]";
        String kind = type.group().isEmpty() ? type.kind() : type.kind() + "." + type.group();
        JsonObject details =
                JsonObject.builder()
                        .putUnlessEmpty("name", name)
                        .putUnlessEmpty("group", type.group())
                        .put("kind", type.kind())
                        .build();
        return new Status(
                        422,
                        "Invalid",
                        "%s \"%s\" is invalid: %s".formatted(kind, name, all),
                        details)
                .withCauses(errors.stream().map(FieldError::cause).toList());
    }

    /// As in `details.causes` of a Status.
    public JsonObject cause() {
        return JsonObject.of(
                "reason", Json.of(reason), "message", Json.of(message), "field", Json.of(field));
    }
}
