package io.fairlead.nftables;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Turns instructions back into the rule they were compiled from, by remembering for each register what it was computed from.
/// Understands what [RuleCompiler] writes; anything else is a rule of somebody else.
final class RuleDecompiler {
    private static final int REGISTERS = 16;

    private final Function<String, @Nullable NamedSet> sets;
    private final @Nullable Expression[] registers = new @Nullable Expression[REGISTERS];
    private final List<Statement> statements = new ArrayList<>();

    private RuleDecompiler(Function<String, @Nullable NamedSet> sets) {
        this.sets = sets;
    }

    /// @param sets the table's sets by name
    static Rule decompile(
            List<Instruction> instructions, Function<String, @Nullable NamedSet> sets) {
        RuleDecompiler decompiler = new RuleDecompiler(sets);
        for (Instruction instruction : instructions) {
            decompiler.run(instruction);
        }
        return new Rule(decompiler.statements);
    }

    private void run(Instruction instruction) {
        switch (instruction) {
            case Instruction.Load(Expression.Field field, int to) -> registers[to] = field;
            case Instruction.Constant(int value, int to) ->
                    registers[to] = new Expression.Constant(value);
            case Instruction.Mask(int at, DataType _, int mask, int flip) -> mask(at, mask, flip);
            case Instruction.ToNetworkOrder _ -> {}
            case Instruction.Compare(
                            int at,
                            DataType _,
                            Statement.Comparison comparison,
                            int value) ->
                    statements.add(compare(word(at), comparison, value));
            case Instruction.Look(int at, String set, Statement.Membership membership) ->
                    statements.add(new Statement.Look(key(at, set), membership, set));
            case Instruction.LookProtocol(_, List<Protocol> protocols) ->
                    statements.add(new Statement.ProtocolIn(protocols));
            case Instruction.LookUp(int at, String map, int to) ->
                    registers[to] = new Expression.Mapped(key(at, map), map);
            case Instruction.Branch(int at, String map) ->
                    statements.add(new Statement.Branch(key(at, map), map));
            case Instruction.Store(Statement.Mark mark, int from) ->
                    statements.add(new Statement.SetMark(mark, word(from)));
            case Instruction.Draw(int limit, int to) ->
                    registers[to] = new Expression.Random(limit);
            case Instruction.Turn(int limit, int to) -> registers[to] = new Expression.Turn(limit);
            case Instruction.Hash(int from, _, int limit, int seed, int to) -> {
                if (!(word(from) instanceof Expression.Field field)) {
                    throw new NftablesException("a rule hashes " + word(from));
                }
                registers[to] = new Expression.Hash(field, limit, seed);
            }
            case Instruction.Decide(Verdict verdict) -> statements.add(new Statement.Give(verdict));
            case Instruction.TranslateDestination(TableName.Family family, int address, _) -> {
                if (!(word(address) instanceof Expression.Mapped target)) {
                    throw new NftablesException("a rule translates to " + word(address));
                }
                statements.add(new Statement.TranslateDestination(family, target));
            }
            case Instruction.Port(int port, int to) ->
                    registers[to] = new Expression.Constant(port);
            case Instruction.MoveSourcePort(TableName.Family family, int first, int last) -> {
                if (!(word(first) instanceof Expression.Constant(int lowest))
                        || !(word(last) instanceof Expression.Constant(int highest))) {
                    throw new NftablesException("a rule moves source ports to " + word(first));
                }
                statements.add(new Statement.MoveSourcePort(family, lowest, highest));
            }
            case Instruction.Masquerade() -> statements.add(new Statement.Masquerade());
            case Instruction.Reject(Statement.Refusal refusal) ->
                    statements.add(new Statement.Reject(refusal));
            case Instruction.Untrack() -> statements.add(new Statement.Untrack());
            case Instruction.TakeIn(long mac) -> statements.add(new Statement.TakeIn(mac));
            case Instruction.Count() -> statements.add(new Statement.Count());
            case Instruction.WriteElement(Statement.Write write, String map, int key, int value) ->
                    statements.add(
                            new Statement.WriteElement(write, map, key(key, map), word(value)));
        }
    }

    private void mask(int at, int mask, int flip) {
        if (!(word(at) instanceof Expression.Field field)
                || (flip != 0 && flip != (~mask & RuleCompiler.bitsOf(field)))) {
            throw new NftablesException("a rule masks " + word(at) + " in an unknown way");
        }
        registers[at] =
                flip == 0 ? new Expression.Masked(field, mask) : new Expression.Merged(field, flip);
    }

    private static Statement compare(Expression left, Statement.Comparison comparison, int value) {
        if (left == Expression.Field.DESTINATION_OWNER
                && comparison == Statement.Comparison.EQUAL
                && value == RuleCompiler.OWN_ADDRESS) {
            return new Statement.DestinationIsOwn();
        }
        if (left.equals(new Expression.Masked(Expression.Field.FLOW_STATE, RuleCompiler.NEW_FLOW))
                && comparison == Statement.Comparison.NOT_EQUAL
                && value == 0) {
            return new Statement.IsNewFlow();
        }
        return new Statement.Compare(left, comparison, value);
    }

    /// The key of a look-up: as many registers as the set's key has, put together again.
    private Expression key(int at, String set) {
        NamedSet known = sets.apply(set);
        if (known == null) {
            throw new NftablesException("a rule looks at set " + set + ", which was not read");
        }
        List<Expression> parts = new ArrayList<>();
        int word = at;
        for (DataType field : known.shape().key().fields()) {
            parts.add(word(word));
            word += field.words();
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(parts);
    }

    private Expression word(int at) {
        return Objects.requireNonNull(
                registers[at], () -> "a rule reads register " + at + " before it is written");
    }
}
