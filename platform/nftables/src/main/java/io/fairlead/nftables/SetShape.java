package io.fairlead.nftables;

import java.time.Duration;
import java.util.Optional;

/// A named set's or map's definition, without its elements. A definition cannot change: another one replaces the set.
///
/// @param key what its keys are
/// @param holds what a key leads to
/// @param storage how elements are kept
/// @param size the most elements; 0 for no limit. What packets write must have one
/// @param timeout how long an element lives that a packet wrote
/// @param counting whether each element counts the packets that looked it up
public record SetShape(
        TupleType key,
        Holds holds,
        Storage storage,
        int size,
        Optional<Duration> timeout,
        Counting counting) {
    /// What a key leads to.
    public sealed interface Holds {
        /// Nothing: a set.
        record Nothing() implements Holds {}

        record Values(TupleType type) implements Holds {}

        record Verdicts() implements Holds {}
    }

    /// How elements are kept.
    public enum Storage {
        /// Single keys, written by us.
        KEYS,
        /// Ranges, written by us.
        INTERVALS,
        /// Single keys, written by packets; differences do not see its elements.
        WRITTEN_BY_PACKETS
    }

    /// Whether elements count.
    public enum Counting {
        COUNTED,
        UNCOUNTED
    }

    public static SetShape set(TupleType key) {
        return new SetShape(
                key, new Holds.Nothing(), Storage.KEYS, 0, Optional.empty(), Counting.UNCOUNTED);
    }

    public static SetShape map(TupleType key, TupleType values) {
        return set(key).holding(new Holds.Values(values));
    }

    public static SetShape verdictMap(TupleType key) {
        return set(key).holding(new Holds.Verdicts());
    }

    private SetShape holding(Holds what) {
        return new SetShape(key, what, storage, size, timeout, counting);
    }

    public SetShape sized(int most) {
        return new SetShape(key, holds, storage, most, timeout, counting);
    }

    public SetShape counted() {
        return new SetShape(key, holds, storage, size, timeout, Counting.COUNTED);
    }

    public SetShape intervals() {
        return new SetShape(key, holds, Storage.INTERVALS, size, timeout, counting);
    }

    public SetShape writtenByPackets(Duration lifetime) {
        return new SetShape(
                key, holds, Storage.WRITTEN_BY_PACKETS, size, Optional.of(lifetime), counting);
    }

    public boolean isMap() {
        return !(holds instanceof Holds.Nothing);
    }

    boolean isWrittenByPackets() {
        return storage == Storage.WRITTEN_BY_PACKETS;
    }

    boolean hasIntervals() {
        return storage == Storage.INTERVALS;
    }

    /// Interval sets over a concatenation compare bytes, so that even marks are in network order there.
    boolean isAllBigEndian() {
        return hasIntervals() && key.isConcatenation();
    }
}
