package io.fairlead.nftables;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Turns a rule into instructions. Registers are handed out from 0 in each statement; nothing is kept in them between statements.
public final class RuleCompiler {
    /// `ct state new` as a bit.
    static final int NEW_FLOW = 8;

    /// `RTN_LOCAL`, a route type of rtnetlink.
    static final int OWN_ADDRESS = 2;

    private final Function<String, @Nullable NamedSet> sets;
    private final List<Instruction> instructions = new ArrayList<>();

    private RuleCompiler(Function<String, @Nullable NamedSet> sets) {
        this.sets = sets;
    }

    /// @param sets the table's sets by name
    public static List<Instruction> compile(Rule rule, Function<String, @Nullable NamedSet> sets) {
        RuleCompiler compiler = new RuleCompiler(sets);
        for (Statement statement : rule.statements()) {
            compiler.compile(statement);
        }
        return List.copyOf(compiler.instructions);
    }

    private void compile(Statement statement) {
        switch (statement) {
            case Statement.Compare(Expression left, Statement.Comparison comparison, int right) -> {
                load(left, 0, false);
                add(new Instruction.Compare(0, typeOf(left), comparison, right));
            }
            case Statement.IsNewFlow() -> {
                load(new Expression.Masked(Expression.Field.FLOW_STATE, NEW_FLOW), 0, false);
                add(new Instruction.Compare(0, DataType.MARK, Statement.Comparison.NOT_EQUAL, 0));
            }
            case Statement.DestinationIsOwn() -> {
                load(Expression.Field.DESTINATION_OWNER, 0, false);
                add(
                        new Instruction.Compare(
                                0, DataType.MARK, Statement.Comparison.EQUAL, OWN_ADDRESS));
            }
            case Statement.ProtocolIn(List<Protocol> protocols) -> {
                load(Expression.Field.PROTOCOL, 0, false);
                add(new Instruction.LookProtocol(0, protocols));
            }
            case Statement.Look(Expression key, Statement.Membership membership, String set) -> {
                load(key, 0, shape(set).isAllBigEndian());
                add(new Instruction.Look(0, set, membership));
            }
            case Statement.SetMark(Statement.Mark mark, Expression value) -> {
                load(value, 0, false);
                add(new Instruction.Store(mark, 0));
            }
            case Statement.Give(Verdict verdict) -> add(new Instruction.Decide(verdict));
            case Statement.Branch(Expression key, String map) -> {
                load(key, 0, false);
                add(new Instruction.Branch(0, map));
            }
            case Statement.TranslateDestination(
                            TableName.Family family,
                            Expression.Mapped target) -> {
                load(target, 0, false);
                int port = family == TableName.Family.IP ? 1 : 4;
                add(new Instruction.TranslateDestination(family, 0, port));
            }
            case Statement.MoveSourcePort(TableName.Family family, int first, int last) -> {
                add(new Instruction.Port(first, 0));
                add(new Instruction.Port(last, 1));
                add(new Instruction.MoveSourcePort(family, 0, 1));
            }
            case Statement.Masquerade() -> add(new Instruction.Masquerade());
            case Statement.Reject(Statement.Refusal refusal) ->
                    add(new Instruction.Reject(refusal));
            case Statement.Untrack() -> add(new Instruction.Untrack());
            case Statement.TakeIn(long mac) -> add(new Instruction.TakeIn(mac));
            case Statement.Count() -> add(new Instruction.Count());
            case Statement.WriteElement(
                            Statement.Write write,
                            String map,
                            Expression key,
                            Expression value) -> {
                load(key, 0, false);
                int next = shape(map).key().words();
                load(value, next, false);
                add(new Instruction.WriteElement(write, map, 0, next));
            }
        }
    }

    /// Computes the value into registers from `to` on; returns how many it takes.
    private int load(Expression expression, int to, boolean inNetworkOrder) {
        switch (expression) {
            case Expression.Field field -> {
                add(new Instruction.Load(field, to));
                toNetworkOrder(field, to, inNetworkOrder);
                return field.words();
            }
            case Expression.Constant(int value) -> add(new Instruction.Constant(value, to));
            case Expression.Masked(Expression.Field field, int mask) -> {
                add(new Instruction.Load(field, to));
                add(new Instruction.Mask(to, typeOf(field), mask & bitsOf(field), 0));
                toNetworkOrder(field, to, inNetworkOrder);
            }
            case Expression.Merged(Expression.Field field, int bits) -> {
                add(new Instruction.Load(field, to));
                add(
                        new Instruction.Mask(
                                to, typeOf(field), ~bits & bitsOf(field), bits & bitsOf(field)));
                toNetworkOrder(field, to, inNetworkOrder);
            }
            case Expression.Concatenation(List<Expression> parts) -> {
                int next = to;
                for (Expression part : parts) {
                    next += load(part, next, inNetworkOrder);
                }
                return next - to;
            }
            case Expression.Mapped(Expression key, String map) -> {
                load(key, to, false);
                add(new Instruction.LookUp(to, map, to));
                return shape(map).holds() instanceof SetShape.Holds.Values(TupleType type)
                        ? type.words()
                        : 1;
            }
            case Expression.Random(int limit) -> add(new Instruction.Draw(limit, to));
            case Expression.Turn(int limit) -> add(new Instruction.Turn(limit, to));
            case Expression.Hash(Expression.Field hashed, int limit, int seed) -> {
                // The kernel would overwrite its input while it reads it.
                int from = to + 4;
                add(new Instruction.Load(hashed, from));
                add(new Instruction.Hash(from, hashed.words(), limit, seed, to));
            }
        }
        return 1;
    }

    private void toNetworkOrder(Expression.Field field, int at, boolean inNetworkOrder) {
        if (inNetworkOrder && !typeOf(field).isBigEndian()) {
            add(new Instruction.ToNetworkOrder(at));
        }
    }

    private SetShape shape(String set) {
        NamedSet known = sets.apply(set);
        if (known == null) {
            throw new NftablesException("a rule looks at set " + set + ", which does not exist");
        }
        return known.shape();
    }

    /// All bits that a field of at most one word has.
    static int bitsOf(Expression.Field field) {
        return -1 >>> (32 - 8 * Math.min(4, typeOf(field).bytes()));
    }

    static DataType typeOf(Expression expression) {
        return switch (expression) {
            case Expression.Field field ->
                    switch (field) {
                        case IP_SOURCE, IP_DESTINATION -> DataType.IPV4_ADDR;
                        case IP6_SOURCE, IP6_DESTINATION -> DataType.IPV6_ADDR;
                        // The latter two have types of their own in nft, of the same lengths.
                        case PROTOCOL, TCP_FLAGS, FRAME_TYPE -> DataType.INET_PROTO;
                        case SOURCE_PORT, DESTINATION_PORT, ETHER_TYPE -> DataType.INET_SERVICE;
                        case PACKET_MARK, FLOW_MARK, FLOW_STATE, DESTINATION_OWNER -> DataType.MARK;
                    };
            case Expression.Masked(Expression.Field field, _) -> typeOf(field);
            case Expression.Merged(Expression.Field field, _) -> typeOf(field);
            default -> DataType.MARK;
        };
    }

    private void add(Instruction instruction) {
        instructions.add(instruction);
    }
}
