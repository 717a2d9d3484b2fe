package io.fairlead.nftables;

import static io.fairlead.nftables.NfTables.register;

import io.fairlead.linux.NetlinkWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;

/// Writes instructions as the expressions of nf_tables.
final class InstructionWriter {
    private static final int FULLY_RANDOM = 0x10;
    private static final int PORTS_GIVEN = 0x02;
    private static final int SOURCE = 0;

    /// `NFT_META_PKTTYPE`
    static final int FRAME_TYPE = 19;

    private InstructionWriter() {}

    /// @param anonymousSet the number that stands for the instruction's anonymous set in this batch
    static void write(
            NetlinkWriter list,
            TableName.Family family,
            Instruction instruction,
            int anonymousSet) {
        switch (instruction) {
            case Instruction.Load(Expression.Field field, int to) -> load(list, field, to);
            case Instruction.Constant(int value, int to) ->
                    expression(
                            list,
                            "immediate",
                            it ->
                                    it.u32BigEndian(1, register(to))
                                            .nested(2, data -> data.u32(1, value)));
            case Instruction.Mask(int at, DataType type, int mask, int flip) ->
                    expression(
                            list,
                            "bitwise",
                            it ->
                                    it.u32BigEndian(1, register(at))
                                            .u32BigEndian(2, register(at))
                                            .u32BigEndian(3, type.bytes())
                                            .nested(4, data -> data.bytes(1, bytes(type, mask)))
                                            .nested(5, data -> data.bytes(1, bytes(type, flip))));
            case Instruction.ToNetworkOrder(int at) ->
                    expression(
                            list,
                            "byteorder",
                            it ->
                                    it.u32BigEndian(1, register(at))
                                            .u32BigEndian(2, register(at))
                                            .u32BigEndian(3, 1)
                                            .u32BigEndian(4, 4)
                                            .u32BigEndian(5, 4));
            case Instruction.Compare(
                            int at,
                            DataType type,
                            Statement.Comparison comparison,
                            int value) ->
                    expression(
                            list,
                            "cmp",
                            it ->
                                    it.u32BigEndian(1, register(at))
                                            .u32BigEndian(2, code(comparison))
                                            .nested(3, data -> data.bytes(1, bytes(type, value))));
            case Instruction.Look(int at, String set, Statement.Membership membership) ->
                    expression(
                            list,
                            "lookup",
                            it -> {
                                it.text(1, set).u32BigEndian(2, register(at));
                                if (membership == Statement.Membership.NOT_IN) {
                                    it.u32BigEndian(5, 1);
                                }
                            });
            case Instruction.LookProtocol(int at, _) ->
                    expression(
                            list,
                            "lookup",
                            it ->
                                    it.text(1, "__set%d")
                                            .u32BigEndian(2, register(at))
                                            .u32BigEndian(4, anonymousSet));
            case Instruction.LookUp(int at, String map, int to) ->
                    expression(
                            list,
                            "lookup",
                            it ->
                                    it.text(1, map)
                                            .u32BigEndian(2, register(at))
                                            .u32BigEndian(3, register(to)));
            case Instruction.Branch(int at, String map) ->
                    expression(
                            list,
                            "lookup",
                            it -> it.text(1, map).u32BigEndian(2, register(at)).u32BigEndian(3, 0));
            case Instruction.Store(Statement.Mark mark, int from) ->
                    expression(
                            list,
                            mark == Statement.Mark.FLOW ? "ct" : "meta",
                            it ->
                                    it.u32BigEndian(2, 3)
                                            .u32BigEndian(
                                                    mark == Statement.Mark.FLOW ? 4 : 3,
                                                    register(from)));
            case Instruction.Draw(int limit, int to) -> numgen(list, limit, 1, to);
            case Instruction.Turn(int limit, int to) -> numgen(list, limit, 0, to);
            case Instruction.Hash(int from, int words, int limit, int seed, int to) ->
                    expression(
                            list,
                            "hash",
                            it ->
                                    it.u32BigEndian(1, register(from))
                                            .u32BigEndian(2, register(to))
                                            .u32BigEndian(3, words * 4)
                                            .u32BigEndian(4, limit)
                                            .u32BigEndian(5, seed)
                                            .u32BigEndian(7, 0));
            case Instruction.Decide(Verdict verdict) ->
                    expression(
                            list,
                            "immediate",
                            it -> it.u32BigEndian(1, 0).nested(2, data -> verdict(data, verdict)));
            case Instruction.TranslateDestination(TableName.Family to, int address, int port) ->
                    expression(
                            list,
                            "nat",
                            it ->
                                    it.u32BigEndian(1, 1)
                                            .u32BigEndian(2, to.number())
                                            .u32BigEndian(3, register(address))
                                            .u32BigEndian(5, register(port)));
            case Instruction.Port(int port, int to) ->
                    expression(
                            list,
                            "immediate",
                            it ->
                                    it.u32BigEndian(1, register(to))
                                            .nested(
                                                    2,
                                                    data ->
                                                            data.bytes(
                                                                    1,
                                                                    bytes(
                                                                            DataType.INET_SERVICE,
                                                                            port))));
            case Instruction.MoveSourcePort(TableName.Family of, int first, int last) ->
                    expression(
                            list,
                            "nat",
                            it ->
                                    it.u32BigEndian(1, SOURCE)
                                            .u32BigEndian(2, of.number())
                                            .u32BigEndian(5, register(first))
                                            .u32BigEndian(6, register(last))
                                            .u32BigEndian(7, FULLY_RANDOM | PORTS_GIVEN));
            case Instruction.Masquerade() ->
                    expression(list, "masq", it -> it.u32BigEndian(1, FULLY_RANDOM));
            case Instruction.Reject(Statement.Refusal refusal) ->
                    expression(
                            list,
                            "reject",
                            it -> {
                                switch (refusal) {
                                    case TCP_RESET -> it.u32BigEndian(1, 1).u8(2, 0);
                                    case PORT_UNREACHABLE ->
                                            it.u32BigEndian(1, 0)
                                                    .u8(2, family == TableName.Family.IP ? 3 : 4);
                                }
                            });
            case Instruction.Untrack() -> expression(list, "notrack", _ -> {});
            case Instruction.TakeIn(long mac) -> takeIn(list, mac);
            case Instruction.Count() -> expression(list, "counter", _ -> {});
            case Instruction.WriteElement(Statement.Write write, String map, int key, int value) ->
                    expression(
                            list,
                            "dynset",
                            it ->
                                    it.text(1, map)
                                            .u32BigEndian(3, write.ordinal())
                                            .u32BigEndian(4, register(key))
                                            .u32BigEndian(5, register(value)));
        }
    }

