package io.fairlead.nftables;

import io.fairlead.linux.NetlinkAttribute;
import io.fairlead.linux.NetlinkAttributes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// Reads nf_tables' expressions of one rule as instructions.
final class InstructionReader {
    private final Map<String, List<Protocol>> anonymousSets;
    private final DataType[] registers = new DataType[16];

    /// @param anonymousSets their contents by the names the kernel gave them
    InstructionReader(Map<String, List<Protocol>> anonymousSets) {
        this.anonymousSets = anonymousSets;
        Arrays.fill(registers, DataType.MARK);
    }

    List<Instruction> read(NetlinkAttributes expressions) {
        List<Instruction> instructions = new ArrayList<>();
        for (NetlinkAttribute item : expressions) {
            NetlinkAttributes expression = item.nested();
            String name = expression.require(NfTables.EXPRESSION_NAME).text();
            if (isPartOfTakingIn(name, expression, instructions)) {
                continue;
            }
            // An expression without attributes has no data at all.
            instructions.add(
                    expression
                            .find(NfTables.EXPRESSION_DATA)
                            .map(data -> read(name, data.nested()))
                            .orElseGet(() -> bare(name)));
        }
        return instructions;
    }

    /// Frames are taken in by four expressions in a row: a constant, the frame's type, the MAC address, and where it is written.
    private static boolean isPartOfTakingIn(
            String name, NetlinkAttributes expression, List<Instruction> instructions) {
        NetlinkAttributes it =
                expression
                        .find(NfTables.EXPRESSION_DATA)
                        .map(NetlinkAttribute::nested)
                        .orElse(null);
        if (it == null) {
            return false;
        }
        boolean setsType =
                name.equals("meta")
                        && it.find(3).isPresent()
                        && number(it, 2) == InstructionWriter.FRAME_TYPE;
        if (setsType) {
            // Instead of the constant that was read before.
            instructions.removeLast();
            return true;
        }
        if (name.equals("immediate") && number(it, 1) != 0) {
            byte[] value = it.require(2).nested().require(NfTables.DATA_VALUE).bytes();
            if (value.length == 6) {
                long mac = 0;
                for (byte next : value) {
                    mac = mac << 8 | Byte.toUnsignedLong(next);
                }
                instructions.add(new Instruction.TakeIn(mac));
                return true;
            }
        }
        return name.equals("payload") && it.find(5).isPresent();
    }

    private static Instruction bare(String name) {
        return switch (name) {
            case "notrack" -> new Instruction.Untrack();
            case "counter" -> new Instruction.Count();
            default -> throw unknown(name);
        };
    }

    private Instruction read(String name, NetlinkAttributes it) {
        return switch (name) {
            case "payload" -> load(payload(number(it, 2), number(it, 3)), number(it, 1));
            case "meta" -> mark(it, Statement.Mark.PACKET, 3);
            case "ct" -> mark(it, Statement.Mark.FLOW, 4);
            case "fib" -> load(Expression.Field.DESTINATION_OWNER, number(it, 1));
            case "immediate" -> immediate(it);
            case "bitwise" -> mask(it);
            case "byteorder" -> new Instruction.ToNetworkOrder(word(it, 1));
            case "cmp" -> compare(it);
            case "lookup" -> lookup(it);
            case "numgen" ->
                    number(it, 3) == 1
                            ? new Instruction.Draw(number(it, 2), marked(word(it, 1)))
                            : new Instruction.Turn(number(it, 2), marked(word(it, 1)));
            case "hash" ->
                    new Instruction.Hash(
                            word(it, 1),
                            number(it, 3) / 4,
                            number(it, 4),
                            number(it, 5),
                            marked(word(it, 2)));
            case "nat" -> translation(it);
            case "masq" -> new Instruction.Masquerade();
            case "reject" ->
                    new Instruction.Reject(
                            number(it, 1) == 1
                                    ? Statement.Refusal.TCP_RESET
                                    : Statement.Refusal.PORT_UNREACHABLE);
            case "dynset" ->
                    new Instruction.WriteElement(
                            Statement.Write.values()[number(it, 3)],
                            it.require(1).text(),
                            word(it, 4),
                            word(it, 5));
            default -> bare(name);
        };
    }

    private static Expression.Field payload(int base, int offset) {
        return switch (base * 100 + offset) {
            case 112 -> Expression.Field.IP_SOURCE;
            case 116 -> Expression.Field.IP_DESTINATION;
            case 108 -> Expression.Field.IP6_SOURCE;
            case 124 -> Expression.Field.IP6_DESTINATION;
            case 200 -> Expression.Field.SOURCE_PORT;
            case 202 -> Expression.Field.DESTINATION_PORT;
            case 213 -> Expression.Field.TCP_FLAGS;
            default -> throw unknown("payload at " + offset + " of header " + base);
        };
    }

