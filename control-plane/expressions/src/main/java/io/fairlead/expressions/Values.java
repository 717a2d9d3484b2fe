package io.fairlead.expressions;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonBoolean;
import io.fairlead.api.JsonNull;
import io.fairlead.api.JsonNumber;
import io.fairlead.api.JsonObject;
import io.fairlead.api.JsonString;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Turns trees into the values that CEL knows, and back.
public final class Values {
    private Values() {}

    static Map<String, Object> variables(Map<String, ?> variables) {
        Map<String, Object> values = new LinkedHashMap<>();
        variables.forEach(
                (name, value) -> values.put(name, value instanceof Json tree ? of(tree) : value));
        return values;
    }

    /// A tree without a schema: what it looks like is what it is.
    public static Object of(Json tree) {
        return switch (tree) {
            case JsonString text -> text.value();
            case JsonBoolean flag -> flag.value();
            case JsonNumber number -> number.value();
            case JsonNull absent -> NullValue.NULL_VALUE;
            case JsonArray array -> {
                List<Object> items = new ArrayList<>(array.size());
                array.items().forEach(item -> items.add(of(item)));
                yield items;
            }
            case JsonObject object -> {
                Map<String, Object> members = LinkedHashMap.newLinkedHashMap(object.size());
                object.forEach((name, member) -> members.put(name, of(member)));
                yield members;
            }
        };
    }

    /// @throws ExpressionException for values that no tree can hold
    public static Json json(Object value) throws ExpressionException {
        return switch (value) {
            case String text -> Json.of(text);
            case Boolean flag -> Json.of(flag);
            case Long whole -> Json.of(whole);
            case UnsignedLong whole -> Json.of(whole.longValue());
            case Double number -> Json.of(number);
            case NullValue absent -> JsonNull.NULL;
            case CelByteString bytes ->
                    Json.of(Base64.getEncoder().encodeToString(bytes.toByteArray()));
            case Instant time -> Json.of(time.toString());
            case Duration span -> Json.of(seconds(span));
            case Optional<?> some -> some.isPresent() ? json(some.get()) : JsonNull.NULL;
            case List<?> items -> {
                List<Json> array = new ArrayList<>(items.size());
                for (Object item : items) {
                    array.add(json(item));
                }
                yield new JsonArray(array);
            }
            case Map<?, ?> members -> {
                JsonObject.Builder object = JsonObject.builder();
                for (Map.Entry<?, ?> member : members.entrySet()) {
                    if (member.getValue() instanceof Optional<?> some && some.isEmpty()) {
                        continue;
                    }
                    object.put(String.valueOf(member.getKey()), json(member.getValue()));
                }
                yield object.build();
            }
            default ->
                    throw new ExpressionException(
                            "a value of type "
                                    + value.getClass().getSimpleName()
                                    + " has no JSON form");
        };
    }

    private static String seconds(Duration span) {
        String digits =
                span.toMillis() % 1000 == 0
                        ? ""
                        : "." + "%03d".formatted(Math.abs(span.toMillis() % 1000));
        return span.toSeconds() + digits + "s";
    }
}
