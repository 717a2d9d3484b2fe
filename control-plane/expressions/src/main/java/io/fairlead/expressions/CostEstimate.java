package io.fairlead.expressions;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelValidationException;
import dev.cel.common.ast.CelExpr;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import io.fairlead.api.FieldError;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Guesses from above what a rule may cost before it ever runs, from the bounds in its schema, so that a rule over unbounded lists within lists is refused when it is written.
/// Coarse: it counts the rounds of loops, and the length of what is searched.
final class CostEstimate {
    private static final double LIMIT = 10_000_000;
    private static final double REQUEST_BYTES_MAX = 3 * 1024 * 1024;

    private final Map<String, JsonObject> variables = new HashMap<>();

    private CostEstimate(JsonObject schema) {
        variables.put("self", schema);
        variables.put("oldSelf", schema);
    }

    /// Null when the rule is cheap enough.
    static @Nullable FieldError problem(String text, JsonObject schema, String at) {
        try {
            CelAbstractSyntaxTree tree =
                    CelCompilerFactory.standardCelCompilerBuilder()
                            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
                            .build()
                            .parse(text)
                            .getAst();
            double cost = new CostEstimate(schema).cost(tree.getExpr());
            if (cost <= LIMIT) {
                return null;
            }
            double factor = cost / LIMIT;
            String times = factor > 100 ? "more than 100x" : "%.1fx".formatted(factor);
            return new FieldError(
                    at,
                    "FieldValueForbidden",
                    "Forbidden: estimated rule cost exceeds budget by factor of %s (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)"
                            .formatted(times));
        } catch (CelValidationException e) {
            return null;
        }
    }

    private double cost(CelExpr expression) {
        return switch (expression.getKind()) {
            case SELECT -> 1 + cost(expression.select().operand());
            case CALL -> {
                double cost = 1;
                if (expression.call().target().isPresent()) {
                    cost += cost(expression.call().target().get());
                }
                for (CelExpr argument : expression.call().args()) {
                    cost += cost(argument);
                }
                yield cost + searched(expression);
            }
            case LIST -> {
                double cost = 10;
                for (CelExpr element : expression.list().elements()) {
                    cost += cost(element);
                }
                yield cost;
            }
            case MAP -> {
                double cost = 30;
                for (CelExpr.CelMap.Entry entry : expression.map().entries()) {
                    cost += cost(entry.key()) + cost(entry.value());
                }
                yield cost;
            }
            case COMPREHENSION -> loop(expression.comprehension());
            default -> 1;
        };
    }

    private double loop(CelExpr.CelComprehension loop) {
        JsonObject over = schema(loop.iterRange());
        double rounds = over == null ? 10 : size(over);
        JsonObject item = over == null ? null : element(over);
        JsonObject hidden = variables.get(loop.iterVar());
        if (item != null && over != null && over.text("type").equals("array")) {
            variables.put(loop.iterVar(), item);
        }
        double each = cost(loop.loopCondition()) + cost(loop.loopStep());
        if (hidden == null) {
            variables.remove(loop.iterVar());
        } else {
            variables.put(loop.iterVar(), hidden);
        }
        return cost(loop.iterRange()) + rounds * each + cost(loop.result());
    }

    private double searched(CelExpr call) {
        return switch (call.call().function()) {
            case "contains",
                    "startsWith",
                    "endsWith",
                    "matches",
                    "find",
                    "findAll",
                    "indexOf",
                    "_==_",
                    "_!=_",
                    "@in",
                    "_+_" -> {
                double length = 0;
                if (call.call().target().isPresent()) {
                    length = length(call.call().target().get());
                }
                for (CelExpr argument : call.call().args()) {
                    length = Math.max(length, length(argument));
                }
                yield length / 10;
            }
            default -> 0;
        };
    }

    private double length(CelExpr expression) {
        JsonObject schema = schema(expression);
        if (schema == null) {
            return 1;
        }
        return switch (schema.text("type")) {
            case "string", "array" -> size(schema);
            default -> 1;
        };
    }

    /// The schema of what an expression names; null when it names nothing that has one.
    private @Nullable JsonObject schema(CelExpr expression) {
        return switch (expression.getKind()) {
            case IDENT -> variables.get(expression.ident().name());
            case SELECT -> {
                JsonObject operand = schema(expression.select().operand());
                if (operand == null) {
                    yield null;
                }
                JsonObject properties = operand.object("properties");
                String wanted = expression.select().field();
                for (String name : properties.names()) {
                    if (wanted.equals(SchemaTypes.escaped(name))) {
                        yield properties.object(name);
                    }
                }
                yield operand.get("additionalProperties") instanceof JsonObject values
                        ? values
                        : null;
            }
            case CALL -> {
                boolean isIndex = expression.call().function().equals("_[_]");
                JsonObject operand = isIndex ? schema(expression.call().args().getFirst()) : null;
                yield operand == null ? null : element(operand);
            }
            default -> null;
        };
    }

    private static JsonObject element(JsonObject schema) {
        return schema.text("type").equals("array")
                ? schema.object("items")
                : schema.object("additionalProperties");
    }

    private static double size(JsonObject schema) {
        String bound =
                switch (schema.text("type")) {
                    case "array" -> "maxItems";
                    case "string" -> "maxLength";
                    default -> "maxProperties";
                };
        if (schema.contains(bound)) {
            return schema.number(0, bound);
        }
        if (!schema.list("enum").isEmpty()) {
            return 50;
        }
        return switch (schema.text("type")) {
            case "string" -> REQUEST_BYTES_MAX;
            case "array", "object" -> REQUEST_BYTES_MAX / (bytes(element(schema)) + 1);
            default -> 1;
        };
    }

    /// The fewest bytes that a value takes in a request.
    private static double bytes(JsonObject schema) {
        return switch (schema.text("type")) {
            case "array", "string", "object" -> {
                double bytes = 2;
                for (Json name : schema.list("required")) {
                    bytes +=
                            name.text().length()
                                    + 3
                                    + bytes(schema.object("properties").object(name.text()));
                }
                yield bytes;
            }
            case "boolean" -> 4;
            default -> 1;
        };
    }
}
