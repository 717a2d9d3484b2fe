package io.fairlead.nftables;

import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Writes a transaction as one netlink batch, and remembers which message stands for which change.
final class BatchWriter {
    private static final int ELEMENTS_MAX = 1000;

    /// Well below the 16-bit length of an attribute.
    private static final int ELEMENT_LIST_BYTES_MAX = 60_000;

    private final NetlinkWriter out = new NetlinkWriter();
    private final TableName table;
    private final int firstSequence;
    private final List<Change> changeOfMessage = new ArrayList<>();
    private int flags = NetlinkMessage.REQUEST;
    private int setIds;

    /// @param firstSequence the number of the first message; the others follow
    BatchWriter(TableName table, int firstSequence) {
        this.table = table;
        this.firstSequence = firstSequence;
    }

    /// The batch, ready to be sent. Its last change asks for an acknowledgement, which comes after all errors.
    ByteBuffer write(List<Change> changes) {
        out.message(
                NfTables.BATCH_BEGIN,
                NetlinkMessage.REQUEST,
                firstSequence - 1,
                it -> NfTables.header(it, 0, NfTables.SUBSYSTEM));
        for (Change change : changes.subList(0, changes.size() - 1)) {
            write(change);
        }
        flags |= NetlinkMessage.ACK;
        write(changes.getLast());
        out.message(
                NfTables.BATCH_END,
                NetlinkMessage.REQUEST,
                firstSequence + changeOfMessage.size(),
                it -> NfTables.header(it, 0, NfTables.SUBSYSTEM));
        return out.toBuffer();
    }

    /// How many sequence numbers the batch used, its frame included.
    int sequences() {
        return changeOfMessage.size() + 2;
    }

    /// The change that a message stood for; the last one for the batch's frame.
    Change changeOf(int sequence) {
        int index = sequence - firstSequence;
        return index >= 0 && index < changeOfMessage.size()
                ? changeOfMessage.get(index)
                : changeOfMessage.getLast();
    }

    private void write(Change change) {
        switch (change) {
            case Change.AddTable() ->
                    send(
                            change,
                            NfTables.NEW_TABLE,
                            NetlinkMessage.CREATE,
                            it -> it.text(1, table.name()));
            case Change.DeleteTable() ->
                    send(change, NfTables.DELETE_TABLE, 0, it -> it.text(1, table.name()));
            case Change.AddChain(String chain, Optional<Chain.Hook> hook) ->
                    send(
                            change,
                            NfTables.NEW_CHAIN,
                            NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
                            it -> {
                                it.text(NfTables.CHAIN_TABLE, table.name());
                                it.text(NfTables.CHAIN_NAME, chain);
                                hook.ifPresent(place -> hook(it, place));
                            });
            case Change.DeleteChain(String chain) ->
                    send(
                            change,
                            NfTables.DELETE_CHAIN,
                            0,
                            it ->
                                    it.text(NfTables.CHAIN_TABLE, table.name())
                                            .text(NfTables.CHAIN_NAME, chain));
            case Change.FlushChain(String chain) ->
                    send(
                            change,
                            NfTables.DELETE_RULE,
                            0,
                            it ->
                                    it.text(NfTables.RULE_TABLE, table.name())
                                            .text(NfTables.RULE_CHAIN, chain));
            case Change.AddRule(String chain, _, List<Instruction> instructions) ->
                    rule(change, chain, instructions);
            case Change.AddSet(String set, SetShape shape) ->
                    send(
                            change,
                            NfTables.NEW_SET,
                            NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
                            it -> set(it, set, shape));
            case Change.DeleteSet(String set) ->
                    send(
                            change,
                            NfTables.DELETE_SET,
                            0,
                            it ->
                                    it.text(NfTables.SET_TABLE, table.name())
                                            .text(NfTables.SET_NAME, set));
            case Change.AddElements(String set, SetShape shape, List<Element> elements) ->
                    elements(
                            change,
                            NfTables.NEW_ELEMENTS,
                            NetlinkMessage.CREATE | NetlinkMessage.EXCLUSIVE,
                            set,
                            shape,
                            elements);
            case Change.DeleteElements(String set, SetShape shape, List<Element> elements) ->
                    elements(
                            change,
                            NfTables.DELETE_ELEMENTS,
                            // What is deleted comes back with its last count.
                            shape.counting() == SetShape.Counting.COUNTED
                                            || elements.stream().anyMatch(Element::isCounted)
                                    ? NetlinkMessage.ECHO
                                    : 0,
                            set,
                            shape,
                            elements);
        }
    }

    private void hook(NetlinkWriter chain, Chain.Hook hook) {
        chain.nested(
                NfTables.CHAIN_HOOK,
                it ->
                        it.u32BigEndian(NfTables.HOOK_NUMBER, hook.point().ordinal())
                                .u32BigEndian(NfTables.HOOK_PRIORITY, hook.priority()));
        chain.u32BigEndian(NfTables.CHAIN_POLICY, 1);
        chain.text(NfTables.CHAIN_TYPE, hook.kind().keyword());
    }

