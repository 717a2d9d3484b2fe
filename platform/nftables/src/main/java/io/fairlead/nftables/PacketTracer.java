package io.fairlead.nftables;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Runs packets through a ruleset as the kernel would: the compiled instructions, on registers, hook by hook.
///
/// The ruleset is asked for anew at each look-up, so that a test can commit between two look-ups of one packet. What packets
/// write is remembered from packet to packet. A hash is another function than the kernel's: as steady, with other values. One thread.
public final class PacketTracer {
    private static final int CALLS_MAX = 16;
    private static final int SYN = 2;

    private final Supplier<Ruleset> ruleset;
    private final RandomGenerator random;
    private final Map<String, Map<Tuple, Tuple>> written = new HashMap<>();
    private final Map<Instruction.Turn, Integer> turns = new HashMap<>();

    /// @param ruleset the table as it stands at that moment
    public PacketTracer(Supplier<Ruleset> ruleset, RandomGenerator random) {
        this.ruleset = ruleset;
        this.random = random;
    }

    /// Sends the first packet of a flow through all hooks it passes.
    public Fate trace(Packet packet) {
        Flight flight = new Flight(packet);
        List<Chain.Point> way =
                packet.origin() == Packet.Origin.LINK
                        ? List.of(Chain.Point.PREROUTING, Chain.Point.POSTROUTING)
                        : List.of(Chain.Point.OUTPUT, Chain.Point.POSTROUTING);
        for (Chain.Point point : way) {
            if (point == Chain.Point.POSTROUTING && flight.isDelivered()) {
                break;
            }
            Fate end = flight.pass(point);
            if (end != null) {
                return end;
            }
        }
        return new Fate.Passed(
                address(flight.destination),
                flight.destinationPort,
                flight.isTranslated,
                flight.isMasqueraded,
                flight.isTracked);
    }

