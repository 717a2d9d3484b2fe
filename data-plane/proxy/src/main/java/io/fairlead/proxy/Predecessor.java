package io.fairlead.proxy;

import io.fairlead.nftables.Element;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.Tuple;
import io.fairlead.proxy.NodeRules.Use;
import io.fairlead.tables.Action;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.FrontendEntry;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.SetName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the table in the kernel tells of the rules that another process made before this one: the numbers of endpoint sets, which
/// flows carry in their marks, and the numbers of endpoints, which the kernel remembers clients by. Who goes on with them interrupts nothing.
///
/// A set is known again by where it is reached: the entry that a frontend has now names it, the element of that frontend tells its number.
final class Predecessor {
    static final Predecessor NONE = new Predecessor(Map.of(), Map.of(), List.of(), Mark.FIRST_SET);

    /// Numbers that may have been given, after the highest that is still there: whoever had them vanished shortly before the table was read.
    private static final int SPARED = 4096;

    private final Map<SetName, Integer> ids;
    private final Map<Integer, Remains> remains;
    private final List<Duration> affinities;
    private final int nextSet;

    /// What lies in the maps of one set.
    private static final class Remains {
        private final Map<Integer, Tuple> slots = new TreeMap<>();
        private final Map<Integer, Integer> numbers = new HashMap<>();
        private int highestNumber;
    }

    private Predecessor(
            Map<SetName, Integer> ids,
            Map<Integer, Remains> remains,
            List<Duration> affinities,
            int nextSet) {
        this.ids = ids;
        this.remains = remains;
        this.affinities = affinities;
        this.nextSet = nextSet;
    }

    /// @param kernel the table as it was read
    /// @param table what is wanted now
    static Predecessor of(ProxySettings settings, Ruleset kernel, ServiceTable table) {
        if (!isOurs(kernel)) {
            return NONE;
        }
        Map<Integer, Remains> remains = new HashMap<>();
        for (Element element : elements(kernel, RulesetFrame.ENDPOINTS)) {
            if (element.content() instanceof Tuple endpoint) {
                of(remains, element).slots.put(element.key().word(1), endpoint);
            }
        }
        for (Element element : elements(kernel, RulesetFrame.NUMBERS)) {
            if (element.content() instanceof Tuple number) {
                Remains set = of(remains, element);
                set.numbers.put(element.key().word(1), number.word(0));
                set.highestNumber = Math.max(set.highestNumber, number.word(0));
            }
        }
        int highest =
                elements(kernel, RulesetFrame.CLASS_OF).stream()
                        .mapToInt(it -> it.key().word(0))
                        .max()
                        .orElse(Mark.FIRST_SET);
        int next = Math.max(Mark.FIRST_SET, highest + 1 + SPARED);
        return new Predecessor(
                ids(settings, kernel, table),
                remains,
                EndpointClass.affinities(kernel),
                next > Mark.SET ? Mark.FIRST_SET : next);
    }

    private static boolean isOurs(Ruleset kernel) {
        return List.of(
                        RulesetFrame.ENDPOINTS,
                        RulesetFrame.NUMBERS,
                        RulesetFrame.CLASS_OF,
                        RulesetFrame.INSIDE,
                        RulesetFrame.OUTSIDE,
                        RulesetFrame.INSIDE_PORTS,
                        RulesetFrame.OUTSIDE_PORTS)
                .stream()
                .allMatch(kernel.sets()::contains);
    }

    private static Remains of(Map<Integer, Remains> remains, Element element) {
        return remains.computeIfAbsent(element.key().word(0), _ -> new Remains());
    }

    private static List<Element> elements(Ruleset kernel, String set) {
        NamedSet named = kernel.set(set);
        return List.copyOf(named.elements().values());
    }

    private static Map<SetName, Integer> ids(
            ProxySettings settings, Ruleset kernel, ServiceTable table) {
        Map<SetName, Integer> ids = new HashMap<>();
        Map<Integer, SetName> taken = new HashMap<>();
        table.frontends()
                .forEach((frontend, entry) -> {
                    if (frontend.address().family() == settings.family()) {
                        claim(ids, taken, kernel, ProxyCompiler.uses(frontend), entry);
                    }
                });
        table.nodePorts()
                .forEach((port, entry) -> {
                    if (port.family() == settings.family()) {
                        claim(ids, taken, kernel, ProxyCompiler.uses(port), entry);
                    }
                });
        return ids;
    }

    private static void claim(
            Map<SetName, Integer> ids,
            Map<Integer, SetName> taken,
            Ruleset kernel,
            List<Use> uses,
            FrontendEntry entry) {
        claim(ids, taken, kernel, uses.getFirst(), entry.inside());
        claim(ids, taken, kernel, uses.getLast(), entry.outside());
    }

    private static void claim(
            Map<SetName, Integer> ids,
            Map<Integer, SetName> taken,
            Ruleset kernel,
            Use use,
            Action action) {
        if (action instanceof Action.Balance(SetName name, _, _)
                && kernel.find(use.map(), use.key()) instanceof Tuple mark) {
            int id = mark.word(0) & Mark.SET;
            if (id >= Mark.FIRST_SET
                    && !ids.containsKey(name)
                    && taken.putIfAbsent(id, name) == null) {
                ids.put(name, id);
            }
        }
    }

    List<Duration> affinities() {
        return affinities;
    }

    int nextSet() {
        return nextSet;
    }

    /// The set with the numbers that it had; empty if it had none.
    Optional<BalancedSet> find(EndpointSet set) {
        Integer id = ids.get(set.name());
        Remains found = id == null ? null : remains.get(id);
        if (id == null || found == null) {
            return Optional.empty();
        }
        Map<Tuple, Endpoint> wanted = new HashMap<>();
        set.endpoints().forEach(it -> wanted.put(ProxyCompiler.tuple(it), it));
        List<Endpoint> slots = new ArrayList<>();
        PersistentMap<Endpoint, Integer> numbers = PersistentMap.empty();
        for (Map.Entry<Integer, Tuple> slot : found.slots.entrySet()) {
            Endpoint endpoint = wanted.remove(slot.getValue());
            if (endpoint == null) {
                continue;
            }
            slots.add(endpoint);
            Integer number = found.numbers.get(slot.getKey());
            if (number != null) {
                numbers = numbers.with(endpoint, number);
            }
        }
        return Optional.of(
                BalancedSet.found(id, set, slots, numbers, found.highestNumber + 1 + SPARED));
    }
}