    private void rule(Change change, String chain, List<Instruction> instructions) {
        int firstSetId = setIds;
        for (Instruction instruction : instructions) {
            if (instruction instanceof Instruction.LookProtocol(_, List<Protocol> protocols)) {
                anonymousSet(change, protocols);
            }
        }
        send(
                change,
                NfTables.NEW_RULE,
                NetlinkMessage.CREATE | NetlinkMessage.APPEND,
                it ->
                        it.text(NfTables.RULE_TABLE, table.name())
                                .text(NfTables.RULE_CHAIN, chain)
                                .nested(
                                        NfTables.RULE_EXPRESSIONS,
                                        list -> expressions(list, instructions, firstSetId)));
    }

    private void expressions(NetlinkWriter list, List<Instruction> instructions, int firstSetId) {
        int anonymousSet = firstSetId;
        for (Instruction instruction : instructions) {
            if (instruction instanceof Instruction.LookProtocol) {
                anonymousSet++;
            }
            InstructionWriter.write(list, table.family(), instruction, anonymousSet);
        }
    }

    private void anonymousSet(Change change, List<Protocol> protocols) {
        int id = ++setIds;
        SetShape shape = SetShape.set(TupleType.of(DataType.INET_PROTO)).sized(protocols.size());
        send(
                change,
                NfTables.NEW_SET,
                NetlinkMessage.CREATE,
                it -> {
                    set(it, "__set%d", shape, NfTables.FLAG_ANONYMOUS | NfTables.FLAG_CONSTANT);
                    it.u32BigEndian(NfTables.SET_ID, id);
                });
        send(
                change,
                NfTables.NEW_ELEMENTS,
                NetlinkMessage.CREATE,
                it ->
                        it.text(NfTables.ELEMENTS_TABLE, table.name())
                                .text(NfTables.ELEMENTS_SET, "__set%d")
                                .u32BigEndian(NfTables.ELEMENTS_SET_ID, id)
                                .nested(
                                        NfTables.ELEMENTS_LIST,
                                        list ->
                                                protocols.forEach(protocol ->
                                                        element(
                                                                list,
                                                                shape,
                                                                Element.of(
                                                                        Tuple.of(
                                                                                protocol
                                                                                        .number()))))));
    }

    private void set(NetlinkWriter set, String name, SetShape shape) {
        int kind =
                (shape.isMap() ? NfTables.FLAG_MAP : 0)
                        | (shape.hasIntervals() ? NfTables.FLAG_INTERVAL : 0)
                        | (shape.isAllBigEndian() ? NfTables.FLAG_CONCATENATION : 0)
                        | (shape.timeout().isPresent() ? NfTables.FLAG_TIMEOUT : 0)
                        | (shape.isWrittenByPackets() ? NfTables.FLAG_EVALUATED : 0);
        set(set, name, shape, kind);
        set.u32BigEndian(NfTables.SET_ID, ++setIds);
    }

    private void set(NetlinkWriter set, String name, SetShape shape, int kind) {
        set.text(NfTables.SET_TABLE, table.name()).text(NfTables.SET_NAME, name);
        set.u32BigEndian(NfTables.SET_FLAGS, kind);
        set.u32BigEndian(NfTables.SET_KEY_TYPE, shape.key().number());
        set.u32BigEndian(NfTables.SET_KEY_LENGTH, shape.key().kernelBytes());
        switch (shape.holds()) {
            case SetShape.Holds.Nothing() -> {}
            case SetShape.Holds.Values(TupleType type) ->
                    set.u32BigEndian(NfTables.SET_DATA_TYPE, type.number())
                            .u32BigEndian(NfTables.SET_DATA_LENGTH, type.kernelBytes());
            case SetShape.Holds.Verdicts() ->
                    set.u32BigEndian(NfTables.SET_DATA_TYPE, NfTables.VERDICT_TYPE)
                            .u32BigEndian(NfTables.SET_DATA_LENGTH, 0);
        }
        set.nested(NfTables.SET_DESCRIPTION, it -> description(it, shape));
        shape.timeout().ifPresent(it -> set.u64BigEndian(NfTables.SET_TIMEOUT, it.toMillis()));
        set.bytes(NfTables.SET_USERDATA, userdata(shape));
        if (shape.counting() == SetShape.Counting.COUNTED) {
            set.nested(NfTables.SET_EXPRESSION, BatchWriter::counter);
        }
    }

    private static void counter(NetlinkWriter expression) {
        expression
                .text(NfTables.EXPRESSION_NAME, "counter")
                .nested(NfTables.EXPRESSION_DATA, _ -> {});
    }

