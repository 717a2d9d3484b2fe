package io.fairlead.proxy;

import io.fairlead.api.Cidr;
import io.fairlead.api.IpAddress;
import io.fairlead.api.IpFamily;
import io.fairlead.api.Protocol;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Tuple;
import io.fairlead.proxy.NodeRules.Use;
import io.fairlead.tables.Action;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.Frontend;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.NodePort;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.ServiceTableDelta;
import io.fairlead.tables.SetName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Compiles a node's Services into its ruleset, from nothing or from the step before. One object compiles one step, on one thread.
///
/// Every mixture of an old and a new look-up of one packet leads somewhere right: what new look-ups lead to is written with them, and what only old
/// look-ups can still lead to stays until the next transaction.
public final class ProxyCompiler {
    private static final int AFFINITIES_MAX = 15;

    private final ProxySettings settings;
    private final IpFamily family;
    private final RulesetFrame frame;
    private final Predecessor predecessor;
    private Ruleset ruleset;
    private PersistentMap<SetName, BalancedSet> sets;
    private final PersistentMap<SetName, PersistentMap<Use, List<Cidr>>> usesBefore;
    private PersistentMap<SetName, PersistentMap<Use, List<Cidr>>> uses;
    private final List<Duration> affinities;
    private int nextSet;
    private final List<Leftover> leftovers = new ArrayList<>();
    private final Set<SetName> sourcesTouched = new LinkedHashSet<>();

    /// An element that goes one transaction later.
    private record Leftover(String set, Tuple key) {}

    /// One step.
    ///
    /// @param middle what is committed first: all that is new, and what packets under way may still look for
    /// @param rules what is there in the end
    public record Step(Ruleset middle, NodeRules rules) {}

    private ProxyCompiler(NodeRules before, Predecessor predecessor) {
        settings = before.settings();
        this.predecessor = predecessor;
        family = before.family();
        frame = new RulesetFrame(family);
        ruleset = before.ruleset();
        sets = before.sets();
        usesBefore = before.uses();
        uses = before.uses();
        affinities = new ArrayList<>(before.affinities());
        nextSet = Math.max(before.nextSet(), predecessor.nextSet());
    }

    /// The rules for a table, from nothing.
    public static NodeRules compile(ProxySettings settings, ServiceTable table) {
        return compile(settings, table, Predecessor.NONE);
    }

    /// As [#compile], going on with the numbers that a table in the kernel has.
    ///
    /// @param kernel the table as it was read, whoever wrote it
    static NodeRules resume(ProxySettings settings, ServiceTable table, Ruleset kernel) {
        return compile(settings, table, Predecessor.of(settings, kernel, table));
    }

    private static NodeRules compile(
            ProxySettings settings, ServiceTable table, Predecessor predecessor) {
        ProxyCompiler compiler = new ProxyCompiler(NodeRules.empty(settings), predecessor);
        predecessor.affinities().forEach(compiler::affinity);
        new TreeMap<>(table.sets())
                .values()
                .forEach(set -> compiler.setChanged(set.name(), Optional.of(set)));
        table.frontends()
                .forEach((key, entry) ->
                        compiler.frontendChanged(
                                key, new Entries(Optional.empty(), Optional.of(entry))));
        table.nodePorts()
                .forEach((key, entry) ->
                        compiler.nodePortChanged(
                                key, new Entries(Optional.empty(), Optional.of(entry))));
        compiler.limitSources();
        table.localAddresses().forEach(compiler::addHairpin);
        compiler.podRanges(table.podRanges());
        compiler.serviceRanges(table.serviceRanges());
        return compiler.done().rules();
    }

