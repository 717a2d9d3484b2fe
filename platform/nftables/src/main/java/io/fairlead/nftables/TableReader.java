package io.fairlead.nftables;

import io.fairlead.linux.NetlinkAttribute;
import io.fairlead.linux.NetlinkAttributes;
import io.fairlead.linux.NetlinkMessage;
import io.fairlead.linux.NetlinkSocket;
import io.fairlead.linux.NetlinkWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/// Reads one table back from the kernel. Lives for one read.
final class TableReader {
    private final NetlinkSocket socket;
    private final TableName table;
    private final Map<String, List<Protocol>> anonymousSets = new HashMap<>();

    TableReader(NetlinkSocket socket, TableName table) {
        this.socket = socket;
        this.table = table;
    }

    Optional<Ruleset> read() {
        boolean exists =
                dump(NfTables.GET_TABLE, _ -> {}).stream()
                        .anyMatch(it -> text(it, NfTables.TABLE_NAME).equals(table.name()));
        if (!exists) {
            return Optional.empty();
        }
        Ruleset ruleset = Ruleset.empty(table);
        for (NetlinkAttributes set :
                dump(NfTables.GET_SET, it -> it.text(NfTables.SET_TABLE, table.name()))) {
            ruleset = addSet(ruleset, set);
        }
        for (NetlinkAttributes chain : dump(NfTables.GET_CHAIN, _ -> {})) {
            if (text(chain, NfTables.CHAIN_TABLE).equals(table.name())) {
                ruleset =
                        ruleset.with(
                                new Chain(
                                        text(chain, NfTables.CHAIN_NAME),
                                        chain.find(NfTables.CHAIN_HOOK)
                                                .map(it -> hook(chain, it.nested())),
                                        List.of()));
            }
        }
        return Optional.of(addRules(ruleset));
    }

    private Ruleset addSet(Ruleset ruleset, NetlinkAttributes set) {
        String name = text(set, NfTables.SET_NAME);
        int flags = set.find(NfTables.SET_FLAGS).map(NetlinkAttribute::u32BigEndian).orElse(0);
        SetShape shape = shape(set, flags);
        if ((flags & NfTables.FLAG_ANONYMOUS) != 0) {
            List<Protocol> protocols = new ArrayList<>();
            for (Element element : elements(name, shape)) {
                protocols.add(Protocol.numbered(element.key().word(0)));
            }
            protocols.sort(Comparator.naturalOrder());
            anonymousSets.put(name, protocols);
            return ruleset;
        }
        NamedSet named = NamedSet.empty(name, shape);
        if (!shape.isWrittenByPackets()) {
            for (Element element : elements(name, shape)) {
                named = named.with(element);
            }
        }
        return ruleset.with(named);
    }

    List<ElementCount> counts(String set, SetShape shape) {
        List<ElementCount> counts = new ArrayList<>();
        for (NetlinkAttributes message : dumpElements(set)) {
            addCounts(counts, set, shape, message);
        }
        return counts;
    }

    /// @param message one that lists elements
    static void addCounts(
            List<ElementCount> counts, String set, SetShape shape, NetlinkAttributes message) {
        NetlinkAttribute list = message.find(NfTables.ELEMENTS_LIST).orElse(null);
        if (list == null) {
            return;
        }
        for (NetlinkAttribute item : list.nested()) {
            NetlinkAttributes element = item.nested();
            long packets =
                    element.find(NfTables.ELEMENT_EXPRESSION)
                            .flatMap(it -> it.nested().find(NfTables.EXPRESSION_DATA))
                            .flatMap(it -> it.nested().find(NfTables.COUNTER_PACKETS))
                            .map(NetlinkAttribute::u64BigEndian)
                            .orElse(0L);
            if (packets != 0) {
                Tuple key = key(shape, element.require(NfTables.ELEMENT_KEY));
                counts.add(
                        new ElementCount(set, Element.of(key, content(shape, element)), packets));
            }
        }
    }

    private static SetShape shape(NetlinkAttributes set, int flags) {
        TupleType key = TupleType.numbered(set.require(NfTables.SET_KEY_TYPE).u32BigEndian());
        SetShape.Holds holds = new SetShape.Holds.Nothing();
        if ((flags & NfTables.FLAG_MAP) != 0) {
            int type = set.require(NfTables.SET_DATA_TYPE).u32BigEndian();
            holds =
                    type == NfTables.VERDICT_TYPE
                            ? new SetShape.Holds.Verdicts()
                            : new SetShape.Holds.Values(TupleType.numbered(type));
        }
        return new SetShape(
                key,
                holds,
                (flags & NfTables.FLAG_EVALUATED) != 0
                        ? SetShape.Storage.WRITTEN_BY_PACKETS
                        : (flags & NfTables.FLAG_INTERVAL) != 0
                                ? SetShape.Storage.INTERVALS
                                : SetShape.Storage.KEYS,
                set.find(NfTables.SET_DESCRIPTION)
                        .flatMap(it -> it.nested().find(NfTables.DESCRIPTION_SIZE))
                        .map(NetlinkAttribute::u32BigEndian)
                        .orElse(0),
                set.find(NfTables.SET_TIMEOUT).map(it -> Duration.ofMillis(it.u64BigEndian())),
                set.find(NfTables.SET_EXPRESSION).isPresent()
                        ? SetShape.Counting.COUNTED
                        : SetShape.Counting.UNCOUNTED);
    }

