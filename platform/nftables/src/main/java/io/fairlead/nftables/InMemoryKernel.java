package io.fairlead.nftables;

import io.fairlead.linux.Errno;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A kernel that is a value in memory, and as strict as the real one: it refuses what exists already, what is missing, what
/// something still refers to, and then changes nothing. Any thread may read; one thread at a time commits.
public final class InMemoryKernel implements Kernel {
    private volatile Map<TableName, Ruleset> tables = Map.of();
    private final AtomicInteger generation = new AtomicInteger(1);

    @Override
    public List<ElementCount> commit(Transaction transaction) {
        TableName table = transaction.table();
        Ruleset ruleset = tables.get(table);
        for (Change change : transaction.changes()) {
            ruleset = apply(table, ruleset, change);
        }
        if (ruleset != null && !transaction.isEmpty()) {
            checkReferences(ruleset, transaction.changes().getLast());
        }
        Map<TableName, Ruleset> next = new HashMap<>(tables);
        if (ruleset == null) {
            next.remove(table);
        } else {
            next.put(table, ruleset);
        }
        tables = Map.copyOf(next);
        if (!transaction.isEmpty()) {
            generation.incrementAndGet();
        }
        return List.of();
    }

    /// Nothing, because no packets pass here.
    @Override
    public List<ElementCount> counts(TableName table, String set, SetShape shape) {
        return List.of();
    }

    @Override
    public int generation() {
        return generation.get();
    }

    @Override
    public Optional<Ruleset> read(TableName table) {
        return Optional.ofNullable(tables.get(table));
    }

    @Override
    public void close() {}

    private static @Nullable Ruleset apply(
            TableName table, @Nullable Ruleset before, Change change) {
        if (change instanceof Change.AddTable) {
            return before == null ? Ruleset.empty(table) : before;
        }
        if (before == null) {
            throw NftablesException.refused(table, change, Errno.ENOENT, "");
        }
        return switch (change) {
            case Change.AddTable() -> before;
            case Change.DeleteTable() -> null;
            case Change.AddChain(String chain, Optional<Chain.Hook> hook) -> {
                requireAbsent(before.chains().get(chain), before, change);
                yield before.with(new Chain(chain, hook, List.of()));
            }
            case Change.DeleteChain(String name) -> {
                Chain chain = require(before.chains().get(name), before, change);
                if (!chain.rules().isEmpty() || isReached(before, name)) {
                    throw NftablesException.refused(table, change, Errno.EBUSY, "");
                }
                yield before.withoutChain(name);
            }
            case Change.FlushChain(String name) -> {
                Chain chain = require(before.chains().get(name), before, change);
                yield before.with(chain.withRules(List.of()));
            }
            case Change.AddRule(String name, Rule rule, List<Instruction> instructions) -> {
                Chain chain = require(before.chains().get(name), before, change);
                for (Instruction instruction : instructions) {
                    requireTargets(before, instruction, change);
                }
                List<Rule> rules = new ArrayList<>(chain.rules());
                rules.add(rule);
                yield before.with(chain.withRules(rules));
            }
            case Change.AddSet(String set, SetShape shape) -> {
                requireAbsent(before.sets().get(set), before, change);
                yield before.with(NamedSet.empty(set, shape));
            }
            case Change.DeleteSet(String name) -> {
                require(before.sets().get(name), before, change);
                if (isLookedAt(before, name)) {
                    throw NftablesException.refused(table, change, Errno.EBUSY, "");
                }
                yield before.withoutSet(name);
            }
            case Change.AddElements(String set, _, List<Element> elements) -> {
                NamedSet next = require(before.sets().get(set), before, change);
                for (Element element : elements) {
                    requireAbsent(next.elements().get(element.key()), before, change);
                    if (element.content() instanceof Verdict verdict) {
                        requireChain(before, verdict, change);
                    }
                    next = next.with(element);
                }
                int size = next.shape().size();
                if (size > 0 && next.elements().size() > size) {
                    throw NftablesException.refused(table, change, new Errno(23), "");
                }
                yield before.with(next);
            }
            case Change.DeleteElements(String set, _, List<Element> elements) -> {
                NamedSet next = require(before.sets().get(set), before, change);
                for (Element element : elements) {
                    require(next.elements().get(element.key()), before, change);
                    next = next.without(element.key());
                }
                yield before.with(next);
            }
        };
    }

