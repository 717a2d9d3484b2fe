package io.fairlead.tables;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;
import org.pcollections.PSequence;
import org.pcollections.TreePVector;

/// Who holds what, where several Services may claim the same key: the least claim holds, whatever order they came in.
///
/// @param holders the claim that holds, for every key
/// @param rivals all claims, sorted, for the few keys that have more than one
record Claims<K, C extends Comparable<C>>(PMap<K, C> holders, PMap<K, PSequence<C>> rivals) {
    static <K, C extends Comparable<C>> Claims<K, C> none() {
        return new Claims<>(HashTreePMap.<K, C>empty(), HashTreePMap.<K, PSequence<C>>empty());
    }

    Claims<K, C> plus(K key, C claim) {
        C holder = holders.get(key);
        if (holder == null) {
            return new Claims<>(holders.plus(key, claim), rivals);
        }
        PSequence<C> known = rivals.get(key);
        List<C> all = new ArrayList<>(known == null ? List.of(holder) : known);
        all.add(claim);
        return ranked(key, all);
    }

    /// @param claim one that was added before
    Claims<K, C> minus(K key, C claim) {
        PSequence<C> known = rivals.get(key);
        if (known == null) {
            return new Claims<>(holders.minus(key), rivals);
        }
        return ranked(key, known.minus(claim));
    }

    private Claims<K, C> ranked(K key, List<C> claims) {
        List<C> sorted = new ArrayList<>(claims);
        Collections.sort(sorted);
        return new Claims<>(
                holders.plus(key, sorted.getFirst()),
                sorted.size() == 1
                        ? rivals.minus(key)
                        : rivals.plus(key, TreePVector.from(sorted)));
    }
}
