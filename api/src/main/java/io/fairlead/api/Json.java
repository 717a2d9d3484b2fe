package io.fairlead.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/// An immutable JSON value. Every Kubernetes object is one of these trees.
///
/// The accessors that take a path follow Go's zero values, as Kubernetes' own types do: what is
/// absent, null or of another type reads as the empty string, the empty list, `false` and so on.
/// Use [#find] where absence matters.
public sealed interface Json
        permits JsonObject, JsonArray, JsonString, JsonNumber, JsonBoolean, JsonNull {

    static JsonString of(String value) {
        return new JsonString(value);
    }

    static JsonNumber of(long value) {
        return new JsonNumber(value);
    }

    static JsonNumber of(double value) {
        return new JsonNumber(value);
    }

    static JsonBoolean of(boolean value) {
        return value ? JsonBoolean.TRUE : JsonBoolean.FALSE;
    }

    /// The value at a path of member names; empty when any step is absent, null or not an object.
    default Optional<Json> find(String... path) {
        Json at = this;
        for (String name : path) {
            Json next = at instanceof JsonObject object ? object.get(name) : null;
            if (next == null) {
                return Optional.empty();
            }
            at = next;
        }
        return at instanceof JsonNull ? Optional.empty() : Optional.of(at);
    }

    default boolean has(String... path) {
        return find(path).isPresent();
    }

    default String text(String... path) {
        return find(path).orElse(JsonNull.NULL) instanceof JsonString string ? string.value() : "";
    }

    default long number(long fallback, String... path) {
        return find(path).orElse(JsonNull.NULL) instanceof JsonNumber number
                ? number.value().longValue()
                : fallback;
    }

    default boolean flag(String... path) {
        return find(path).orElse(JsonNull.NULL) instanceof JsonBoolean flag && flag.value();
    }

    default List<Json> list(String... path) {
        return find(path).orElse(JsonNull.NULL) instanceof JsonArray array
                ? array.items()
                : List.of();
    }

    default JsonObject object(String... path) {
        return find(path).orElse(JsonNull.NULL) instanceof JsonObject object
                ? object
                : JsonObject.EMPTY;
    }

    /// The string members of the object at a path, in their order; other members are left out.
    default Map<String, String> texts(String... path) {
        return object(path).strings();
    }
}
