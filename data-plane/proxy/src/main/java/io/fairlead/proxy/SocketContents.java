package io.fairlead.proxy;

import io.fairlead.nftables.PersistentMap;
import io.fairlead.tables.EndpointSet.Selection;
import java.util.ArrayList;
import java.util.List;

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

    SocketContents with(SocketSet set) {
        PersistentMap<Slot, SocketEndpoint> moreSlots = slots;
        PersistentMap<Live, Boolean> moreLives = lives;
        for (int index = 0; index < set.slots().size(); index++) {
            SocketEndpoint endpoint = set.slots().get(index);
            moreSlots = moreSlots.with(new Slot(set.id(), index), endpoint);
            moreLives = moreLives.with(new Live(set.id(), endpoint), true);
        }
        Balance balance = new Balance(set.slots().size(), set.selection(), set.affinitySeconds());
        return new SocketContents(frontends, sets.with(set.id(), balance), moreSlots, moreLives);
    }

    SocketContents without(SocketSet set) {
        PersistentMap<Slot, SocketEndpoint> fewerSlots = slots;
        PersistentMap<Live, Boolean> fewerLives = lives;
        for (int index = 0; index < set.slots().size(); index++) {
            fewerSlots = fewerSlots.without(new Slot(set.id(), index));
            fewerLives = fewerLives.without(new Live(set.id(), set.slots().get(index)));
        }
        return new SocketContents(frontends, sets.without(set.id()), fewerSlots, fewerLives);
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