    private static InetAddress address(Tuple words) {
        byte[] bytes = new byte[words.size() * 4];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (words.word(i / 4) >>> (24 - i % 4 * 8));
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException impossible) {
            throw new AssertionError(impossible);
        }
    }

    private sealed interface Step {
        record Next() implements Step {}

        /// The rule does not match.
        record Break() implements Step {}

        record Decided(Verdict verdict) implements Step {}

        record Ended(Fate fate) implements Step {}
    }

    private static final Step NEXT = new Step.Next();
    private static final Step BREAK = new Step.Break();

    /// One packet under way.
    private final class Flight {
        private final Packet packet;
        private final int[] registers = new int[16];
        private Tuple destination;
        private int destinationPort;
        private int packetMark;
        private int flowMark;
        private boolean isTranslated;
        private boolean isMasqueraded;
        private boolean isTracked = true;

        Flight(Packet packet) {
            this.packet = packet;
            destination = Tuple.of(packet.destination());
            destinationPort = packet.destinationPort();
        }

        /// Packets to this namespace's own addresses are delivered, and never leave.
        boolean isDelivered() {
            return packet.isForOwnAddress()
                    && !isTranslated
                    && packet.origin() == Packet.Origin.LINK;
        }

        @Nullable Fate pass(Chain.Point point) {
            List<Chain> chains = new ArrayList<>();
            for (Chain chain : ruleset.get().chains().values()) {
                if (chain.hook().isPresent() && chain.hook().get().point() == point) {
                    chains.add(chain);
                }
            }
            chains.sort(Comparator.comparingInt(it -> it.hook().orElseThrow().priority()));
            for (Chain chain : chains) {
                boolean isNat = chain.hook().orElseThrow().kind() == Chain.Kind.NAT;
                if (isNat && !isTracked) {
                    continue;
                }
                if (run(chain, 0) instanceof Step.Ended(Fate fate)) {
                    return fate;
                }
            }
            return null;
        }

        private Step run(Chain chain, int calls) {
            if (calls > CALLS_MAX) {
                throw new IllegalStateException("chains call each other in a circle");
            }
            for (Rule rule : chain.rules()) {
                Step step = run(rule);
                switch (step) {
                    case Step.Next _, Step.Break _ -> {}
                    case Step.Ended _ -> {
                        return step;
                    }
                    case Step.Decided(Verdict verdict) -> {
                        switch (verdict) {
                            case Verdict.Drop() -> {
                                return new Step.Ended(new Fate.Dropped());
                            }
                            case Verdict.Accept() -> {
                                return step;
                            }
                            case Verdict.Return() -> {
                                return NEXT;
                            }
                            case Verdict.Goto(String next) -> {
                                return run(chain(next), calls + 1);
                            }
                            case Verdict.Jump(String next) -> {
                                Step after = run(chain(next), calls + 1);
                                if (!(after instanceof Step.Next)) {
                                    return after;
                                }
                            }
                        }
                    }
                }
            }
            return NEXT;
        }

        private Chain chain(String name) {
            return Objects.requireNonNull(ruleset.get().chains().get(name));
        }

        private Step run(Rule rule) {
            for (Instruction instruction : RuleCompiler.compile(rule, ruleset.get().sets()::get)) {
                Step step = run(instruction);
                if (!(step instanceof Step.Next)) {
                    return step;
                }
            }
            return NEXT;
        }

        private Step run(Instruction instruction) {
            switch (instruction) {
                case Instruction.Load(Expression.Field field, int to) -> load(field, to);
                case Instruction.Constant(int value, int to) -> registers[to] = value;
                case Instruction.Mask(int at, DataType _, int mask, int flip) ->
                        registers[at] = (registers[at] & mask) ^ flip;
                case Instruction.ToNetworkOrder _, Instruction.Count _, Instruction.TakeIn _ -> {}
                case Instruction.Compare(
                                int at,
                                DataType _,
                                Statement.Comparison comparison,
                                int value) -> {
                    boolean holds =
                            switch (comparison) {
                                case EQUAL -> registers[at] == value;
                                case NOT_EQUAL -> registers[at] != value;
                                case AT_LEAST -> Integer.compareUnsigned(registers[at], value) >= 0;
                            };
                    return holds ? NEXT : BREAK;
                }
                case Instruction.Look(int at, String set, Statement.Membership membership) -> {
                    boolean isIn = find(set, at) != null;
                    return isIn == (membership == Statement.Membership.IN) ? NEXT : BREAK;
                }
                case Instruction.LookProtocol(int at, List<Protocol> protocols) -> {
                    return protocols.stream().anyMatch(it -> it.number() == registers[at])
                            ? NEXT
                            : BREAK;
                }
                case Instruction.LookUp(int at, String map, int to) -> {
                    if (!(find(map, at) instanceof Tuple value)) {
                        return BREAK;
                    }
                    for (int i = 0; i < value.size(); i++) {
                        registers[to + i] = value.word(i);
                    }
                }
                case Instruction.Branch(int at, String map) -> {
                    return find(map, at) instanceof Verdict verdict
                            ? new Step.Decided(verdict)
                            : BREAK;
                }
                case Instruction.Store(Statement.Mark mark, int from) -> {
                    switch (mark) {
                        case PACKET -> packetMark = registers[from];
                        case FLOW -> flowMark = registers[from];
                    }
                }
                case Instruction.Draw(int limit, int to) -> registers[to] = random.nextInt(limit);
                case Instruction.Turn turn ->
                        registers[turn.to()] = turns.merge(turn, 1, Integer::sum) % turn.limit();
                case Instruction.Hash(int from, int words, int limit, int seed, int to) ->
                        registers[to] =
                                Integer.remainderUnsigned(
                                        key(from, words).hashCode() * 31 + seed, limit);
                case Instruction.Decide(Verdict verdict) -> {
                    return new Step.Decided(verdict);
                }
                case Instruction.TranslateDestination(_, int address, int port) -> {
                    destination = key(address, port - address);
                    destinationPort = registers[port];
                    isTranslated = true;
                    return new Step.Decided(new Verdict.Accept());
                }
                case Instruction.Port(int port, int to) -> registers[to] = port;
                case Instruction.MoveSourcePort _ -> {
                    return new Step.Decided(new Verdict.Accept());
                }
                case Instruction.Masquerade() -> {
                    isMasqueraded = true;
                    return new Step.Decided(new Verdict.Accept());
                }
                case Instruction.Reject(Statement.Refusal refusal) -> {
                    return new Step.Ended(new Fate.Refused(refusal));
                }
                case Instruction.Untrack() -> isTracked = false;
                case Instruction.WriteElement(
                                Statement.Write write,
                                String map,
                                int key,
                                int value) -> {
                    return write(write, map, key, value);
                }
            }
            return NEXT;
        }

        private Step write(Statement.Write write, String map, int key, int value) {
            Tuple at = key(key, ruleset.get().set(map).shape().key().words());
            Map<Tuple, Tuple> entries = written.computeIfAbsent(map, _ -> new HashMap<>());
            switch (write) {
                case DELETE -> {
                    // As in the kernel: to delete what is not there ends no rule.
                    entries.remove(at);
                }
                case ADD, UPDATE -> entries.putIfAbsent(at, Tuple.of(registers[value]));
            }
            return NEXT;
        }

        private void load(Expression.Field field, int to) {
            switch (field) {
                case IP_SOURCE, IP6_SOURCE -> put(Tuple.of(packet.source()), to);
                case IP_DESTINATION, IP6_DESTINATION -> put(destination, to);
                case PROTOCOL -> registers[to] = packet.protocol().number();
                case TCP_FLAGS -> registers[to] = packet.protocol() == Protocol.TCP ? SYN : 0;
                case ETHER_TYPE -> registers[to] = destination.size() == 1 ? 0x0800 : 0x86dd;
                case FRAME_TYPE -> registers[to] = 0;
                case SOURCE_PORT -> registers[to] = packet.sourcePort();
                case DESTINATION_PORT -> registers[to] = destinationPort;
                case PACKET_MARK -> registers[to] = packetMark;
                case FLOW_MARK -> registers[to] = isTracked ? flowMark : 0;
                case FLOW_STATE -> registers[to] = isTracked ? RuleCompiler.NEW_FLOW : 0x40;
                case DESTINATION_OWNER ->
                        registers[to] = packet.isForOwnAddress() ? RuleCompiler.OWN_ADDRESS : 1;
            }
        }

        private void put(Tuple words, int to) {
            for (int i = 0; i < words.size(); i++) {
                registers[to + i] = words.word(i);
            }
        }

        private Tuple key(int at, int words) {
            int[] key = new int[words];
            System.arraycopy(registers, at, key, 0, words);
            return Tuple.of(key);
        }

        private @Nullable Content find(String name, int at) {
            NamedSet set = ruleset.get().set(name);
            Tuple key = key(at, set.shape().key().words());
            if (set.shape().isWrittenByPackets()) {
                return written.getOrDefault(name, Map.of()).get(key);
            }
            if (set.shape().hasIntervals()) {
                for (Element element : set.elements().values()) {
                    if (key.isWithin(element.key(), element.last())) {
                        return element.content();
                    }
                }
                return null;
            }
            Element element = set.elements().get(key);
            return element == null ? null : element.content();
        }
    }
}