    private static void load(NetlinkWriter list, Expression.Field field, int to) {
        switch (field) {
            case IP_SOURCE -> payload(list, 1, 12, 4, to);
            case IP_DESTINATION -> payload(list, 1, 16, 4, to);
            case IP6_SOURCE -> payload(list, 1, 8, 16, to);
            case IP6_DESTINATION -> payload(list, 1, 24, 16, to);
            case SOURCE_PORT -> payload(list, 2, 0, 2, to);
            case DESTINATION_PORT -> payload(list, 2, 2, 2, to);
            case TCP_FLAGS -> payload(list, 2, 13, 1, to);
            case ETHER_TYPE -> key(list, "meta", 1, to);
            case FRAME_TYPE -> key(list, "meta", FRAME_TYPE, to);
            case PROTOCOL -> key(list, "meta", 16, to);
            case PACKET_MARK -> key(list, "meta", 3, to);
            case FLOW_STATE -> key(list, "ct", 0, to);
            case FLOW_MARK -> key(list, "ct", 3, to);
            case DESTINATION_OWNER ->
                    expression(
                            list,
                            "fib",
                            it ->
                                    it.u32BigEndian(1, register(to))
                                            .u32BigEndian(2, 3)
                                            .u32BigEndian(3, 2));
        }
    }

