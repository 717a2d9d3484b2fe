package io.fairlead.nftables;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/// Changes to one table that take effect together or not at all, in this order.
public record Transaction(TableName table, List<Change> changes) {
    public Transaction {
        changes = List.copyOf(changes);
    }

    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /// Makes the table be that ruleset, whatever it was before; packets see one or the other.
    public static Transaction replace(Ruleset ruleset) {
        List<Change> changes = new ArrayList<>();
        changes.add(new Change.AddTable());
        changes.add(new Change.DeleteTable());
        changes.add(new Change.AddTable());
        changes.addAll(Diff.between(Ruleset.empty(ruleset.table()), ruleset).changes());
        return new Transaction(ruleset.table(), changes);
    }

    public static Transaction deleteTable(TableName table) {
        return new Transaction(table, List.of(new Change.AddTable(), new Change.DeleteTable()));
    }

    /// One change a line, for people.
    @Override
    public String toString() {
        StringJoiner lines = new StringJoiner("\n");
        for (Change change : changes) {
            lines.add(change.describe());
        }
        return lines.toString();
    }
}
