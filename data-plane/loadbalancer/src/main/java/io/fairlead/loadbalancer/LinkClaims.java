package io.fairlead.loadbalancer;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.MacAddress;
import io.fairlead.loadbalancer.Heard.Claim;
import io.fairlead.loadbalancer.Heard.Presence;
import io.fairlead.loadbalancer.Heard.Question;
import io.fairlead.loadbalancer.Heard.Word;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// For which addresses one announcer answers on one link: those whose best node, of the nodes it hears, is its own. Time and frames come from outside, so that all of it
/// runs in simulated time too.
///
/// Announcers tell each other [#PULSE] by pulse that they are there; who is silent for [#SILENCE] counts as gone, and the next one in an address's order takes it over, by
/// telling everybody on the link. There is no vote: whoever hears the same nodes comes to the same order. While two see different things both may answer; whoever hears another one claim what is
/// his own says so again, so the last word on the link is that of the one who goes on answering.
///
/// An announcer that begins listens first, and answers for nothing until it has heard who is there. Used by one thread; moments are those of a
/// monotonic clock, in nanoseconds.
final class LinkClaims {
    static final Duration PULSE = Duration.ofMillis(150);

    /// Four pulses in a row, and a little for whoever is late.
    static final Duration SILENCE = Duration.ofMillis(650);

    static final Duration LISTENING = Duration.ofMillis(900);

    /// How often everybody is told of a new place: a frame may get lost.
    private static final List<Duration> REPEATS =
            List.of(Duration.ofMillis(250), Duration.ofSeconds(1), Duration.ofSeconds(3));

    /// Claims of somebody else are answered at most this often, in nanoseconds.
    private static final long PAUSE = Duration.ofMillis(500).toNanos();

    private final MacAddress own;
    private final long answersFrom;
    private final Map<String, Peer> peers = new HashMap<>();
    private final Set<IpAddress> held = new TreeSet<>();
    private final Map<IpAddress, Announcing> announcing = new TreeMap<>();
    private final Map<IpAddress, Long> toldAt = new HashMap<>();
    private final Map<IpAddress, Rival> rivals = new TreeMap<>();
    private final List<byte[]> out = new ArrayList<>();

    private Wanted wanted = Wanted.NOTHING;
    private boolean isStale;
    private boolean isListening = true;
    private long nextPulse;

    private record Peer(MacAddress mac, long heardAt) {}

    private record Rival(MacAddress mac, long since) {}

    /// @param told how often
    private record Announcing(long dueAt, int told) {}

    /// @param own the link's address
    LinkClaims(MacAddress own, long now) {
        this.own = own;
        this.answersFrom = now + LISTENING.toNanos();
        this.nextPulse = now;
    }

    /// Who may answer for what changed.
    void want(Wanted next) {
        wanted = next;
        isStale = true;
    }

    /// The addresses that are answered for.
    Set<IpAddress> held() {
        return Set.copyOf(held);
    }

    /// Who else claimed held addresses, and is no announcer. Each is told once; not before announcers had time to make themselves known.
    Map<IpAddress, MacAddress> takeRivals(long now) {
        Map<IpAddress, MacAddress> taken = new TreeMap<>();
        for (IpAddress address : List.copyOf(rivals.keySet())) {
            Rival rival = rivals.get(address);
            if (rival != null && now - rival.since() >= SILENCE.toNanos()) {
                rivals.remove(address);
                if (!isAnnouncer(rival.mac()) && held.contains(address)) {
                    taken.put(address, rival.mac());
                }
            }
        }
        return taken;
    }

    private boolean isAnnouncer(MacAddress mac) {
        return peers.entrySet().stream()
                .anyMatch(peer ->
                        wanted.nodes().containsKey(peer.getKey())
                                && peer.getValue().mac().equals(mac));
    }

    /// The frames to be sent, in order.
    List<byte[]> takeFrames() {
        List<byte[]> taken = List.copyOf(out);
        out.clear();
        return taken;
    }

    /// A frame has come.
    void receive(byte[] frame, long now) {
        LinkFrames.read(frame)
                .ifPresent(heard -> {
                    switch (heard) {
                        case Question question -> {
                            if (held.contains(question.wanted())) {
                                out.add(LinkFrames.answer(own, question));
                            }
                        }
                        case Claim claim -> defend(claim, now);
                        case Presence presence -> meet(presence, now);
                    }
                });
    }