    private static void requireTargets(Ruleset in, Instruction instruction, Change change) {
        switch (instruction) {
            case Instruction.Decide(Verdict verdict) -> requireChain(in, verdict, change);
            default -> {
                String set = instruction.set();
                if (set != null) {
                    require(in.sets().get(set), in, change);
                }
            }
        }
    }

    private static @Nullable String chainOf(Content content) {
        return switch (content) {
            case Verdict.Goto(String chain) -> chain;
            case Verdict.Jump(String chain) -> chain;
            default -> null;
        };
    }

    private static void requireChain(Ruleset in, Verdict verdict, Change change) {
        String chain = chainOf(verdict);
        if (chain != null) {
            require(in.chains().get(chain), in, change);
        }
    }

    private static boolean isReached(Ruleset in, String chain) {
        for (NamedSet set : in.sets().values()) {
            if (set.shape().holds() instanceof SetShape.Holds.Verdicts) {
                for (Element element : set.elements().values()) {
                    if (chain.equals(chainOf(element.content()))) {
                        return true;
                    }
                }
            }
        }
        return anyInstruction(
                in,
                it -> it instanceof Instruction.Decide(Verdict to) && chain.equals(chainOf(to)));
    }

    private static boolean isLookedAt(Ruleset in, String set) {
        return anyInstruction(in, it -> set.equals(it.set()));
    }

    private static boolean anyInstruction(Ruleset in, Predicate<Instruction> claim) {
        for (Chain chain : in.chains().values()) {
            for (Rule rule : chain.rules()) {
                if (RuleCompiler.compile(rule, in.sets()::get).stream().anyMatch(claim)) {
                    return true;
                }
            }
        }
        return false;
    }

    /// The kernel checks loops when it commits: no packet may go round in a circle of chains.
    private static void checkReferences(Ruleset ruleset, Change last) {
        Map<String, Integer> depths = new HashMap<>();
        for (Chain chain : ruleset.chains().values()) {
            if (chain.hook().isPresent() && isLooping(ruleset, chain, depths, 1)) {
                throw NftablesException.refused(ruleset.table(), last, new Errno(40), "");
            }
        }
    }

    private static boolean isLooping(
            Ruleset ruleset, Chain chain, Map<String, Integer> depths, int depth) {
        if (depth > 16) {
            return true;
        }
        Integer seen = depths.get(chain.name());
        if (seen != null && seen >= depth) {
            return false;
        }
        depths.put(chain.name(), depth);
        for (Rule rule : chain.rules()) {
            for (Instruction instruction : RuleCompiler.compile(rule, ruleset.sets()::get)) {
                List<Content> ways =
                        switch (instruction) {
                            case Instruction.Decide(Verdict verdict) -> List.of(verdict);
                            case Instruction.Branch(_, String map) ->
                                    ruleset.set(map).elements().values().stream()
                                            .map(Element::content)
                                            .toList();
                            default -> List.of();
                        };
                for (Content way : ways) {
                    String next = chainOf(way);
                    if (next != null
                            && isLooping(
                                    ruleset,
                                    Objects.requireNonNull(ruleset.chains().get(next)),
                                    depths,
                                    depth + 1)) {
                        return true;
                    }
                }
            }
        }
        return false;
    }

    private static void requireAbsent(@Nullable Object there, Ruleset in, Change change) {
        if (there != null) {
            throw NftablesException.refused(in.table(), change, Errno.EEXIST, "");
        }
    }

    private static <T> T require(@Nullable T there, Ruleset in, Change change) {
        if (there == null) {
            throw NftablesException.refused(in.table(), change, Errno.ENOENT, "");
        }
        return there;
    }
}