    private Instruction mark(NetlinkAttributes it, Statement.Mark mark, int source) {
        int key = number(it, 2);
        if (it.find(source).isPresent()) {
            return new Instruction.Store(mark, word(it, source));
        }
        boolean ofFlow = mark == Statement.Mark.FLOW;
        Expression.Field field =
                switch (key) {
                    case 3 -> ofFlow ? Expression.Field.FLOW_MARK : Expression.Field.PACKET_MARK;
                    case 0 -> Expression.Field.FLOW_STATE;
                    case 16 -> Expression.Field.PROTOCOL;
                    case 1 -> Expression.Field.ETHER_TYPE;
                    case InstructionWriter.FRAME_TYPE -> Expression.Field.FRAME_TYPE;
                    default -> throw unknown((ofFlow ? "ct key " : "meta key ") + key);
                };
        return load(field, number(it, 1));
    }

    private Instruction load(Expression.Field field, int register) {
        int to = NfTables.word(register);
        registers[to] = RuleCompiler.typeOf(field);
        return new Instruction.Load(field, to);
    }

    private Instruction immediate(NetlinkAttributes it) {
        NetlinkAttributes data = it.require(2).nested();
        if (number(it, 1) == 0) {
            return new Instruction.Decide(verdict(data.require(NfTables.DATA_VERDICT).nested()));
        }
        byte[] value = data.require(NfTables.DATA_VALUE).bytes();
        if (value.length == Short.BYTES) {
            int port = Short.toUnsignedInt(ByteBuffer.wrap(value).getShort());
            return new Instruction.Port(port, marked(word(it, 1)));
        }
        return new Instruction.Constant(
                data.require(NfTables.DATA_VALUE).u32(), marked(word(it, 1)));
    }

    private Instruction mask(NetlinkAttributes it) {
        int at = word(it, 1);
        DataType type = registers[at];
        return new Instruction.Mask(
                at,
                type,
                value(it.require(4).nested().require(1).bytes(), type),
                value(it.require(5).nested().require(1).bytes(), type));
    }

    private static Instruction translation(NetlinkAttributes it) {
        TableName.Family family =
                number(it, 2) == TableName.Family.IP.number()
                        ? TableName.Family.IP
                        : TableName.Family.IP6;
        return number(it, 1) == 1
                ? new Instruction.TranslateDestination(family, word(it, 3), word(it, 5))
                : new Instruction.MoveSourcePort(family, word(it, 5), word(it, 6));
    }

    private static Statement.Comparison comparison(int code) {
        for (Statement.Comparison comparison : Statement.Comparison.values()) {
            if (InstructionWriter.code(comparison) == code) {
                return comparison;
            }
        }
        throw unknown("comparison " + code);
    }

    private Instruction compare(NetlinkAttributes it) {
        int at = word(it, 1);
        int number = value(it.require(3).nested().require(1).bytes(), registers[at]);
        return new Instruction.Compare(at, registers[at], comparison(number(it, 2)), number);
    }

    private static int value(byte[] value, DataType type) {
        ByteBuffer bytes = ByteBuffer.wrap(value);
        return switch (value.length) {
            case 1 -> Byte.toUnsignedInt(bytes.get());
            case 2 -> Short.toUnsignedInt(bytes.getShort());
            case 4 ->
                    bytes.order(type.isBigEndian() ? ByteOrder.BIG_ENDIAN : ByteOrder.nativeOrder())
                            .getInt();
            default -> throw unknown("a value of " + value.length + " bytes");
        };
    }

    private Instruction lookup(NetlinkAttributes it) {
        String set = it.require(1).text();
        int at = word(it, 2);
        List<Protocol> protocols = anonymousSets.get(set);
        if (protocols != null) {
            return new Instruction.LookProtocol(at, protocols);
        }
        if (it.find(3).isEmpty()) {
            boolean inverted = it.find(5).map(NetlinkAttribute::u32BigEndian).orElse(0) != 0;
            return new Instruction.Look(
                    at, set, inverted ? Statement.Membership.NOT_IN : Statement.Membership.IN);
        }
        return number(it, 3) == 0
                ? new Instruction.Branch(at, set)
                : new Instruction.LookUp(at, set, word(it, 3));
    }

    static Verdict verdict(NetlinkAttributes it) {
        int code = number(it, NfTables.VERDICT_CODE);
        return switch (code) {
            case 0 -> new Verdict.Drop();
            case 1 -> new Verdict.Accept();
            case -3 -> new Verdict.Jump(it.require(NfTables.VERDICT_CHAIN).text());
            case -4 -> new Verdict.Goto(it.require(NfTables.VERDICT_CHAIN).text());
            case -5 -> new Verdict.Return();
            default -> throw unknown("verdict " + code);
        };
    }

    private int marked(int word) {
        registers[word] = DataType.MARK;
        return word;
    }

    private static int word(NetlinkAttributes it, int attribute) {
        return NfTables.word(number(it, attribute));
    }

    private static int number(NetlinkAttributes it, int attribute) {
        return it.require(attribute).u32BigEndian();
    }

    private static NftablesException unknown(String what) {
        return new NftablesException("a rule uses " + what + ", which this program never writes");
    }
}
