package io.fairlead.nftables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A set or map of a table.
///
/// @param elements by key; of an interval by its first value
public record NamedSet(String name, SetShape shape, PersistentMap<Tuple, Element> elements) {
    public static NamedSet empty(String name, SetShape shape) {
        return new NamedSet(name, shape, PersistentMap.empty());
    }

    public NamedSet with(Element element) {
        return new NamedSet(name, shape, elements.with(element.key(), element));
    }

    public NamedSet without(Tuple key) {
        return new NamedSet(name, shape, elements.without(key));
    }

    /// The elements in the order of their keys.
    public List<Element> sorted() {
        List<Element> sorted = new ArrayList<>(elements.values());
        sorted.sort(Comparator.comparing(Element::key));
        return sorted;
    }
}
