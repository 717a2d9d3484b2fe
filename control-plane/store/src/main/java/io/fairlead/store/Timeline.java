package io.fairlead.store;

import java.util.List;
import org.pcollections.TreePMap;

/// The present, and as much of the past as is held in memory: every moment in (`pastBegins`, `now.revision`].
/// Between `compacted` and `pastBegins` there may be more on the device. Immutable.
///
/// @param compacted nothing at or before this revision is told any more
record Timeline<V>(
        Contents<V> now, TreePMap<Long, Moment<V>> past, long pastBegins, long compacted) {
    /// A timeline whose past, if it has one, is on the device.
    static <V> Timeline<V> opened(Contents<V> now, long compacted) {
        return new Timeline<>(now, TreePMap.empty(), now.revision(), compacted);
    }

    static <V> Timeline<V> empty() {
        return opened(Contents.empty(), Contents.FIRST_REVISION);
    }

    Timeline<V> then(Contents<V> next, List<Moment<V>> moments) {
        TreePMap<Long, Moment<V>> longer = past;
        for (Moment<V> moment : moments) {
            longer = longer.plus(moment.revision(), moment);
        }
        return new Timeline<>(next, longer, pastBegins, compacted);
    }

    /// With the moments before [#pastBegins], read back from the device.
    Timeline<V> withEarlier(List<Moment<V>> moments) {
        TreePMap<Long, Moment<V>> longer = past;
        for (Moment<V> moment : moments) {
            if (moment.revision() > compacted) {
                longer = longer.plus(moment.revision(), moment);
            }
        }
        return new Timeline<>(now, longer, Math.min(pastBegins, compacted), compacted);
    }

    Timeline<V> compactedTo(long revision) {
        return new Timeline<>(
                now, past.tailMap(revision, false), Math.max(pastBegins, revision), revision);
    }

    Iterable<Moment<V>> after(long revision) {
        return past.tailMap(revision, false).values();
    }
}
