package io.fairlead.nftables;

import java.util.List;
import java.util.Optional;

/// One step of a [Transaction] in its table.
public sealed interface Change {
    /// Makes the table unless it is there.
    record AddTable() implements Change {}

    /// Deletes the table with all that is in it.
    record DeleteTable() implements Change {}

    record AddChain(String chain, Optional<Chain.Hook> hook) implements Change {}

    /// Deletes a chain that has no rules and that nothing leads to.
    record DeleteChain(String chain) implements Change {}

    /// Deletes all rules of a chain.
    record FlushChain(String chain) implements Change {}

    /// Appends a rule.
    ///
    /// @param instructions the rule, compiled for the sets of its table
    record AddRule(String chain, Rule rule, List<Instruction> instructions) implements Change {
        public AddRule {
            instructions = List.copyOf(instructions);
        }
    }

    record AddSet(String set, SetShape shape) implements Change {}

    /// Deletes a set that no rule looks at, with its elements.
    record DeleteSet(String set) implements Change {}

    record AddElements(String set, SetShape shape, List<Element> elements) implements Change {
        public AddElements {
            elements = List.copyOf(elements);
        }
    }

    record DeleteElements(String set, SetShape shape, List<Element> elements) implements Change {
        public DeleteElements {
            elements = List.copyOf(elements);
        }
    }

    /// In the words of `nft`, without the table; long lists of elements are cut short.
    default String describe() {
        return switch (this) {
            case AddTable() -> "add table";
            case DeleteTable() -> "delete table";
            case AddChain(String chain, _) -> "add chain " + chain;
            case DeleteChain(String chain) -> "delete chain " + chain;
            case FlushChain(String chain) -> "flush chain " + chain;
            case AddRule(String chain, Rule rule, _) ->
                    "add rule " + chain + " " + RulesetPrinter.print(rule);
            case AddSet(String set, SetShape shape) ->
                    "add " + (shape.isMap() ? "map " : "set ") + set;
            case DeleteSet(String set) -> "delete set " + set;
            case AddElements(String set, SetShape shape, List<Element> elements) ->
                    "add element " + set + " " + some(shape, elements);
            case DeleteElements(String set, SetShape shape, List<Element> elements) ->
                    "delete element " + set + " " + some(shape, elements);
        };
    }

    private static String some(SetShape shape, List<Element> elements) {
        int most = 3;
        StringBuilder text = new StringBuilder("{ ");
        for (Element element : elements.subList(0, Math.min(most, elements.size()))) {
            text.append(RulesetPrinter.print(shape, element)).append(", ");
        }
        if (elements.size() > most) {
            text.append("and ").append(elements.size() - most).append(" more, ");
        }
        text.setLength(text.length() - 2);
        return text + " }";
    }
}
