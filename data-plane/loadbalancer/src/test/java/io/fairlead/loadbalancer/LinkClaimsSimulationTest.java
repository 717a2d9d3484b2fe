package io.fairlead.loadbalancer;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.api.IpAddress;
import io.fairlead.linux.MacAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Announcers on a link that delays and loses frames, killed, stopped and started again in simulated time. A client on the link believes the last claim, as machines do.
class LinkClaimsSimulationTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /// How long an announcer needs to begin, and the others then to hear of it.
    private static final long BEGINNING = 2 * SECOND;

    private final Map<String, LinkClaims> running = new TreeMap<>();
    private final Map<String, Long> stoppedUntil = new HashMap<>();
    private final Map<IpAddress, MacAddress> cache = new HashMap<>();
    private final PriorityQueue<Arrival> onTheWay = new PriorityQueue<>();
    private final List<byte[]> frames = new ArrayList<>();
    private final Map<IpAddress, MacAddress> rivals = new HashMap<>();
    private Random random = new Random(0);
    private int lossPercent;
    private long now;
    private long sent;

    /// @param frame which one of `frames`
    private record Arrival(long at, long number, String to, int frame)
            implements Comparable<Arrival> {
        @Override
        public int compareTo(Arrival other) {
            int order = Long.compare(at, other.at);
            return order == 0 ? Long.compare(number, other.number) : order;
        }
    }

    private static final Map<String, String> NODES =
            Map.of("uid-1", "node-1", "uid-2", "node-2", "uid-3", "node-3", "uid-4", "node-4");

    private static List<IpAddress> addresses() {
        List<IpAddress> addresses = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            addresses.add(IpAddress.parse("192.0.2." + i));
            addresses.add(IpAddress.parse("192.0.2." + (100 + i)));
        }
        return addresses;
    }

    private static Wanted wanted(String uid) {
        Map<IpAddress, List<String>> ranks = new HashMap<>();
        addresses().forEach(it -> ranks.put(it, Ranking.of(it, NODES.values())));
        return new Wanted(uid, NODES, ranks);
    }

    private static MacAddress mac(String uid) {
        return new MacAddress(0x0200_0000_0000L + uid.charAt(4));
    }

    private void start(String uid) {
        LinkClaims claims = new LinkClaims(mac(uid), now);
        claims.want(wanted(uid));
        running.put(uid, claims);
        stoppedUntil.remove(uid);
    }

    private void run(long nanos) {
        long end = now + nanos;
        while (now < end) {
            now += Duration.ofMillis(1).toNanos();
            Map<String, List<byte[]>> arrived = new HashMap<>();
            while (!onTheWay.isEmpty() && onTheWay.peek().at() <= now) {
                Arrival next = onTheWay.remove();
                // What waits for a stopped process is there when it goes on.
                long until = stoppedUntil.getOrDefault(next.to(), 0L);
                if (until > now) {
                    onTheWay.add(new Arrival(until, next.number(), next.to(), next.frame()));
                } else {
                    arrived.computeIfAbsent(next.to(), _ -> new ArrayList<>())
                            .add(frames.get(next.frame()));
                }
            }
            arrived.getOrDefault("client", List.of()).forEach(this::believe);
            running.forEach((uid, claims) -> {
                if (stoppedUntil.getOrDefault(uid, 0L) > now) {
                    return;
                }
                List<byte[]> mine = arrived.getOrDefault(uid, List.of());
                if (mine.isEmpty() && claims.nextDue() > now) {
                    return;
                }
                mine.forEach(frame -> claims.receive(frame, now));
                claims.tick(now);
                claims.takeFrames().forEach(frame -> send(uid, frame));
                rivals.putAll(claims.takeRivals(now));
            });
        }
    }

    private void send(String from, byte[] frame) {
        List<String> receivers = new ArrayList<>(running.keySet());
        receivers.add("client");
        receivers.remove(from);
        frames.add(frame);
        for (String to : receivers) {
            if (random.nextInt(100) >= lossPercent) {
                long delay = random.nextInt(5_000_000);
                onTheWay.add(new Arrival(now + delay, sent++, to, frames.size() - 1));
            }
        }
    }

    private void believe(byte[] frame) {
        if (LinkFrames.read(frame).orElse(null) instanceof Heard.Claim claim) {
            cache.put(claim.address(), claim.owner());
        }
    }

    /// As a machine does when it has not heard of a neighbour for a while.
    private void askAll() {
        MacAddress client = new MacAddress(8);
        for (IpAddress address : addresses()) {
            // An announcement is a question for one's own address.
            byte[] question = LinkFrames.announcement(client, address).getFirst().clone();
            System.arraycopy(IpAddress.parse("192.0.2.99").bytes(), 0, question, 28, 4);
            send("client", question);
        }
    }

    /// Each address is held by the best of those that run, and the client knows.
    private void assertSettled() {
        for (IpAddress address : addresses()) {
            List<String> holders =
                    running.entrySet().stream()
                            .filter(it -> it.getValue().held().contains(address))
                            .map(Map.Entry::getKey)
                            .toList();
            List<String> best =
                    Ranking.of(address, NODES.values()).stream()
                            .map(name -> "uid-" + name.charAt(5))
                            .filter(running::containsKey)
                            .limit(1)
                            .toList();
            assertThat(holders).as("%s at %d ms", address, now / 1_000_000).isEqualTo(best);
            best.forEach(
                    uid -> assertThat(cache.get(address)).as("%s", address).isEqualTo(mac(uid)));
        }
    }

    private void startAll() {
        NODES.keySet().stream().sorted().forEach(this::start);
        run(BEGINNING);
        assertSettled();
    }

    @Test
    void anotherNodeAnswersWithinASecondWhenOneIsKilled() {
        startAll();
        for (String uid : List.of("uid-2", "uid-1", "uid-4")) {
            running.remove(uid);
            run(SECOND - 1);
            assertSettled();
        }
    }

    @Test
    void aNodeThatLeavesInOrderIsFollowedAtOnce() {
        startAll();
        LinkClaims leaving = running.getOrDefault("uid-3", new LinkClaims(mac("uid-3"), now));
        leaving.leave();
        leaving.takeFrames().forEach(frame -> send("uid-3", frame));
        running.remove("uid-3");
        run(SECOND / 20);
        assertSettled();
    }

    @Test
    void aNodeThatBeginsTakesNothingBeforeItAnswers() {
        startAll();
        running.remove("uid-2");
        run(SECOND);
        start("uid-2");
        for (int i = 0; i < 200; i++) {
            run(SECOND / 100);
            for (IpAddress address : addresses()) {
                assertThat(running.values()).anyMatch(it -> it.held().contains(address));
            }
        }
        assertSettled();
    }

    @Test
    void aMachineThatStoodStillForAWhileComesToTheSameOrderAgain() {
        startAll();
        stoppedUntil.put("uid-1", now + 3 * SECOND);
        run(3 * SECOND);
        run(SECOND);
        assertSettled();
    }

    @Test
    void saysAgainWhatIsItsOwnAndTellsOfRivals() {
        startAll();
        IpAddress address = addresses().getFirst();
        MacAddress rival = new MacAddress(0x0400_0000_0001L);
        LinkFrames.announcement(rival, address).forEach(frame -> send("rival", frame));
        run(SECOND);
        assertSettled();
        assertThat(rivals).containsExactly(Map.entry(address, rival));
    }

    static IntStream seeds() {
        return IntStream.range(0, Integer.getInteger("seeds", 100));
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void settlesWithinSecondsAfterWhateverHappened(int seed) {
        random = new Random(seed);
        startAll();
        lossPercent = random.nextInt(20);
        for (int i = 0; i < 6; i++) {
            String uid = "uid-" + (1 + random.nextInt(4));
            switch (random.nextInt(4)) {
                case 0 -> running.remove(uid);
                case 1 -> start(uid);
                case 2 -> stoppedUntil.put(uid, now + random.nextLong(2 * SECOND));
                default -> {
                    IpAddress address = addresses().get(random.nextInt(40));
                    LinkFrames.announcement(new MacAddress(7), address)
                            .forEach(frame -> send("rival", frame));
                }
            }
            run(random.nextLong(SECOND));
        }
        // What was lost is told again.
        lossPercent = 0;
        run(5 * SECOND);
        askAll();
        run(SECOND / 10);
        assertSettled();
    }
}