    private List<Element> elements(String set, SetShape shape) {
        List<Element> elements = new ArrayList<>();
        List<Bound> bounds = new ArrayList<>();
        for (NetlinkAttributes message : dumpElements(set)) {
            NetlinkAttribute list = message.find(NfTables.ELEMENTS_LIST).orElse(null);
            if (list == null) {
                continue;
            }
            for (NetlinkAttribute item : list.nested()) {
                NetlinkAttributes element = item.nested();
                Tuple key = key(shape, element.require(NfTables.ELEMENT_KEY));
                if (shape.hasIntervals() && !shape.isAllBigEndian()) {
                    int flags =
                            element.find(NfTables.ELEMENT_FLAGS)
                                    .map(NetlinkAttribute::u32BigEndian)
                                    .orElse(0);
                    bounds.add(new Bound(key, (flags & NfTables.INTERVAL_END) != 0));
                    continue;
                }
                Tuple last =
                        element.find(NfTables.ELEMENT_KEY_END)
                                .map(it -> key(shape, it))
                                .orElse(key);
                boolean isCounted =
                        shape.counting() == SetShape.Counting.UNCOUNTED
                                && element.find(NfTables.ELEMENT_EXPRESSION).isPresent();
                elements.add(
                        new Element(
                                key,
                                last,
                                content(shape, element),
                                isCounted
                                        ? SetShape.Counting.COUNTED
                                        : SetShape.Counting.UNCOUNTED));
            }
        }
        elements.addAll(paired(bounds));
        return elements;
    }

    private List<NetlinkAttributes> dumpElements(String set) {
        return dump(
                NfTables.GET_ELEMENTS,
                it ->
                        it.text(NfTables.ELEMENTS_TABLE, table.name())
                                .text(NfTables.ELEMENTS_SET, set));
    }

    /// A tree of intervals tells where each begins, and the first value after it.
    private record Bound(Tuple at, boolean isEnd) {}

    private static List<Element> paired(List<Bound> bounds) {
        bounds.sort(
                Comparator.comparing(Bound::at)
                        .thenComparing(Bound::isEnd, Comparator.reverseOrder()));
        List<Element> elements = new ArrayList<>();
        Tuple begin = null;
        for (Bound bound : bounds) {
            if (!bound.isEnd()) {
                begin = bound.at();
            } else if (begin != null) {
                elements.add(Element.range(begin, bound.at().previous()));
                begin = null;
            }
        }
        if (begin != null) {
            int[] highest = new int[begin.size()];
            Arrays.fill(highest, -1);
            elements.add(Element.range(begin, Tuple.of(highest)));
        }
        return elements;
    }

    private static Tuple key(SetShape shape, NetlinkAttribute key) {
        return NfTables.tuple(
                shape.key(),
                key.nested().require(NfTables.DATA_VALUE).bytes(),
                shape.isAllBigEndian());
    }

    private static Content content(SetShape shape, NetlinkAttributes element) {
        return switch (shape.holds()) {
            case SetShape.Holds.Nothing() -> Content.None.NONE;
            case SetShape.Holds.Verdicts() ->
                    InstructionReader.verdict(
                            element.require(NfTables.ELEMENT_DATA)
                                    .nested()
                                    .require(NfTables.DATA_VERDICT)
                                    .nested());
            case SetShape.Holds.Values(TupleType type) ->
                    NfTables.tuple(
                            type,
                            element.require(NfTables.ELEMENT_DATA)
                                    .nested()
                                    .require(NfTables.DATA_VALUE)
                                    .bytes(),
                            false);
        };
    }

    private static Chain.Hook hook(NetlinkAttributes chain, NetlinkAttributes hook) {
        String type = text(chain, NfTables.CHAIN_TYPE);
        for (Chain.Kind kind : Chain.Kind.values()) {
            if (kind.keyword().equals(type)) {
                int point = hook.require(NfTables.HOOK_NUMBER).u32BigEndian();
                return new Chain.Hook(
                        kind,
                        Chain.Point.values()[point],
                        hook.require(NfTables.HOOK_PRIORITY).u32BigEndian());
            }
        }
        throw new NftablesException("a chain has type " + type);
    }

    private Ruleset addRules(Ruleset frame) {
        Map<String, List<Rule>> rules = new HashMap<>();
        for (NetlinkAttributes rule :
                dump(NfTables.GET_RULE, it -> it.text(NfTables.RULE_TABLE, table.name()))) {
            InstructionReader reader = new InstructionReader(anonymousSets);
            rules.computeIfAbsent(text(rule, NfTables.RULE_CHAIN), _ -> new ArrayList<>())
                    .add(
                            RuleDecompiler.decompile(
                                    reader.read(rule.require(NfTables.RULE_EXPRESSIONS).nested()),
                                    frame.sets()::get));
        }
        Ruleset ruleset = frame;
        for (Map.Entry<String, List<Rule>> of : rules.entrySet()) {
            Chain chain = frame.chains().get(of.getKey());
            if (chain != null) {
                ruleset = ruleset.with(chain.withRules(of.getValue()));
            }
        }
        return ruleset;
    }

    private List<NetlinkAttributes> dump(int type, Consumer<NetlinkWriter> filter) {
        List<NetlinkAttributes> entries = new ArrayList<>();
        for (NetlinkMessage message :
                socket.dump(
                        "read table " + table,
                        type,
                        it -> {
                            NfTables.header(it, table.family().number(), 0);
                            filter.accept(it);
                        })) {
            entries.add(message.attributes(NfTables.HEADER_BYTES));
        }
        return entries;
    }

    private static String text(NetlinkAttributes attributes, int type) {
        return attributes.find(type).map(NetlinkAttribute::text).orElse("");
    }
}
