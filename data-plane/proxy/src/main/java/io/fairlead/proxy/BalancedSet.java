package io.fairlead.proxy;

import io.fairlead.nftables.PersistentMap;
import io.fairlead.tables.Endpoint;
import io.fairlead.tables.EndpointSet;
import io.fairlead.tables.Membership;
import java.util.ArrayList;
import java.util.Iterator;
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
        return found(id, set, List.of(), PersistentMap.empty(), 1);
    }

    /// A set that lies in the maps already, as they tell; some of its endpoints may be gone.
    static BalancedSet found(
            int id,
            EndpointSet set,
            List<Endpoint> slots,
            PersistentMap<Endpoint, Integer> numbers,
            int nextNumber) {
        Set<Endpoint> gone = new LinkedHashSet<>(slots);
        set.endpoints().forEach(gone::remove);
        Set<Endpoint> came = new LinkedHashSet<>(set.endpoints());
        slots.forEach(came::remove);
        return new BalancedSet(id, set, arranged(slots, gone, came), numbers, nextNumber)
                .numbered();
    }

    boolean remembers() {
        return set.affinityTimeout().isPresent();
    }

    /// The same set with other contents: newcomers take the places of those that left, and then the last ones do. Costs little more than the
    /// difference, also where a set is large.
    BalancedSet with(EndpointSet next) {
        Membership<Endpoint> changes = changesTo(next);
        List<Endpoint> nextSlots = arranged(slots, changes.left(), changes.joined());
        if (!remembers() || next.affinityTimeout().isEmpty()) {
            return new BalancedSet(id, next, nextSlots, numbers, nextNumber).numbered();
        }
        PersistentMap<Endpoint, Integer> kept = numbers;
        int nextFree = nextNumber;
        for (Endpoint endpoint : changes.left()) {
            kept = kept.without(endpoint);
        }
        for (Endpoint endpoint : changes.joined()) {
            kept = kept.with(endpoint, nextFree++);
        }
        return new BalancedSet(id, next, nextSlots, kept, nextFree);
    }

    /// Who leaves and who joins to make it another set.
    Membership<Endpoint> changesTo(EndpointSet next) {
        return Membership.ofSorted(set.endpoints(), next.endpoints());
    }

    /// Who is wanted, as few of those who were there before as possible in another place.
    ///
    /// @param gone of those in `slots`
    /// @param came in the order in which they get places
    static <T> List<T> arranged(List<T> slots, Set<T> gone, Set<T> came) {
        List<T> arranged = new ArrayList<>(slots.size() + came.size());
        arranged.addAll(slots);
        Iterator<T> newcomers = came.iterator();
        int left = gone.size();
        for (int index = 0; left > 0 && index < arranged.size(); index++) {
            while (index < arranged.size() && gone.contains(arranged.get(index))) {
                left--;
                if (newcomers.hasNext()) {
                    arranged.set(index, newcomers.next());
                    break;
                }
                T last = arranged.removeLast();
                if (index < arranged.size()) {
                    arranged.set(index, last);
                }
            }
        }
        newcomers.forEachRemaining(arranged::add);
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
