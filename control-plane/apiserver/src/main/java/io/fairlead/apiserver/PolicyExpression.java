package io.fairlead.apiserver;

import io.fairlead.expressions.Budget;
import io.fairlead.expressions.Expression;
import io.fairlead.expressions.ExpressionException;
import io.fairlead.expressions.PolicyCompiler;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One expression of a policy or webhook, or why it is none. Immutable.
///
/// @param problem why there is no expression; empty where there is one
record PolicyExpression(String text, @Nullable Expression expression, String problem) {
    static PolicyExpression of(String text, PolicyCompiler.Sort sort, PolicyCompiler compiler) {
        try {
            return new PolicyExpression(text, compiler.compile(text, sort), "");
        } catch (ExpressionException e) {
            return new PolicyExpression(text, null, e.getMessage());
        }
    }

    /// Makes something of an expression's value.
    interface Reading<T> {
        T read(Expression expression, Map<String, ?> variables, Budget budget)
                throws ExpressionException;
    }

    /// @throws EvaluationFailure when there is no value, or it cost too much
    Object value(Map<String, ?> variables, Budget budget) throws EvaluationFailure {
        return read(Expression::evaluate, variables, budget);
    }

    /// As [#value], read in a certain way.
    <T> T read(Reading<T> reading, Map<String, ?> variables, Budget budget)
            throws EvaluationFailure {
        if (expression == null) {
            throw new EvaluationFailure("compilation error: " + problem);
        }
        T value;
        try {
            value = reading.read(expression, variables, budget);
        } catch (ExpressionException e) {
            if (e.isOverBudget() && budget.isSpent()) {
                throw EvaluationFailure.ofSpentBudget();
            }
            throw new EvaluationFailure(
                    "expression '%s' resulted in error: %s".formatted(text, e.getMessage()));
        }
        if (budget.isSpent()) {
            throw EvaluationFailure.ofSpentBudget();
        }
        return value;
    }
}
