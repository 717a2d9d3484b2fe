package io.fairlead.tables;

import io.fairlead.api.Cidr;
import io.fairlead.api.ObjectName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/// Address ranges that objects name, such as the pod ranges of nodes. Several objects may name the same one.
///
/// @param of the ranges of each object that names any
/// @param all of them, once each
record RangesByOwner(PMap<ObjectName, List<Cidr>> of, PSet<Cidr> all) {
    static final RangesByOwner NONE = new RangesByOwner(HashTreePMap.empty(), HashTreePSet.empty());

    Set<ObjectName> owners() {
        return of.keySet();
    }

    /// The ranges when one object names these, and no others any more.
    ///
    /// @param before is told, for each range that may come or go, whether it was there
    RangesByOwner with(ObjectName owner, List<Cidr> now, Map<Cidr, Boolean> before) {
        List<Cidr> old = of.getOrDefault(owner, List.of());
        if (old.equals(now)) {
            return this;
        }
        PMap<ObjectName, List<Cidr>> owners = now.isEmpty() ? of.minus(owner) : of.plus(owner, now);
        PSet<Cidr> ranges = all;
        for (Cidr range : old) {
            before.putIfAbsent(range, all.contains(range));
            if (owners.values().stream().noneMatch(it -> it.contains(range))) {
                ranges = ranges.minus(range);
            }
        }
        for (Cidr range : now) {
            before.putIfAbsent(range, all.contains(range));
            ranges = ranges.plus(range);
        }
        return new RangesByOwner(owners, ranges);
    }
}