    /// The next rules; costs as much as the delta is large.
    ///
    /// @param table as it is after `delta`
    public static Step apply(NodeRules before, ServiceTable table, ServiceTableDelta delta) {
        ProxyCompiler compiler = new ProxyCompiler(before, Predecessor.NONE);
        delta.sets()
                .forEach((name, change) ->
                        change.after()
                                .ifPresent(set -> compiler.setChanged(name, Optional.of(set))));
        delta.frontends()
                .forEach((key, change) ->
                        compiler.frontendChanged(
                                key, new Entries(change.before(), change.after())));
        delta.nodePorts()
                .forEach((key, change) ->
                        compiler.nodePortChanged(
                                key, new Entries(change.before(), change.after())));
        compiler.limitSources();
        delta.sets()
                .forEach((name, change) -> {
                    if (change.after().isEmpty()) {
                        compiler.setChanged(name, Optional.empty());
                    }
                });
        delta.localAddresses().left().forEach(compiler::removeHairpin);
        delta.localAddresses().joined().forEach(compiler::addHairpin);
        if (!delta.podRanges().isEmpty()) {
            compiler.podRanges(table.podRanges());
        }
        if (!delta.serviceRanges().isEmpty()) {
            compiler.serviceRanges(table.serviceRanges());
        }
        return compiler.done();
    }

    private Step done() {
        grow();
        Ruleset middle = ruleset;
        for (Leftover leftover : leftovers) {
            ruleset = ruleset.without(leftover.set(), leftover.key());
        }
        return new Step(middle, new NodeRules(settings, ruleset, sets, uses, affinities, nextSet));
    }

    /// A set that is full is replaced by a larger one. Established flows do not look at it any more, so nobody notices.
    private void grow() {
        for (NamedSet set : ruleset.sets().values()) {
            int size = set.shape().size();
            if (size > 0 && set.elements().size() > size) {
                int larger = Integer.highestOneBit(set.elements().size()) << 2;
                ruleset =
                        ruleset.with(
                                new NamedSet(
                                        set.name(), set.shape().sized(larger), set.elements()));
            }
        }
    }

    private void setChanged(SetName name, Optional<EndpointSet> after) {
        if (name.family() != family) {
            return;
        }
        BalancedSet before = sets.get(name);
        if (after.isPresent()) {
            BalancedSet now =
                    before == null
                            ? predecessor
                                    .find(after.get())
                                    .orElseGet(() -> BalancedSet.of(newId(), after.get()))
                            : before.with(after.get());
            sets = sets.with(name, now);
            write(before, now);
        } else if (before != null) {
            sets = sets.without(name);
            erase(before);
        }
    }

    private int newId() {
        int id = nextSet;
        nextSet = id == Mark.SET ? Mark.FIRST_SET : id + 1;
        return id;
    }

    private void write(@Nullable BalancedSet before, BalancedSet now) {
        EndpointSet set = now.set();
        int id = now.id();
        int affinity = set.affinityTimeout().map(this::affinity).orElse(0);
        EndpointClass kind =
                new EndpointClass(
                        now.slots().size(), EndpointClass.nearest(set.selection()), affinity);
        ruleset = kind.addTo(ruleset, frame);
        put(RulesetFrame.CLASS_OF, Tuple.of(id), Tuple.of(kind.number()));
        for (int index = 0; index < now.slots().size(); index++) {
            Endpoint endpoint = now.slots().get(index);
            if (before != null
                    && before.remembers() == now.remembers()
                    && index < before.slots().size()
                    && before.slots().get(index).equals(endpoint)) {
                continue;
            }
            put(RulesetFrame.ENDPOINTS, Tuple.of(id, index), tuple(endpoint));
            Integer number = now.numbers().get(endpoint);
            if (number != null) {
                put(RulesetFrame.NUMBERS, Tuple.of(id, index), Tuple.of(number));
                put(RulesetFrame.LIVE, Tuple.of(id, number), tuple(endpoint));
            }
        }
        if (before == null) {
            return;
        }
        for (int index = now.slots().size(); index < before.slots().size(); index++) {
            leaveOver(RulesetFrame.ENDPOINTS, Tuple.of(id, index));
        }
        if (!before.remembers()) {
            return;
        }
        int numbered = now.remembers() ? now.slots().size() : 0;
        for (int index = numbered; index < before.slots().size(); index++) {
            leaveOver(RulesetFrame.NUMBERS, Tuple.of(id, index));
        }
        for (Endpoint endpoint :
                now.remembers() ? before.changesTo(set).left() : before.set().endpoints()) {
            Integer number = before.numbers().get(endpoint);
            if (number != null && !number.equals(now.numbers().get(endpoint))) {
                // Nobody is to be sent there by memory any more, not even by a packet under way.
                ruleset = ruleset.without(RulesetFrame.LIVE, Tuple.of(id, number));
            }
        }
    }

