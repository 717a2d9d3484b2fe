package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// An immutable JSON array.
public record JsonArray(List<Json> items) implements Json {
    public static final JsonArray EMPTY = new JsonArray(List.of());

    public JsonArray {
        items = List.copyOf(items);
    }

    public static JsonArray of(Json... items) {
        return new JsonArray(List.of(items));
    }

    public static JsonArray ofStrings(Iterable<String> values) {
        List<Json> items = new ArrayList<>();
        values.forEach(value -> items.add(new JsonString(value)));
        return new JsonArray(items);
    }

    /// One item for each element, in order.
    public static <T> JsonArray from(
            Iterable<T> elements, Function<? super T, ? extends Json> toJson) {
        List<Json> items = new ArrayList<>();
        elements.forEach(element -> items.add(toJson.apply(element)));
        return new JsonArray(items);
    }

    public int size() {
        return items.size();
    }

    public JsonArray plus(Json item) {
        List<Json> longer = new ArrayList<>(items);
        longer.add(item);
        return new JsonArray(longer);
    }

    @Override
    public String toString() {
        return JsonWriter.text(this);
    }
}
