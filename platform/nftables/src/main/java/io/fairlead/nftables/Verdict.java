package io.fairlead.nftables;

/// Where a packet goes after a rule.
public sealed interface Verdict extends Content {
    /// Leaves the hook's chain with the packet.
    record Accept() implements Verdict {}

    record Drop() implements Verdict {}

    /// Back to the rule after the jump.
    record Return() implements Verdict {}

    /// Comes back when the chain ends.
    record Jump(String chain) implements Verdict {}

    /// Never comes back.
    record Goto(String chain) implements Verdict {}

    /// As in a ruleset file.
    default String print() {
        return switch (this) {
            case Accept _ -> "accept";
            case Drop _ -> "drop";
            case Return _ -> "return";
            case Jump(String chain) -> "jump " + chain;
            case Goto(String chain) -> "goto " + chain;
        };
    }
}