    /// Takes a set away, after everything that leads to it.
    private void erase(BalancedSet set) {
        int id = set.id();
        leaveOver(RulesetFrame.CLASS_OF, Tuple.of(id));
        for (int index = 0; index < set.slots().size(); index++) {
            leaveOver(RulesetFrame.ENDPOINTS, Tuple.of(id, index));
            Integer number = set.numbers().get(set.slots().get(index));
            if (number != null) {
                leaveOver(RulesetFrame.NUMBERS, Tuple.of(id, index));
                leaveOver(RulesetFrame.LIVE, Tuple.of(id, number));
            }
        }
    }

    /// The affinity map with that lifetime. There are as many as four bits of the mark can tell; after that the next longer one has to do.
    private int affinity(Duration time) {
        int known = affinities.indexOf(time);
        if (known >= 0) {
            return known + 1;
        }
        if (affinities.size() < AFFINITIES_MAX) {
            affinities.add(time);
            ruleset = EndpointClass.addAffinity(ruleset, frame, affinities.size(), time);
            return affinities.size();
        }
        Duration best =
                affinities.stream()
                        .filter(it -> it.compareTo(time) >= 0)
                        .min(Duration::compareTo)
                        .orElseGet(
                                () -> affinities.stream().max(Duration::compareTo).orElseThrow());
        return affinities.indexOf(best) + 1;
    }

    private void frontendChanged(Frontend frontend, Entries entries) {
        if (frontend.address().family() == family) {
            List<Use> both = uses(frontend);
            entryChanged(both.getFirst(), FrontendEntry::inside, entries);
            entryChanged(both.getLast(), FrontendEntry::outside, entries);
        }
    }

    private void nodePortChanged(NodePort port, Entries entries) {
        if (port.family() == family) {
            List<Use> both = uses(port);
            entryChanged(both.getFirst(), FrontendEntry::inside, entries);
            entryChanged(both.getLast(), FrontendEntry::outside, entries);
        }
    }

    /// The elements of a frontend: for clients inside, and outside.
    static List<Use> uses(Frontend frontend) {
        Protocol protocol = frontend.protocol();
        Tuple key = tuple(frontend.address()).then(Tuple.of(protocol.number(), frontend.port()));
        return List.of(
                new Use(RulesetFrame.INSIDE, key, protocol),
                new Use(RulesetFrame.OUTSIDE, key, protocol));
    }

    /// The elements of a node port: for clients inside, and outside.
    static List<Use> uses(NodePort port) {
        Protocol protocol = port.protocol();
        Tuple key = Tuple.of(protocol.number(), port.port());
        return List.of(
                new Use(RulesetFrame.INSIDE_PORTS, key, protocol),
                new Use(RulesetFrame.OUTSIDE_PORTS, key, protocol));
    }

    /// An entry before and after.
    private record Entries(Optional<FrontendEntry> before, Optional<FrontendEntry> after) {}

    private void entryChanged(Use use, Function<FrontendEntry, Action> side, Entries entries) {
        if (entries.before().map(side).orElse(null) instanceof Action.Balance(SetName name, _, _)) {
            forget(use, name);
        }
        switch (entries.after().map(side).orElseGet(Action.Ignore::new)) {
            case Action.Ignore() -> ruleset = ruleset.without(use.map(), use.key());
            case Action.Refuse() -> putCounted(use, Mark.REFUSE);
            case Action.Drop() -> putCounted(use, Mark.DROP);
            case Action.Balance(
                            SetName name,
                            Action.SourceAddress sourceAddress,
                            List<Cidr> sources) -> {
                BalancedSet set = sets.get(name);
                if (set == null) {
                    throw new IllegalStateException("an entry leads to the unknown set " + name);
                }
                int flags =
                        (sourceAddress == Action.SourceAddress.MASQUERADED ? Mark.MASQUERADE : 0)
                                | (sources.isEmpty() ? 0 : Mark.SOURCES_LIMITED);
                put(use.map(), use.key(), Tuple.of(set.id() | flags));
                PersistentMap<Use, List<Cidr>> known = uses.get(name);
                uses =
                        uses.with(
                                name,
                                (known == null ? PersistentMap.<Use, List<Cidr>>empty() : known)
                                        .with(use, sources));
                if (!sources.isEmpty()) {
                    sourcesTouched.add(name);
                }
            }
        }
    }

