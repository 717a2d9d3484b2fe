package io.fairlead.apiserver;

/// An expression of a webhook or policy came to no value. The message is Kubernetes'.
final class EvaluationFailure extends Exception {
    private static final long serialVersionUID = 1;

    private final boolean isFinal;

    EvaluationFailure(String message) {
        this(message, false);
    }

    private EvaluationFailure(String message, boolean isFinal) {
        super(message);
        this.isFinal = isFinal;
    }

    static EvaluationFailure ofSpentBudget() {
        return new EvaluationFailure(
                "validation failed due to running out of cost budget, no further validation rules will be run",
                true);
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /// Whether there is no use in evaluating anything else.
    boolean isFinal() {
        return isFinal;
    }
}
