package io.fairlead.nftables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/// Writes rulesets as files that `nft -f` loads.
public final class RulesetPrinter {
    private RulesetPrinter() {}

    /// The whole table: sets, then chains with hooks, then the others, each by name.
    public static String print(Ruleset ruleset) {
        StringBuilder text = new StringBuilder("table " + ruleset.table() + " {\n");
        List<NamedSet> sets = new ArrayList<>(ruleset.sets().values());
        sets.sort(Comparator.comparing(NamedSet::name));
        for (NamedSet set : sets) {
            print(set, text);
        }
        List<Chain> chains = new ArrayList<>(ruleset.chains().values());
        chains.sort(
                Comparator.comparing((Chain chain) -> chain.hook().isEmpty())
                        .thenComparing(Chain::name));
        for (Chain chain : chains) {
            text.append("\tchain ").append(chain.name()).append(" {\n");
            chain.hook()
                    .ifPresent(hook -> text.append("\t\t" + hook.print() + "; policy accept;\n"));
            for (Rule rule : chain.rules()) {
                text.append("\t\t").append(print(rule)).append('\n');
            }
            text.append("\t}\n");
        }
        return text.append("}\n").toString();
    }

    private static void print(NamedSet set, StringBuilder text) {
        SetShape shape = set.shape();
        text.append(shape.isMap() ? "\tmap " : "\tset ").append(set.name()).append(" { type ");
        text.append(shape.key());
        switch (shape.holds()) {
            case SetShape.Holds.Nothing() -> {}
            case SetShape.Holds.Values(TupleType type) -> text.append(" : ").append(type);
            case SetShape.Holds.Verdicts() -> text.append(" : verdict");
        }
        text.append(";");
        switch (shape.storage()) {
            case KEYS -> {}
            case INTERVALS -> text.append(" flags interval;");
            case WRITTEN_BY_PACKETS ->
                    text.append(
                            shape.timeout().isPresent()
                                    ? " flags dynamic, timeout;"
                                    : " flags dynamic;");
        }
        shape.timeout().ifPresent(timeout -> text.append(" timeout " + timeout.toSeconds() + "s;"));
        if (shape.counting() == SetShape.Counting.COUNTED) {
            text.append(" counter;");
        }
        if (shape.size() > 0) {
            text.append(" size ").append(shape.size()).append(";");
        }
        if (!set.elements().isEmpty() && !shape.isWrittenByPackets()) {
            StringJoiner elements =
                    new StringJoiner(",\n\t\t", "\n\t\telements = {\n\t\t", "\n\t\t}\n\t");
            for (Element element : set.sorted()) {
                elements.add(print(shape, element));
            }
            text.append(elements);
        } else {
            text.append(" ");
        }
        text.append("}\n");
    }

    static String print(SetShape shape, Element element) {
        String values =
                element.key().equals(element.last())
                        ? shape.key().print(element.key())
                        : shape.key().printRange(element.key(), element.last());
        String key = element.isCounted() ? values + " counter" : values;
        return switch (element.content()) {
            case Content.None _ -> key;
            case Verdict verdict -> key + " : " + verdict.print();
            case Tuple value ->
                    key
                            + " : "
                            + (shape.holds() instanceof SetShape.Holds.Values(TupleType type)
                                    ? type.print(value)
                                    : value.toString());
        };
    }

    /// One rule on one line.
    public static String print(Rule rule) {
        return rule.statements().stream()
                .map(RulesetPrinter::print)
                .collect(Collectors.joining(" "));
    }

    private static String print(Statement statement) {
        return switch (statement) {
            case Statement.Compare(Expression left, Statement.Comparison comparison, int right) ->
                    print(left) + " " + comparison.sign() + " " + constant(left, right);
            case Statement.IsNewFlow() -> "ct state new";
            case Statement.DestinationIsOwn() -> "fib daddr type local";
            case Statement.ProtocolIn(List<Protocol> protocols) ->
                    "meta l4proto "
                            + protocols.stream()
                                    .map(Protocol::keyword)
                                    .collect(Collectors.joining(", ", "{ ", " }"));
            case Statement.Look(Expression key, Statement.Membership membership, String set) ->
                    print(key) + (membership == Statement.Membership.IN ? " @" : " != @") + set;
            case Statement.SetMark(Statement.Mark mark, Expression value) ->
                    (mark == Statement.Mark.FLOW ? "ct" : "meta") + " mark set " + print(value);
            case Statement.Give(Verdict verdict) -> verdict.print();
            case Statement.Branch(Expression key, String map) -> print(key) + " vmap @" + map;
            case Statement.TranslateDestination(
                            TableName.Family family,
                            Expression.Mapped target) ->
                    "dnat " + family.keyword() + " to " + print(target);
            case Statement.MoveSourcePort(_, int first, int last) ->
                    "snat to :" + first + "-" + last + " fully-random";
            case Statement.Masquerade() -> "masquerade fully-random";
            case Statement.Reject(Statement.Refusal refusal) ->
                    switch (refusal) {
                        case TCP_RESET -> "reject with tcp reset";
                        case PORT_UNREACHABLE -> "reject";
                    };
            case Statement.Untrack() -> "notrack";
            case Statement.TakeIn(long mac) ->
                    "meta pkttype set host ether daddr set " + printMac(mac);
            case Statement.Count() -> "counter";
            case Statement.WriteElement(
                            Statement.Write write,
                            String map,
                            Expression key,
                            Expression value) ->
                    switch (write) {
                                case ADD -> "add";
                                case UPDATE -> "update";
                                case DELETE -> "delete";
                            }
                            + " @"
                            + map
                            + " { "
                            + print(key)
                            + " : "
                            + print(value)
                            + " }";
        };
    }

    private static String printMac(long mac) {
        StringJoiner text = new StringJoiner(":");
        for (int shift = 40; shift >= 0; shift -= 8) {
            text.add("%02x".formatted(mac >>> shift & 0xff));
        }
        return text.toString();
    }

    private static String constant(Expression left, int value) {
        return left == Expression.Field.PROTOCOL
                ? Protocol.name(value)
                : left == Expression.Field.DESTINATION_PORT || left == Expression.Field.SOURCE_PORT
                        ? Integer.toString(value)
                        : "0x" + Integer.toHexString(value);
    }

    private static String print(Expression expression) {
        return switch (expression) {
            case Expression.Field field -> field.keyword();
            case Expression.Constant(int value) -> "0x" + Integer.toHexString(value);
            case Expression.Masked(Expression.Field field, int mask) ->
                    "(" + field.keyword() + " & 0x" + Integer.toHexString(mask) + ")";
            case Expression.Merged(Expression.Field field, int bits) ->
                    field.keyword() + " | 0x" + Integer.toHexString(bits);
            case Expression.Concatenation(List<Expression> parts) ->
                    parts.stream().map(RulesetPrinter::print).collect(Collectors.joining(" . "));
            case Expression.Mapped(Expression key, String map) -> print(key) + " map @" + map;
            case Expression.Random(int limit) -> "numgen random mod " + limit;
            case Expression.Turn(int limit) -> "numgen inc mod " + limit;
            case Expression.Hash(Expression.Field hashed, int limit, int seed) ->
                    "jhash "
                            + hashed.keyword()
                            + " mod "
                            + limit
                            + " seed 0x"
                            + Integer.toHexString(seed);
        };
    }
}
