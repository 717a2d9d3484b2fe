package io.fairlead.proxy;

import io.fairlead.linux.BpfMap;
import io.fairlead.linux.BpfMapShape;
import io.fairlead.nftables.PersistentMap;
import io.fairlead.proxy.SocketContents.Balance;
import io.fairlead.proxy.SocketContents.Live;
import io.fairlead.proxy.SocketContents.Slot;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The maps that the socket programs of a node look into, in the kernel. They are files of a BPF file system too, so that they outlive this
/// process.
///
/// One thread writes; any may read.
final class SocketMaps implements AutoCloseable {
    private static final byte[] NO_COUNTS = new byte[SocketLayout.COUNTS_BYTES];

    final BpfMap frontends;
    final BpfMap sets;
    final BpfMap slots;
    final BpfMap lives;
    final BpfMap totals;
    final BpfMap clients;
    final BpfMap sockets;

    private final Path pins;
    private final List<BpfMap> all = new ArrayList<>();

    /// Takes up the maps that are there, and makes those that are not.
    ///
    /// @param pins the directory of their files, in a BPF file system
    SocketMaps(Path pins) {
        this.pins = pins;
        try {
            frontends = open(SocketLayout.FRONTENDS);
            sets = open(SocketLayout.SETS);
            slots = open(SocketLayout.SLOTS);
            lives = open(SocketLayout.LIVES);
            totals = open(SocketLayout.TOTALS);
            clients = open(SocketLayout.CLIENTS);
            sockets = open(SocketLayout.SOCKETS);
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    private BpfMap open(BpfMapShape shape) {
        Path file = file(shape);
        BpfMap map =
                BpfMap.find(file, shape)
                        .orElseGet(() -> {
                            BpfMap made = BpfMap.create(shape);
                            all.add(made);
                            made.pin(file);
                            return made;
                        });
        if (!all.contains(map)) {
            all.add(map);
        }
        return map;
    }

    private Path file(BpfMapShape shape) {
        return pins.resolve(shape.name());
    }

    /// Whether each map has its file, by which the next process finds it.
    boolean arePinned() {
        return all.stream().allMatch(map -> Files.exists(file(map.shape())));
    }

    /// Gives a file to those that have lost theirs.
    void pinAgain() {
        for (BpfMap map : all) {
            if (!Files.exists(file(map.shape()))) {
                map.pin(file(map.shape()));
            }
        }
    }

    /// What the kernel has.
    SocketContents read() {
        PersistentMap<SocketFrontend, Long> readFrontends = PersistentMap.empty();
        for (BpfMap.Entry entry : frontends.entries()) {
            readFrontends =
                    readFrontends.with(
                            SocketLayout.frontend(entry.key()), SocketLayout.set(entry.value()));
        }
        PersistentMap<Long, Balance> readSets = PersistentMap.empty();
        for (BpfMap.Entry entry : sets.entries()) {
            readSets =
                    readSets.with(
                            SocketLayout.set(entry.key()), SocketLayout.balance(entry.value()));
        }
        PersistentMap<Slot, SocketEndpoint> readSlots = PersistentMap.empty();
        for (BpfMap.Entry entry : slots.entries()) {
            readSlots =
                    readSlots.with(
                            SocketLayout.slot(entry.key()), SocketLayout.endpoint(entry.value()));
        }
        PersistentMap<Live, Boolean> readLives = PersistentMap.empty();
        for (BpfMap.Entry entry : lives.entries()) {
            readLives = readLives.with(SocketLayout.live(entry.key()), true);
        }
        return new SocketContents(readFrontends, readSets, readSlots, readLives);
    }

    /// Writes changes in their order.
    ///
    /// @return what the sets had counted that are gone now
    /// @throws io.fairlead.linux.BpfException when the kernel refuses one; those before it are in effect
    List<SocketCounters.OfSet> commit(List<SocketChange> changes) {
        Set<Long> forgotten = new HashSet<>();
        List<SocketCounters.OfSet> ended = new ArrayList<>();
        for (SocketChange change : changes) {
            switch (change) {
                case SocketChange.PutLive(Live live) ->
                        lives.putIfAbsent(SocketLayout.key(live), NO_COUNTS);
                case SocketChange.PutSlot(Slot slot, SocketEndpoint endpoint) ->
                        slots.put(SocketLayout.key(slot), SocketLayout.value(endpoint));
                case SocketChange.PutSet(long set, Balance balance) -> {
                    totals.putIfAbsent(SocketLayout.set(set), NO_COUNTS);
                    sets.put(SocketLayout.set(set), SocketLayout.value(balance));
                }
                case SocketChange.PutFrontend(SocketFrontend frontend, long set) ->
                        frontends.put(SocketLayout.key(frontend), SocketLayout.set(set));
                case SocketChange.DropFrontend(SocketFrontend frontend) ->
                        frontends.delete(SocketLayout.key(frontend));
                case SocketChange.DropSet(long set) -> {
                    sets.delete(SocketLayout.set(set));
                    totals.find(SocketLayout.set(set))
                            .ifPresent(it -> ended.add(new SocketCounters.OfSet(set, counts(it))));
                    totals.delete(SocketLayout.set(set));
                }
                case SocketChange.DropSlot(Slot slot) -> slots.delete(SocketLayout.key(slot));
                case SocketChange.DropLive(Live live) -> lives.delete(SocketLayout.key(live));
                case SocketChange.ForgetClients(long set) -> forgotten.add(set);
            }
        }
        if (!forgotten.isEmpty()) {
            forgetClients(forgotten);
        }
        return ended;
    }

    private void forgetClients(Set<Long> ofSets) {
        for (BpfMap.Entry client : clients.entries()) {
            if (ofSets.contains(SocketLayout.set(client.key()))) {
                clients.delete(client.key());
            }
        }
    }

    /// Leads no frontend anywhere, so that rules translate everything.
    void clearFrontends() {
        frontends.entries().forEach(entry -> frontends.delete(entry.key()));
    }

    /// What the programs have counted.
    List<SocketCounters.OfEndpoint> countedByEndpoint() {
        List<SocketCounters.OfEndpoint> counted = new ArrayList<>();
        for (BpfMap.Entry entry : lives.entries()) {
            counted.add(
                    new SocketCounters.OfEndpoint(
                            SocketLayout.live(entry.key()), counts(entry.value())));
        }
        return counted;
    }

    List<SocketCounters.OfSet> countedBySet() {
        List<SocketCounters.OfSet> counted = new ArrayList<>();
        for (BpfMap.Entry entry : totals.entries()) {
            counted.add(
                    new SocketCounters.OfSet(SocketLayout.set(entry.key()), counts(entry.value())));
        }
        return counted;
    }

    private static SocketCounters.Counts counts(byte[] value) {
        ByteBuffer counts = ByteBuffer.wrap(value).order(ByteOrder.nativeOrder());
        return new SocketCounters.Counts(
                counts.getLong(SocketLayout.OPEN),
                counts.getLong(SocketLayout.CONNECTIONS),
                counts.getLong(SocketLayout.SENT),
                counts.getLong(SocketLayout.RECEIVED));
    }

    @Override
    public void close() {
        all.forEach(BpfMap::close);
    }
}
