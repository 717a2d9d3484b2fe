package io.fairlead.proxy;

import io.fairlead.nftables.PersistentMap;
import io.fairlead.tables.EndpointSet.Selection;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the maps of the socket programs hold, as far as this process writes them.
///
/// A program looks up a frontend, its set, the endpoint at an index, and whether that endpoint lives in the set; between any two of these the
/// maps may change. So changes have an order in which every mixture of old and new look-ups leads to a living endpoint, or nowhere: then the
/// program tries index 0, and after that leaves the socket alone, and rules translate its packets.
///
/// @param frontends which set each leads to
/// @param slots the endpoint of a set at an index, from 0 to the set's count
/// @param lives the endpoints that connections may go to; the programs count there
record SocketContents(
        PersistentMap<SocketFrontend, Long> frontends,
        PersistentMap<Long, Balance> sets,
        PersistentMap<Slot, SocketEndpoint> slots,
        PersistentMap<Live, Boolean> lives) {
    static final SocketContents NONE =
            new SocketContents(
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty(),
                    PersistentMap.empty());

    /// How a set is chosen from.
    record Balance(int count, Selection selection, long affinitySeconds) {}

    record Slot(long set, int index) {}

    record Live(long set, SocketEndpoint endpoint) {}

    SocketContents with(SocketFrontend frontend, long set) {
        return new SocketContents(frontends.with(frontend, set), sets, slots, lives);
    }

    SocketContents without(SocketFrontend frontend) {
        return new SocketContents(frontends.without(frontend), sets, slots, lives);
    }

    /// With a set in the place of what it was. Costs little more than the difference.
    ///
    /// @param before what it was; null when it is new
    /// @param after what it is; null when it is gone
    SocketContents with(@Nullable SocketSet before, @Nullable SocketSet after) {
        PersistentMap<Slot, SocketEndpoint> nextSlots = slots;
        PersistentMap<Live, Boolean> nextLives = lives;
        List<SocketEndpoint> old = before == null ? List.of() : before.slots();
        List<SocketEndpoint> now = after == null ? List.of() : after.slots();
        long id = before != null ? before.id() : after != null ? after.id() : 0;
        for (int index = 0; index < old.size(); index++) {
            if (index >= now.size() || !old.get(index).equals(now.get(index))) {
                nextSlots = nextSlots.without(new Slot(id, index));
                nextLives = nextLives.without(new Live(id, old.get(index)));
            }
        }
        // After all that went, because an endpoint may have another place now.
        for (int index = 0; index < now.size(); index++) {
            if (index >= old.size() || !old.get(index).equals(now.get(index))) {
                nextSlots = nextSlots.with(new Slot(id, index), now.get(index));
                nextLives = nextLives.with(new Live(id, now.get(index)), true);
            }
        }
        return new SocketContents(
                frontends,
                after == null ? sets.without(id) : sets.with(id, after.balance()),
                nextSlots,
                nextLives);
    }

    /// What leads from these contents to others, in an order that is right after each step.
    List<SocketChange> changesTo(SocketContents after) {
        List<SocketChange> lead = new ArrayList<>();
        List<SocketChange> clear = new ArrayList<>();
        lives.differencesTo(
                after.lives,
                (live, old, now) -> {
                    if (now != null) {
                        lead.add(new SocketChange.PutLive(live));
                    }
                });
        slots.differencesTo(
                after.slots,
                (slot, old, now) -> {
                    if (now != null) {
                        lead.add(new SocketChange.PutSlot(slot, now));
                    }
                });
        List<SocketChange> forget = new ArrayList<>();
        sets.differencesTo(
                after.sets,
                (set, old, now) -> {
                    if (now != null) {
                        lead.add(new SocketChange.PutSet(set, now));
                    }
                    boolean remembered = old != null && old.affinitySeconds() > 0;
                    if (remembered && (now == null || now.affinitySeconds() == 0)) {
                        forget.add(new SocketChange.ForgetClients(set));
                    }
                });
        frontends.differencesTo(
                after.frontends,
                (frontend, old, now) -> {
                    if (now != null) {
                        lead.add(new SocketChange.PutFrontend(frontend, now));
                    } else {
                        clear.add(new SocketChange.DropFrontend(frontend));
                    }
                });
        sets.differencesTo(
                after.sets,
                (set, old, now) -> {
                    if (now == null) {
                        clear.add(new SocketChange.DropSet(set));
                    }
                });
        slots.differencesTo(
                after.slots,
                (slot, old, now) -> {
                    if (now == null) {
                        clear.add(new SocketChange.DropSlot(slot));
                    }
                });
        lives.differencesTo(
                after.lives,
                (live, old, now) -> {
                    if (now == null) {
                        clear.add(new SocketChange.DropLive(live));
                    }
                });
        lead.addAll(clear);
        lead.addAll(forget);
        return lead;
    }
}
