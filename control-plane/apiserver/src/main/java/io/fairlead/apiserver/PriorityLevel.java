package io.fairlead.apiserver;

import io.fairlead.api.JsonObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// The seats and queues of one PriorityLevelConfiguration. Seats are what requests take while they run; those who find none wait in a queue of their flow, and queues
/// are served in turn by the work they have had. Guarded by the lock of its [FlowControl].
final class PriorityLevel {
    private final String name;
    private Shape shape = Shape.NONE;
    private int nominal;
    private List<Queue> queues = List.of();
    private int executing;
    private int waiting;

    /// The work that the queue served last had had: a queue that fills again begins there.
    private double served;

    PriorityLevel(String name) {
        this.name = name;
    }

    /// What a configuration says.
    ///
    /// @param lendablePercent how much of its own may go to others
    /// @param borrowablePercent how much more than its own it may have; -1 for as much as there is
    /// @param queues none when requests that find no seat are refused
    record Shape(
            String uid,
            boolean isExempt,
            long shares,
            long lendablePercent,
            long borrowablePercent,
            int queues,
            int handSize,
            int queueLengthMax) {
        private static final Shape NONE = new Shape("", false, 0, 0, -1, 0, 0, 0);
        private static final int QUEUES_MAX = 10_000;

        static Shape of(JsonObject tree) {
            JsonObject spec = tree.object("spec");
            boolean isExempt = spec.text("type").equals("Exempt");
            JsonObject limits = spec.object(isExempt ? "exempt" : "limited");
            boolean hasQueues = limits.text("limitResponse", "type").equals("Queue");
            JsonObject queuing = limits.object("limitResponse", "queuing");
            int queues = hasQueues ? Math.clamp(queuing.number(64, "queues"), 1, QUEUES_MAX) : 0;
            return new Shape(
                    tree.text("metadata", "uid"),
                    isExempt,
                    limits.number(isExempt ? 0 : 30, "nominalConcurrencyShares"),
                    limits.number(0, "lendablePercent"),
                    limits.number(-1, "borrowingLimitPercent"),
                    queues,
                    Math.clamp(queuing.number(8, "handSize"), 1, Math.max(1, queues)),
                    Math.clamp(queuing.number(50, "queueLengthLimit"), 1, Integer.MAX_VALUE));
        }
    }

    /// Requests of some flows.
    static final class Queue {
        private final Deque<Waiter> waiters = new ArrayDeque<>();
        private int executing;
        private double work;
    }

    /// A request that waits for its seats, and then has them.
    static final class Waiter {
        final CompletableFuture<Boolean> turn = new CompletableFuture<>();
        private final int width;
        private final @Nullable Queue queue;
        private double charged;

        private Waiter(int width, @Nullable Queue queue) {
            this.width = width;
            this.queue = queue;
        }
    }

    String name() {
        return name;
    }

    Shape shape() {
        return shape;
    }

    int nominal() {
        return nominal;
    }

    int executing() {
        return executing;
    }

    int waiting() {
        return waiting;
    }

    /// Takes on a new configuration; who waits already keeps waiting in the old queues' place.
    void reshape(Shape wanted, int seats) {
        if (queues.size() != wanted.queues()) {
            List<Queue> fresh = new ArrayList<>();
            for (int i = 0; i < wanted.queues(); i++) {
                fresh.add(new Queue());
            }
            // Whoever waits when queues change is let go on: it happens seldom, and they have
            // waited.
            for (Queue queue : queues) {
                for (Waiter waiter : queue.waiters) {
                    waiting--;
                    start(waiter);
                }
                queue.waiters.clear();
            }
            queues = List.copyOf(fresh);
        }
        shape = wanted;
        nominal = seats;
    }

    /// The seats that stay with it whatever others want.
    int guaranteed() {
        return nominal - lendable();
    }

    private int lendable() {
        return (int) (nominal * shape.lendablePercent() / 100);
    }

    /// The most seats it may have.
    long most() {
        return shape.borrowablePercent() < 0
                ? Integer.MAX_VALUE
                : nominal + nominal * shape.borrowablePercent() / 100;
    }

    /// Lets a request stand in its flow's queue.
    ///
    /// @param hash of the flow
    /// @return empty when the queue is full
    Optional<Waiter> enqueue(long hash, int width) {
        Queue queue = shortest(hash);
        if (queue.waiters.size() >= shape.queueLengthMax()) {
            return Optional.empty();
        }
        if (queue.waiters.isEmpty() && queue.executing == 0) {
            queue.work = Math.max(queue.work, served);
        }
        Waiter waiter = new Waiter(width, queue);
        queue.waiters.add(waiter);
        waiting++;
        return Optional.of(waiter);
    }

    /// A request that has its seats at once, out of turn.
    Waiter seat(int width) {
        Waiter waiter = new Waiter(width, null);
        start(waiter);
        return waiter;
    }

    /// The request that is next; empty when nobody waits.
    Optional<Waiter> next() {
        Queue first = null;
        for (Queue queue : queues) {
            if (!queue.waiters.isEmpty() && (first == null || queue.work < first.work)) {
                first = queue;
            }
        }
        return first == null ? Optional.empty() : Optional.ofNullable(first.waiters.peek());
    }

    /// Gives its seats to the request that [#next] named.
    void dispatch(Waiter waiter, double expectedSeconds) {
        Queue queue = waiter.queue;
        if (queue != null) {
            queue.waiters.remove(waiter);
            served = Math.max(served, queue.work);
            waiter.charged = expectedSeconds * waiter.width;
            queue.work += waiter.charged;
        }
        waiting--;
        start(waiter);
    }

    private void start(Waiter waiter) {
        executing += waiter.width;
        if (waiter.queue != null) {
            waiter.queue.executing += waiter.width;
        }
        waiter.turn.complete(true);
    }

    /// Takes a request out of its queue; does nothing when it has its seats already.
    void leave(Waiter waiter) {
        if (waiter.queue != null && waiter.queue.waiters.remove(waiter)) {
            waiting--;
        }
    }

    void finish(Waiter waiter, double seconds) {
        executing -= waiter.width;
        Queue queue = waiter.queue;
        if (queue != null) {
            queue.executing -= waiter.width;
            queue.work += seconds * waiter.width - waiter.charged;
        }
    }

    int width(Waiter waiter) {
        return waiter.width;
    }

    // Each flow has a hand of queues and stands in the shortest: two flows seldom share all of
    // theirs, so that a flood leaves others a way.
    private Queue shortest(long hash) {
        int[] hand = new int[shape.handSize()];
        long rest = hash & Long.MAX_VALUE;
        Queue best = queues.getFirst();
        int bestLoad = Integer.MAX_VALUE;
        for (int i = 0; i < hand.length; i++) {
            int left = queues.size() - i;
            int card = (int) (rest % left);
            rest /= left;
            // The card counts only those that are not dealt yet.
            for (int j = 0; j < i; j++) {
                if (card >= hand[j]) {
                    card++;
                }
            }
            int at = i;
            while (at > 0 && hand[at - 1] > card) {
                hand[at] = hand[at - 1];
                at--;
            }
            hand[at] = card;
            Queue queue = queues.get(card);
            int load = queue.waiters.size() + queue.executing;
            if (load < bestLoad) {
                bestLoad = load;
                best = queue;
            }
        }
        return best;
    }
}
