package io.fairlead.node;

import io.fairlead.api.Json;
import io.fairlead.api.JsonString;
import java.util.List;

/// Plain texts out of JSON values.
final class JsonTexts {
    private JsonTexts() {}

    static String of(Json value) {
        return value instanceof JsonString string ? string.value() : value.toString();
    }

    static List<String> of(List<Json> values) {
        return values.stream().map(JsonTexts::of).toList();
    }
}
