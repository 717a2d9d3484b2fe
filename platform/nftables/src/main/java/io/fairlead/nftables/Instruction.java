package io.fairlead.nftables;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One step of a rule as the kernel runs it: on registers of 32 bits, numbered from 0. Between [RuleCompiler] and the netlink
/// codec; also what [PacketTracer] runs.
public sealed interface Instruction {
    /// The named set or map that it looks at or writes; null where there is none.
    default @Nullable String set() {
        return switch (this) {
            case Look(_, String set, _) -> set;
            case LookUp(_, String map, _) -> map;
            case Branch(_, String map) -> map;
            case Instruction.WriteElement(_, String map, _, _) -> map;
            default -> null;
        };
    }

    /// Reads a field of the packet into registers from `to` on.
    record Load(Expression.Field field, int to) implements Instruction {}

    record Constant(int value, int to) implements Instruction {}

    /// `register = register & mask ^ flip`. The type tells how many bytes there are and in which order.
    record Mask(int at, DataType type, int mask, int flip) implements Instruction {}

    /// Turns a mark into network order, as interval sets want it.
    record ToNetworkOrder(int at) implements Instruction {}

    /// Ends the rule unless the comparison holds. The type tells the compared bytes.
    record Compare(int at, DataType type, Statement.Comparison comparison, int value)
            implements Instruction {}

    /// Ends the rule unless the registers' membership of the set is as said.
    record Look(int at, String set, Statement.Membership membership) implements Instruction {}

    /// Ends the rule unless the register has one of these numbers. An anonymous set in the kernel.
    record LookProtocol(int at, List<Protocol> protocols) implements Instruction {}

    /// Replaces the key by what the map says of it, or ends the rule.
    record LookUp(int at, String map, int to) implements Instruction {}

    /// Goes where the map says, or ends the rule.
    record Branch(int at, String map) implements Instruction {}

    record Store(Statement.Mark mark, int from) implements Instruction {}

    record Draw(int limit, int to) implements Instruction {}

    record Turn(int limit, int to) implements Instruction {}

    /// `to = jhash(words from) mod limit`.
    record Hash(int from, int words, int limit, int seed, int to) implements Instruction {}

    record Decide(Verdict verdict) implements Instruction {}

    record TranslateDestination(TableName.Family family, int address, int port)
            implements Instruction {}

    /// A port in network order.
    record Port(int port, int to) implements Instruction {}

    /// @param first the register of the lowest port that may be taken
    /// @param last the register of the highest one
    record MoveSourcePort(TableName.Family family, int first, int last) implements Instruction {}

    record Masquerade() implements Instruction {}

    record Reject(Statement.Refusal refusal) implements Instruction {}

    record Untrack() implements Instruction {}

    /// Four expressions of the kernel, which belong together.
    record TakeIn(long mac) implements Instruction {}

    record Count() implements Instruction {}

    record WriteElement(Statement.Write write, String map, int key, int value)
            implements Instruction {}
}
