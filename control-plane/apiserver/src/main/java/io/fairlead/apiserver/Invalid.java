package io.fairlead.apiserver;

import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.Status;
import java.util.List;

/// Makes the answer to an object or to options that break rules: 422 with one cause for each.
final class Invalid {
    private Invalid() {}

    static JsonObject cause(String field, String reason, String message) {
        return JsonObject.builder()
                .put("reason", reason)
                .put("message", message)
                .put("field", field)
                .build();
    }

    static JsonObject forbidden(String field, String message) {
        return cause(field, "FieldValueForbidden", "Forbidden: " + message);
    }

    /// @param value as JSON text
    static JsonObject value(String field, String value, String message) {
        return cause(field, "FieldValueInvalid", "Invalid value: " + value + ": " + message);
    }

    static JsonObject notSupported(String field, String value, String supported) {
        return cause(
                field,
                "FieldValueNotSupported",
                "Unsupported value: \"" + value + "\": supported values: " + supported);
    }

    static ApiException object(ResourceType type, String name, List<JsonObject> causes) {
        return exception(type.group(), type.kind(), name, causes);
    }

    /// For the query's options, which have a kind of their own.
    static ApiException options(String kind, List<JsonObject> causes) {
        return exception("meta.k8s.io", kind, "", causes);
    }

    /// All causes as one sentence.
    static String sentence(List<JsonObject> causes) {
        List<String> sentences =
                causes.stream()
                        .map(cause -> cause.text("field") + ": " + cause.text("message"))
                        .distinct()
                        .toList();
        return sentences.size() == 1
                ? sentences.getFirst()
                : "[" + String.join(", ", sentences) + "]";
    }

    private static ApiException exception(
            String group, String kind, String name, List<JsonObject> causes) {
        Status status =
                new Status(
                        422,
                        "Invalid",
                        "%s \"%s\" is invalid: %s"
                                .formatted(
                                        group.isEmpty() ? kind : kind + "." + group,
                                        name,
                                        sentence(causes)),
                        JsonObject.builder()
                                .putUnlessEmpty("name", name)
                                .putUnlessEmpty("group", group)
                                .put("kind", kind)
                                .build());
        return new ApiException(status.withCauses(causes));
    }
}
