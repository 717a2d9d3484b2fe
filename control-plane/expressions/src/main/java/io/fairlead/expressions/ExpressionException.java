package io.fairlead.expressions;

/// An expression cannot be compiled, or came to no value. The message is Kubernetes'.
public final class ExpressionException extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean isOverBudget;

    ExpressionException(String message, boolean isOverBudget) {
        super(message);
        this.isOverBudget = isOverBudget;
    }

    ExpressionException(String message) {
        this(message, false);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /// Whether the expression was stopped because it cost too much.
    public boolean isOverBudget() {
        return isOverBudget;
    }
}