    private static void description(NetlinkWriter description, SetShape shape) {
        if (shape.size() > 0) {
            description.u32BigEndian(NfTables.DESCRIPTION_SIZE, shape.size());
        }
        if (shape.isAllBigEndian()) {
            description.nested(
                    NfTables.DESCRIPTION_CONCATENATION,
                    fields -> {
                        for (DataType field : shape.key().fields()) {
                            fields.nested(
                                    NfTables.LIST_ITEM,
                                    it -> it.u32BigEndian(NfTables.FIELD_LENGTH, field.bytes()));
                        }
                    });
        }
    }

    /// What `nft` keeps with a set to print it rightly: the byte order of single keys and of data (1 the machine's, 2 the network's).
    private static byte[] userdata(SetShape shape) {
        ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        bytes.put((byte) 0).put((byte) 4).putInt(byteOrder(shape.key()));
        if (shape.holds() instanceof SetShape.Holds.Values(TupleType type)) {
            bytes.put((byte) 1).put((byte) 4).putInt(byteOrder(type));
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    private static int byteOrder(TupleType type) {
        if (type.isConcatenation()) {
            return 0;
        }
        return type.fields().getFirst().isBigEndian() ? 2 : 1;
    }

    private void elements(
            Change change,
            int type,
            int modifiers,
            String set,
            SetShape shape,
            List<Element> elements) {
        int perMessage = Math.min(ELEMENTS_MAX, ELEMENT_LIST_BYTES_MAX / elementBytesMax(shape));
        for (int from = 0; from < elements.size(); from += perMessage) {
            List<Element> some =
                    elements.subList(from, Math.min(elements.size(), from + perMessage));
            send(
                    change,
                    type,
                    modifiers,
                    it ->
                            it.text(NfTables.ELEMENTS_TABLE, table.name())
                                    .text(NfTables.ELEMENTS_SET, set)
                                    .nested(
                                            NfTables.ELEMENTS_LIST,
                                            list -> {
                                                for (Element element : some) {
                                                    element(list, shape, element);
                                                }
                                            }));
        }
    }

    private static int elementBytesMax(SetShape shape) {
        int key = shape.key().words() * 4;
        int counter = 20;
        // A chain's name has at most 128 bytes.
        int content =
                switch (shape.holds()) {
                    case SetShape.Holds.Nothing() -> 0;
                    case SetShape.Holds.Values(TupleType type) -> 8 + type.words() * 4;
                    case SetShape.Holds.Verdicts() -> 24 + 128;
                };
        return 4 + (shape.hasIntervals() ? 2 * (20 + key) : 8 + key) + content + counter;
    }

    private static void element(NetlinkWriter list, SetShape shape, Element element) {
        if (shape.hasIntervals() && !shape.isAllBigEndian()) {
            key(list, shape, NfTables.ELEMENT_KEY, element.key(), 0);
            Tuple next = element.last().next();
            // An interval that reaches the last value of all has no end.
            if (!next.isZero()) {
                key(list, shape, NfTables.ELEMENT_KEY, next, NfTables.INTERVAL_END);
            }
            return;
        }
        list.nested(
                NfTables.LIST_ITEM,
                it -> {
                    value(it, shape, NfTables.ELEMENT_KEY, element.key());
                    if (shape.hasIntervals()) {
                        value(it, shape, NfTables.ELEMENT_KEY_END, element.last());
                    }
                    switch (element.content()) {
                        case Content.None _ -> {}
                        case Verdict verdict ->
                                it.nested(
                                        NfTables.ELEMENT_DATA,
                                        data -> InstructionWriter.verdict(data, verdict));
                        case Tuple tuple -> {
                            if (!(shape.holds() instanceof SetShape.Holds.Values(TupleType type))) {
                                throw new NftablesException(
                                        "a set that holds no data got " + tuple);
                            }
                            it.nested(
                                    NfTables.ELEMENT_DATA,
                                    data ->
                                            data.bytes(
                                                    NfTables.DATA_VALUE,
                                                    NfTables.bytes(type, tuple, false)));
                        }
                    }
                    if (element.isCounted()) {
                        it.nested(NfTables.ELEMENT_EXPRESSION, BatchWriter::counter);
                    }
                });
    }

    private static void key(
            NetlinkWriter list, SetShape shape, int attribute, Tuple key, int elementFlags) {
        list.nested(
                NfTables.LIST_ITEM,
                it -> {
                    if (elementFlags != 0) {
                        it.u32BigEndian(NfTables.ELEMENT_FLAGS, elementFlags);
                    }
                    value(it, shape, attribute, key);
                });
    }

    private static void value(NetlinkWriter element, SetShape shape, int attribute, Tuple key) {
        element.nested(
                attribute,
                it ->
                        it.bytes(
                                NfTables.DATA_VALUE,
                                NfTables.bytes(shape.key(), key, shape.isAllBigEndian())));
    }

    private void send(Change change, int type, int modifiers, Consumer<NetlinkWriter> attributes) {
        int sequence = firstSequence + changeOfMessage.size();
        changeOfMessage.add(change);
        out.message(
                type,
                flags | modifiers,
                sequence,
                it -> {
                    NfTables.header(it, table.family().number(), 0);
                    attributes.accept(it);
                });
    }
}