    /// The frame's type becomes "host", its destination the MAC address.
    private static void takeIn(NetlinkWriter list, long mac) {
        int register = register(0);
        expression(
                list,
                "immediate",
                it -> it.u32BigEndian(1, register).nested(2, data -> data.u32(1, 0)));
        expression(list, "meta", it -> it.u32BigEndian(2, FRAME_TYPE).u32BigEndian(3, register));
        byte[] bytes = new byte[6];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (mac >>> (40 - 8 * i));
        }
        expression(
                list,
                "immediate",
                it -> it.u32BigEndian(1, register).nested(2, data -> data.bytes(1, bytes)));
        expression(
                list,
                "payload",
                it ->
                        it.u32BigEndian(2, 0)
                                .u32BigEndian(3, 0)
                                .u32BigEndian(4, bytes.length)
                                .u32BigEndian(5, register));
    }

    private static void payload(NetlinkWriter list, int base, int offset, int length, int to) {
        expression(
                list,
                "payload",
                it ->
                        it.u32BigEndian(1, register(to))
                                .u32BigEndian(2, base)
                                .u32BigEndian(3, offset)
                                .u32BigEndian(4, length));
    }

    private static void key(NetlinkWriter list, String name, int key, int to) {
        expression(list, name, it -> it.u32BigEndian(2, key).u32BigEndian(1, register(to)));
    }

    private static void numgen(NetlinkWriter list, int limit, int type, int to) {
        expression(
                list,
                "numgen",
                it ->
                        it.u32BigEndian(1, register(to))
                                .u32BigEndian(2, limit)
                                .u32BigEndian(3, type)
                                .u32BigEndian(4, 0));
    }

    static void expression(NetlinkWriter list, String name, Consumer<NetlinkWriter> content) {
        list.nested(
                NfTables.LIST_ITEM,
                item ->
                        item.text(NfTables.EXPRESSION_NAME, name)
                                .nested(NfTables.EXPRESSION_DATA, content));
    }

    static void verdict(NetlinkWriter data, Verdict verdict) {
        data.nested(
                NfTables.DATA_VERDICT,
                it -> {
                    it.u32BigEndian(NfTables.VERDICT_CODE, code(verdict));
                    switch (verdict) {
                        case Verdict.Jump(String chain) -> it.text(NfTables.VERDICT_CHAIN, chain);
                        case Verdict.Goto(String chain) -> it.text(NfTables.VERDICT_CHAIN, chain);
                        default -> {}
                    }
                });
    }

    /// `enum nft_cmp_ops`.
    static int code(Statement.Comparison comparison) {
        return switch (comparison) {
            case EQUAL -> 0;
            case NOT_EQUAL -> 1;
            case AT_LEAST -> 5;
        };
    }

    private static int code(Verdict verdict) {
        return switch (verdict) {
            case Verdict.Drop _ -> 0;
            case Verdict.Accept _ -> 1;
            case Verdict.Jump _ -> -3;
            case Verdict.Goto _ -> -4;
            case Verdict.Return _ -> -5;
        };
    }

    private static byte[] bytes(DataType type, int value) {
        ByteBuffer bytes = ByteBuffer.allocate(type.bytes());
        switch (type) {
            case INET_PROTO -> bytes.put((byte) value);
            case INET_SERVICE -> bytes.putShort((short) value);
            case MARK -> bytes.order(ByteOrder.nativeOrder()).putInt(value);
            case IPV4_ADDR -> bytes.putInt(value);
            case IPV6_ADDR ->
                    throw new NftablesException(
                            "an IPv6 address does not compare with one word; look it up in a set");
        }
        return bytes.array();
    }
}
