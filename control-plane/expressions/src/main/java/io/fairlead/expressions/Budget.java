package io.fairlead.expressions;

/// How much an evaluation may still cost: a step of the interpreter is one, a long text or list that comes out of a step costs by its length. Owned by one evaluation after another.
public final class Budget {
    /// What the rules for one object may cost together, as in Kubernetes.
    public static final long OBJECT_MAX = 10_000_000;

    /// What the conditions of one webhook or policy may cost together.
    public static final long CONDITIONS_MAX = 2_500_000;

    /// What one expression may cost.
    public static final long EXPRESSION_MAX = 1_000_000;

    private static final int CHARACTERS_PER_STEP = 10;

    private long left;

    public Budget(long left) {
        this.left = left;
    }

    /// The budget of all expressions about one object.
    public static Budget ofObject() {
        return new Budget(OBJECT_MAX);
    }

    public boolean isSpent() {
        return left <= 0;
    }

    void spend(long cost) {
        left -= cost;
    }

    /// Part of this budget, for one expression.
    Meter meter() {
        return new Meter(Math.min(left, EXPRESSION_MAX));
    }

    /// Counts one evaluation.
    static final class Meter {
        private final long limit;
        private long spent;

        Meter(long limit) {
            this.limit = limit;
        }

        long spent() {
            return spent;
        }

        void step(Object result) {
            spent += 1;
            if (result instanceof CharSequence text) {
                spent += text.length() / CHARACTERS_PER_STEP;
            } else if (result instanceof java.util.Collection<?> items) {
                spent += items.size() / CHARACTERS_PER_STEP;
            }
            if (spent > limit) {
                throw new Exceeded();
            }
        }
    }

    /// Ends an evaluation. An error, because the interpreter takes exceptions for values that a disjunction may absorb.
    static final class Exceeded extends Error {
        private static final long serialVersionUID = 1;

        Exceeded() {
            super("operation cancelled: actual cost limit exceeded", null, false, false);
        }
    }
}
