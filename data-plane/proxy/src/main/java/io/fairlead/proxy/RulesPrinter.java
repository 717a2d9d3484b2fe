package io.fairlead.proxy;

import io.fairlead.api.ObjectName;
import io.fairlead.nftables.Chain;
import io.fairlead.nftables.Content;
import io.fairlead.nftables.Element;
import io.fairlead.nftables.NamedSet;
import io.fairlead.nftables.Rule;
import io.fairlead.nftables.Ruleset;
import io.fairlead.nftables.RulesetPrinter;
import io.fairlead.nftables.Statement;
import io.fairlead.nftables.Tuple;
import io.fairlead.nftables.Verdict;
import io.fairlead.proxy.NodeRules.Use;
import io.fairlead.tables.ServiceTable;
import io.fairlead.tables.SetName;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/// Writes a node's rules for people, in `nft`'s language, with a list of what the set numbers mean.
final class RulesPrinter {
    private final NodeRules rules;
    private final Predicate<SetName> isWanted;

    private RulesPrinter(NodeRules rules, Predicate<SetName> isWanted) {
        this.rules = rules;
        this.isWanted = isWanted;
    }

    static String print(NodeRules rules) {
        RulesPrinter printer = new RulesPrinter(rules, _ -> true);
        return printer.legend() + RulesetPrinter.print(rules.ruleset());
    }

    static String print(NodeRules rules, ServiceTable table, ObjectName service) {
        RulesPrinter printer = new RulesPrinter(rules, name -> name.service().equals(service));
        return printer.legend() + RulesetPrinter.print(printer.excerpt(table, service));
    }

    private String legend() {
        TreeMap<SetName, BalancedSet> sorted = new TreeMap<>(Comparator.naturalOrder());
        for (BalancedSet set : rules.sets().values()) {
            if (isWanted.test(set.set().name())) {
                sorted.put(set.set().name(), set);
            }
        }
        StringBuilder text = new StringBuilder();
        sorted.forEach((name, set) ->
                text.append("# set 0x")
                        .append(Integer.toHexString(set.id()))
                        .append(": ")
                        .append(name)
                        .append('\n'));
        return text.toString();
    }

    private Ruleset excerpt(ServiceTable table, ObjectName service) {
        Ruleset whole = rules.ruleset();
        Ruleset part = Ruleset.empty(whole.table());
        Set<Integer> ids = new HashSet<>();
        Set<Use> uses = uses(table, service);
        for (BalancedSet set : rules.sets().values()) {
            if (isWanted.test(set.set().name())) {
                ids.add(set.id());
            }
        }
        Set<Integer> classes = new HashSet<>();
        for (NamedSet set : whole.sets().values()) {
            NamedSet kept = NamedSet.empty(set.name(), set.shape());
            for (Element element : set.elements().values()) {
                if (belongs(set.name(), element, ids, uses)) {
                    kept = kept.with(element);
                    if (set.name().equals(RulesetFrame.CLASS_OF)
                            && element.content() instanceof Tuple number) {
                        classes.add(number.word(0));
                    }
                }
            }
            part = part.with(kept);
        }
        for (Element element : whole.set(RulesetFrame.CLASSES).elements().values()) {
            if (classes.contains(element.key().word(0))) {
                part = withReachable(part, element.content());
                part = part.with(RulesetFrame.CLASSES, element);
            }
        }
        for (Chain chain : whole.chains().values()) {
            if (chain.hook().isPresent()) {
                part = withReachable(part, new Verdict.Goto(chain.name()));
            }
        }
        return part;
    }

    /// The elements that are there for a Service's frontends and node ports, refused ones included.
    private static Set<Use> uses(ServiceTable table, ObjectName service) {
        Set<Use> uses = new HashSet<>();
        table.frontends()
                .forEach((key, entry) -> {
                    if (entry.owner().service().equals(service)) {
                        uses.addAll(ProxyCompiler.uses(key));
                    }
                });
        table.nodePorts()
                .forEach((key, entry) -> {
                    if (entry.owner().service().equals(service)) {
                        uses.addAll(ProxyCompiler.uses(key));
                    }
                });
        return uses;
    }

    private static boolean belongs(String set, Element element, Set<Integer> ids, Set<Use> uses) {
        return switch (set) {
            case RulesetFrame.INSIDE,
                    RulesetFrame.OUTSIDE,
                    RulesetFrame.INSIDE_PORTS,
                    RulesetFrame.OUTSIDE_PORTS ->
                    uses.stream()
                            .anyMatch(it -> it.map().equals(set) && it.key().equals(element.key()));
            case RulesetFrame.CLASS_OF,
                    RulesetFrame.ENDPOINTS,
                    RulesetFrame.NUMBERS,
                    RulesetFrame.LIVE,
                    RulesetFrame.DENIED,
                    RulesetFrame.SOURCE_RANGES ->
                    ids.contains(element.key().word(0));
            default -> false;
        };
    }

    /// The part with a chain, and with all that its rules lead to by name.
    private Ruleset withReachable(Ruleset part, Content way) {
        if (!(way instanceof Verdict.Goto(String name)) || part.hasChain(name)) {
            return part;
        }
        Chain chain = Objects.requireNonNull(rules.ruleset().chains().get(name));
        Ruleset more = part.with(chain);
        for (Rule rule : chain.rules()) {
            for (Statement statement : rule.statements()) {
                if (statement instanceof Statement.Give(Verdict verdict)) {
                    more = withReachable(more, verdict);
                }
            }
        }
        return more;
    }
}
