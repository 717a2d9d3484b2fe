package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Puts in what the schema alone knows: declared defaults, and the zero values and nulls that Kubernetes' own types write
/// out even when nobody set them.
public final class SchemaDefaults {
    /// Optional fields that are written as null where they are not set.
    private static final Map<String, List<String>> NULLS =
            Map.of(
                    "io.k8s.api.core.v1.PodCondition",
                    List.of("lastProbeTime", "lastTransitionTime"),
                    "io.k8s.api.core.v1.Event",
                    List.of("firstTimestamp", "lastTimestamp", "eventTime"),
                    "io.k8s.api.discovery.v1.EndpointSlice",
                    List.of("endpoints", "ports"),
                    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus",
                    List.of("currentMetrics"),
                    "io.k8s.api.authentication.v1.TokenRequestSpec",
                    List.of("boundObjectRef"));

    private SchemaDefaults() {}

    public static JsonObject apply(JsonObject tree, SchemaType type) {
        return object(tree, type);
    }

    private static JsonObject object(JsonObject tree, SchemaType type) {
        boolean custom = type.name().isEmpty();
        JsonObject.Builder completed = JsonObject.builder();
        boolean changed = false;
        for (String name : tree.names()) {
            Json before = tree.get(name);
            if (before != null) {
                SchemaField field = type.field(name);
                Json value = field == null ? before : value(before, field);
                changed |= ObjectDecoder.isOther(value, before);
                completed.put(name, value);
            }
        }
        for (SchemaField field : type.fields().values()) {
            if (tree.contains(field.name())) {
                continue;
            }
            Json value = absent(field, custom);
            if (value != null) {
                completed.put(field.name(), value);
                changed = true;
            }
        }
        for (String name : NULLS.getOrDefault(type.name(), List.of())) {
            if (!tree.contains(name)) {
                completed.put(name, JsonNull.NULL);
                changed = true;
            }
        }
        return changed ? completed.build() : tree;
    }

    private static @Nullable Json absent(SchemaField field, boolean custom) {
        Json value = field.defaultValue();
        if (value != null) {
            boolean isLeftOut =
                    value instanceof JsonString text
                            && text.value().isEmpty()
                            && !field.goType().text().isEmpty()
                            && !field.goType().keepsZero();
            return isLeftOut ? null : value(value, field);
        }
        boolean isCollection =
                field.type().shape() == SchemaType.Shape.LIST
                        || field.type().shape() == SchemaType.Shape.MAP;
        return !custom && field.required() && isCollection ? JsonNull.NULL : null;
    }

    private static Json value(Json value, SchemaField field) {
        Json fallback = field.defaultValue();
        if (value instanceof JsonNull && fallback != null) {
            return value(fallback, field.type());
        }
        return value(value, field.type());
    }

    private static Json value(Json value, SchemaType type) {
        return switch (value) {
            case JsonObject object when type.shape() == SchemaType.Shape.OBJECT ->
                    object(object, type);
            case JsonObject object when type.shape() == SchemaType.Shape.MAP ->
                    map(object, type.element());
            case JsonArray array when type.shape() == SchemaType.Shape.LIST ->
                    list(array, type.element());
            default -> value;
        };
    }

    private static JsonObject map(JsonObject map, SchemaType element) {
        if (!holdsObjects(element)) {
            return map;
        }
        JsonObject completed = map;
        for (String name : map.names()) {
            Json before = map.get(name);
            if (before != null) {
                completed = completed.with(name, value(before, element));
            }
        }
        return completed;
    }

    private static JsonArray list(JsonArray array, SchemaType element) {
        if (!holdsObjects(element)) {
            return array;
        }
        List<Json> completed = new ArrayList<>(array.size());
        boolean changed = false;
        for (Json before : array.items()) {
            Json value = value(before, element);
            changed |= ObjectDecoder.isOther(value, before);
            completed.add(value);
        }
        return changed ? new JsonArray(completed) : array;
    }

    private static boolean holdsObjects(SchemaType type) {
        return switch (type.shape()) {
            case OBJECT, MAP, LIST -> true;
            default -> false;
        };
    }
}
