package io.fairlead.api;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Shows a custom resource as the row that its definition's printer columns describe.
final class CustomRow {
    private CustomRow() {}

    static JsonArray cells(JsonObject object, CustomVersion version, Instant now) {
        List<Json> cells = new ArrayList<>();
        cells.add(Json.of(object.text("metadata", "name")));
        for (Json column : version.printerColumns()) {
            cells.add(cell(object, column, now));
        }
        return new JsonArray(cells);
    }

    private static Json cell(JsonObject object, Json column, Instant now) {
        List<Json> found;
        try {
            found = JsonPath.parse(column.text("jsonPath")).find(object);
        } catch (JsonSyntaxException e) {
            return JsonNull.NULL;
        }
        if (found.isEmpty()) {
            return JsonNull.NULL;
        }
        Json first = found.getFirst();
        return switch (column.text("type")) {
            case "integer" ->
                    first instanceof JsonNumber number
                            ? Json.of(number.value().longValue())
                            : JsonNull.NULL;
            case "number" -> first instanceof JsonNumber ? first : JsonNull.NULL;
            case "boolean" -> first instanceof JsonBoolean ? first : JsonNull.NULL;
            case "date" -> date(first, now);
            default -> Json.of(shown(found));
        };
    }

    private static Json date(Json value, Instant now) {
        if (!(value instanceof JsonString text)) {
            return JsonNull.NULL;
        }
        JsonObject holder = JsonObject.of("at", text);
        Optional<Instant> time = new GenericObject(holder).time("at");
        return Json.of(time.isEmpty() ? "<invalid>" : AgeText.since(time, now));
    }

    private static String shown(List<Json> found) {
        List<String> parts = new ArrayList<>();
        for (Json value : found) {
            parts.add(value instanceof JsonString text ? text.value() : value.toString());
        }
        return String.join(",", parts);
    }
}
