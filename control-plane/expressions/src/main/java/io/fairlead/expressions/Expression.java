package io.fairlead.expressions;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import io.fairlead.api.Json;
import io.fairlead.api.JsonArray;
import io.fairlead.api.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A compiled expression. Safe for use by many threads.
public final class Expression {
    private static final Pattern MISSING_KEY = Pattern.compile("key '(.*)' is not present in map");
    private static final Pattern POSITION =
            Pattern.compile("^evaluation error(?: at <input>:\\d+)?: ");

    private final String text;
    private final CelRuntime.Program program;
    private final Set<String> names;
    private final String resultType;

    Expression(
            String text,
            CelAbstractSyntaxTree tree,
            CelRuntime.Program program,
            String resultType) {
        this.text = text;
        this.program = program;
        this.resultType = resultType;
        this.names =
                tree.getReferenceMap().values().stream()
                        .map(reference -> reference.name())
                        .collect(Collectors.toUnmodifiableSet());
    }

    public String text() {
        return text;
    }

    /// Whether the expression speaks of a variable.
    public boolean mentions(String variable) {
        return names.contains(variable);
    }

    /// What comes out, as CEL writes types: `bool`, `string`, `dyn`.
    public String resultType() {
        return resultType;
    }

    /// @param variables trees ([Json]) or values of other functions of this module
    /// @throws ExpressionException when there is no value
    public Object evaluate(Map<String, ?> variables, Budget budget) throws ExpressionException {
        Budget.Meter meter = budget.meter();
        try {
            return program.trace(
                    Values.variables(variables), (expression, result) -> meter.step(result));
        } catch (Budget.Exceeded | StackOverflowError e) {
            throw new ExpressionException("operation cancelled: actual cost limit exceeded", true);
        } catch (CelEvaluationException e) {
            throw new ExpressionException(reason(e));
        } catch (RuntimeException e) {
            throw new ExpressionException(String.valueOf(e.getMessage()));
        } finally {
            budget.spend(meter.spent());
        }
    }

    /// @throws ExpressionException when there is no value, or it is neither true nor false
    public boolean holds(Map<String, ?> variables, Budget budget) throws ExpressionException {
        if (evaluate(variables, budget) instanceof Boolean flag) {
            return flag;
        }
        throw new ExpressionException("cel expression evaluates to non-boolean value");
    }

    /// The value as a tree.
    public Json json(Map<String, ?> variables, Budget budget) throws ExpressionException {
        return Values.json(evaluate(variables, budget));
    }

    /// What an expression that makes an object wants an object to be.
    ///
    /// @throws ExpressionException also when objects within it are of other types than their places
    public JsonObject applyConfiguration(Map<String, ?> variables, Budget budget)
            throws ExpressionException {
        Object value = evaluate(variables, budget);
        PatchObject.check(value, PolicyTypes.OBJECT);
        return (JsonObject) Values.json(value);
    }

    /// The operations that an expression makes, as JSON Patch writes them.
    ///
    /// @throws ExpressionException also when objects within a value are of other types than their places
    public JsonArray jsonPatch(Map<String, ?> variables, Budget budget) throws ExpressionException {
        List<Json> operations = new ArrayList<>();
        for (Object each : (List<?>) evaluate(variables, budget)) {
            PatchObject operation = (PatchObject) each;
            Object value = operation.get("value");
            if (value instanceof PatchObject object) {
                PatchObject.check(object, object.type());
            }
            operations.add(Values.json(operation));
        }
        return new JsonArray(operations);
    }

    private static String reason(CelEvaluationException e) {
        String message = String.valueOf(e.getMessage());
        Matcher missing = MISSING_KEY.matcher(message);
        if (missing.find()) {
            return "no such key: " + missing.group(1);
        }
        return switch (e.getErrorCode()) {
            case DIVIDE_BY_ZERO ->
                    message.contains("modulus") ? "modulus by zero" : "division by zero";
            case OVERLOAD_NOT_FOUND -> "no such overload";
            case NUMERIC_OVERFLOW -> "integer overflow";
            default -> POSITION.matcher(message).replaceFirst("");
        };
    }
}
