package io.fairlead.nftables;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One table, whole: chains with their rules, sets and maps with their elements. Immutable; versions share what they have in common.
public record Ruleset(
        TableName table,
        PersistentMap<String, Chain> chains,
        PersistentMap<String, NamedSet> sets) {
    public static Ruleset empty(TableName table) {
        return new Ruleset(table, PersistentMap.empty(), PersistentMap.empty());
    }

    public Ruleset with(Chain chain) {
        return new Ruleset(table, chains.with(chain.name(), chain), sets);
    }

    public Ruleset withoutChain(String name) {
        return new Ruleset(table, chains.without(name), sets);
    }

    public Ruleset with(NamedSet set) {
        return new Ruleset(table, chains, sets.with(set.name(), set));
    }

    public Ruleset withoutSet(String name) {
        return new Ruleset(table, chains, sets.without(name));
    }

    public Ruleset with(String set, Element element) {
        NamedSet before = set(set);
        NamedSet after = before.with(element);
        return after.elements().equals(before.elements()) ? this : with(after);
    }

    public Ruleset without(String set, Tuple key) {
        NamedSet before = set(set);
        NamedSet after = before.without(key);
        return after.elements().equals(before.elements()) ? this : with(after);
    }

    public boolean hasChain(String name) {
        return chains.contains(name);
    }

    /// A set that is known to be there.
    public NamedSet set(String name) {
        return Objects.requireNonNull(sets.get(name), () -> "no set " + name + " in " + table);
    }

    /// What a map says of a key.
    public @Nullable Content find(String map, Tuple key) {
        Element element = set(map).elements().get(key);
        return element == null ? null : element.content();
    }
}
