package io.fairlead.proxy;

import io.fairlead.nftables.PersistentMap;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// An endpoint set as it lies in the maps.
///
/// @param id its number in marks and keys
/// @param slots the endpoints by index. An endpoint keeps its index as long as it can, so that a change rewrites few elements
/// @param numbers of the endpoints, for affinity; never given twice in a set's life, so that a remembered number cannot mean another endpoint
record BalancedSet(
        int id,
        EndpointSet set,
        List<Endpoint> slots,
        PersistentMap<Endpoint, Integer> numbers,
        int nextNumber) {
    static BalancedSet of(int id, EndpointSet set) {
        return new BalancedSet(id, set, List.of(), PersistentMap.empty(), 1).with(set);
    }

    /// A set that lies in the maps already, as they tell; some of its endpoints may be gone.
    static BalancedSet found(
            int id,
            EndpointSet set,
            List<Endpoint> slots,
            PersistentMap<Endpoint, Integer> numbers,
            int nextNumber) {
        return new BalancedSet(id, set, slots, numbers, nextNumber).with(set);
    }

    boolean remembers() {
        return set.affinityTimeout().isPresent();
    }

    /// The same set with other contents: newcomers take the places of those that left, and then the last ones do.
    BalancedSet with(EndpointSet next) {
        return new BalancedSet(id, next, arranged(slots, next.endpoints()), numbers, nextNumber)
                .numbered();
    }

    /// Who is wanted, as few of those who were there before as possible in another place.
    static <T> List<T> arranged(List<T> slots, Collection<T> next) {
        Set<T> newcomers = new LinkedHashSet<>(next);
        Set<T> wanted = new LinkedHashSet<>(next);
        slots.forEach(newcomers::remove);
        List<T> arranged = new ArrayList<>(slots);
        for (int index = 0; index < arranged.size(); index++) {
            while (index < arranged.size() && !wanted.contains(arranged.get(index))) {
                if (!newcomers.isEmpty()) {
                    arranged.set(index, newcomers.iterator().next());
                    newcomers.remove(arranged.get(index));
                } else {
                    T last = arranged.removeLast();
                    if (index < arranged.size()) {
                        arranged.set(index, last);
                    }
                }
            }
        }
        arranged.addAll(newcomers);
        return List.copyOf(arranged);
    }

    private BalancedSet numbered() {
        PersistentMap<Endpoint, Integer> kept = PersistentMap.empty();
        int next = nextNumber;
        if (remembers()) {
            for (Endpoint endpoint : slots) {
                Integer number = numbers.get(endpoint);
                kept = kept.with(endpoint, number == null ? next++ : number);
            }
        }
        return new BalancedSet(id, set, slots, kept, next);
    }
}