    private void forget(Use use, SetName name) {
        PersistentMap<Use, List<Cidr>> known = uses.get(name);
        if (known == null) {
            return;
        }
        List<Cidr> sources = known.get(use);
        if (sources != null && !sources.isEmpty()) {
            sourcesTouched.add(name);
        }
        PersistentMap<Use, List<Cidr>> rest = known.without(use);
        uses = rest.isEmpty() ? uses.without(name) : uses.with(name, rest);
    }

    /// Brings the allowed sources of all touched sets up to date.
    private void limitSources() {
        for (SetName name : sourcesTouched) {
            BalancedSet set = sets.get(name);
            if (set == null) {
                continue;
            }
            Tuple id = Tuple.of(set.id());
            Set<Cidr> before = sourcesOf(usesBefore, name);
            Set<Cidr> after = sourcesOf(uses, name);
            if (!after.isEmpty()) {
                ruleset = ruleset.with(RulesetFrame.DENIED, Element.of(id));
            } else if (!before.isEmpty()) {
                leaveOver(RulesetFrame.DENIED, id);
            }
            for (Cidr range : before) {
                if (after.isEmpty()) {
                    // A packet under way may still have to be found in it.
                    leaveOver(RulesetFrame.SOURCE_RANGES, id.then(Ranges.first(range)));
                } else if (!after.contains(range)) {
                    ruleset =
                            ruleset.without(
                                    RulesetFrame.SOURCE_RANGES, id.then(Ranges.first(range)));
                }
            }
            for (Cidr range : after) {
                ruleset =
                        ruleset.with(
                                RulesetFrame.SOURCE_RANGES,
                                Element.range(
                                        id.then(Ranges.first(range)), id.then(Ranges.last(range))));
            }
        }
    }

    private static Set<Cidr> sourcesOf(
            PersistentMap<SetName, PersistentMap<Use, List<Cidr>>> uses, SetName name) {
        PersistentMap<Use, List<Cidr>> known = uses.get(name);
        return known == null
                ? Set.of()
                : Ranges.disjoint(known.values().stream().flatMap(List::stream).toList());
    }

    private void addHairpin(IpAddress address) {
        if (address.family() == family) {
            Tuple one = tuple(address);
            ruleset = ruleset.with(RulesetFrame.HAIRPIN, Element.of(one.then(one)));
        }
    }

    private void removeHairpin(IpAddress address) {
        if (address.family() == family) {
            Tuple one = tuple(address);
            ruleset = ruleset.without(RulesetFrame.HAIRPIN, one.then(one));
        }
    }

    private void podRanges(Collection<Cidr> all) {
        ruleset = Ranges.fill(ruleset, RulesetFrame.POD_RANGES, all, family);
    }

    private void serviceRanges(Collection<Cidr> told) {
        Set<Cidr> all = new LinkedHashSet<>(settings.serviceRanges());
        all.addAll(told);
        ruleset = Ranges.fill(ruleset, RulesetFrame.SERVICE_RANGES, all, family);
    }

    private void put(String map, Tuple key, Tuple value) {
        ruleset = ruleset.with(map, Element.of(key, value));
    }

    private void putCounted(Use use, int mark) {
        ruleset = ruleset.with(use.map(), Element.of(use.key(), Tuple.of(mark)).counted());
    }

    private void leaveOver(String set, Tuple key) {
        leftovers.add(new Leftover(set, key));
    }

    static Tuple tuple(Endpoint endpoint) {
        return tuple(endpoint.address()).then(Tuple.of(endpoint.port()));
    }

    static Tuple tuple(IpAddress address) {
        return address.isIpv4()
                ? Tuple.of((int) address.low())
                : Tuple.of(
                        (int) (address.high() >>> 32),
                        (int) address.high(),
                        (int) (address.low() >>> 32),
                        (int) address.low());
    }
}
