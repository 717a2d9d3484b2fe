package io.fairlead.nftables;

/// One element of a set or map.
///
/// @param key the key; of an interval its first value
/// @param last the interval's last value, which belongs to it; the key itself elsewhere
/// @param content what the key leads to
public record Element(Tuple key, Tuple last, Content content) {
    public static Element of(Tuple key) {
        return new Element(key, key, Content.None.NONE);
    }

    public static Element of(Tuple key, Content content) {
        return new Element(key, key, content);
    }

    public static Element range(Tuple from, Tuple to) {
        return new Element(from, to, Content.None.NONE);
    }
}