    /// Says so again, after a pause where that was done just now.
    private void defend(Claim claim, long now) {
        IpAddress address = claim.address();
        if (!held.contains(address) || claim.owner().equals(own)) {
            return;
        }
        rivals.putIfAbsent(address, new Rival(claim.owner(), now));
        long due = Math.max(now, toldAt.getOrDefault(address, now - PAUSE) + PAUSE);
        Announcing planned = announcing.get(address);
        if (planned == null || planned.dueAt() > due) {
            announcing.put(address, new Announcing(due, REPEATS.size()));
        }
    }

    private void meet(Presence presence, long now) {
        if (presence.node().equals(wanted.node()) || presence.from().equals(own)) {
            return;
        }
        switch (presence.word()) {
            case HERE -> {
                Peer before = peers.put(presence.node(), new Peer(presence.from(), now));
                if (before == null) {
                    isStale = true;
                    // Whoever was away may have missed where addresses are, and so may the link
                    // between.
                    held.forEach(address -> announcing.put(address, new Announcing(now, 0)));
                }
            }
            case LISTENING -> {
                // Two that listen would answer each other for ever.
                if (!isListening) {
                    pulse(now);
                }
            }
            case LEAVING -> isStale |= peers.remove(presence.node()) != null;
        }
    }

    /// Does what is due. To be called after all frames that have come were received: then a stop of the whole machine makes nobody look silent.
    void tick(long now) {
        isStale |= peers.values().removeIf(it -> now - it.heardAt() >= SILENCE.toNanos());
        if (isListening && now >= answersFrom && !wanted.node().isEmpty()) {
            isListening = false;
            isStale = true;
            nextPulse = now;
        }
        if (isStale) {
            decide(now);
        }
        if (now >= nextPulse) {
            pulse(now);
        }
        announceDue(now);
    }

    /// When [#tick] has something to do next, if nothing is received before.
    long nextDue() {
        long due = nextPulse;
        if (isListening && !wanted.node().isEmpty()) {
            due = Math.min(due, answersFrom);
        }
        for (Peer peer : peers.values()) {
            due = Math.min(due, peer.heardAt() + SILENCE.toNanos());
        }
        for (Announcing each : announcing.values()) {
            due = Math.min(due, each.dueAt());
        }
        return due;
    }

    /// Gives everything up, so that others need not wait for the silence.
    void leave() {
        held.clear();
        announcing.clear();
        if (!wanted.node().isEmpty()) {
            out.add(LinkFrames.presence(own, wanted.node(), Word.LEAVING));
        }
    }

    private void pulse(long now) {
        nextPulse = now + PULSE.toNanos();
        if (!wanted.node().isEmpty()) {
            Word word = isListening ? Word.LISTENING : Word.HERE;
            out.add(LinkFrames.presence(own, wanted.node(), word));
        }
    }

    private void decide(long now) {
        isStale = false;
        Set<String> here = new HashSet<>();
        if (!isListening) {
            peers.keySet().forEach(uid -> here.add(wanted.nodes().getOrDefault(uid, "")));
            here.add(wanted.nodes().getOrDefault(wanted.node(), ""));
        }
        String self = wanted.nodes().getOrDefault(wanted.node(), "");
        Set<IpAddress> next = new HashSet<>();
        wanted.ranks()
                .forEach((address, rank) ->
                        rank.stream()
                                .filter(here::contains)
                                .findFirst()
                                .filter(self::equals)
                                .ifPresent(_ -> next.add(address)));
        held.retainAll(next);
        announcing.keySet().retainAll(next);
        toldAt.keySet().retainAll(next);
        for (IpAddress address : next) {
            if (held.add(address)) {
                announcing.put(address, new Announcing(now, 0));
            }
        }
    }

    private void announceDue(long now) {
        for (IpAddress address : List.copyOf(announcing.keySet())) {
            Announcing each = announcing.getOrDefault(address, new Announcing(Long.MAX_VALUE, 0));
            if (now < each.dueAt()) {
                continue;
            }
            out.addAll(LinkFrames.announcement(own, address));
            toldAt.put(address, now);
            if (each.told() >= REPEATS.size()) {
                announcing.remove(address);
            } else {
                long pause = REPEATS.get(each.told()).toNanos();
                announcing.put(address, new Announcing(now + pause, each.told() + 1));
            }
        }
    }
}
