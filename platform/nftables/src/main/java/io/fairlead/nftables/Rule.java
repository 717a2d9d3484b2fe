package io.fairlead.nftables;

import java.util.List;

/// Statements that run one after the other until one does not match or gives a verdict.
public record Rule(List<Statement> statements) {
    public Rule {
        statements = List.copyOf(statements);
    }

    public static Rule of(Statement... statements) {
        return new Rule(List.of(statements));
    }
}
