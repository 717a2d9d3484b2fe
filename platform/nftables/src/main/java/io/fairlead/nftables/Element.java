package io.fairlead.nftables;

/// One element of a set or map.
///
/// @param key the key; of an interval its first value
/// @param last the interval's last value, which belongs to it; the key itself elsewhere
/// @param content what the key leads to
/// @param counting whether this element counts, in a set whose elements do not all count
public record Element(Tuple key, Tuple last, Content content, SetShape.Counting counting) {
    public static Element of(Tuple key) {
        return of(key, Content.None.NONE);
    }

    public static Element of(Tuple key, Content content) {
        return new Element(key, key, content, SetShape.Counting.UNCOUNTED);
    }

    public static Element range(Tuple from, Tuple to) {
        return new Element(from, to, Content.None.NONE, SetShape.Counting.UNCOUNTED);
    }

    /// This element counting the packets that looked it up. A counter is memory of every processor, so few elements should have one.
    public Element counted() {
        return new Element(key, last, content, SetShape.Counting.COUNTED);
    }

    boolean isCounted() {
        return counting == SetShape.Counting.COUNTED;
    }
}
