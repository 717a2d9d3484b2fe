package io.fairlead.controllers;

import io.fairlead.api.ApiException;
import io.fairlead.client.ClusterDelta;
import io.fairlead.client.ObjectChange;
import io.fairlead.client.TransportException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Runs one [Controller]: a queue of keys, each run when something about it changed, never twice at once, again with growing delay when it
/// failed, and not before the index contains everything the controller wrote for it the last time.
///
/// Safe for use by many threads. One lock guards the queue; the controller and its requests run outside of it, on the executor.
public final class ControllerLoop {
    private static final System.Logger LOGGER = System.getLogger(ControllerLoop.class.getName());
    private static final long RETRY_MILLIS_MIN = 10;
    private static final long RETRY_MILLIS_MAX = 30_000;

    private final Controller controller;
    private final WriteRunner writes;
    private final Executor executor;
    private final ScheduledExecutorService timer;
    private final int parallelMax;

    private final Deque<Key> queue = new ArrayDeque<>();
    private final Map<Key, Turn> turns = new HashMap<>();
    private Seen seen = Seen.NOTHING;
    private int running;

    /// What is known about a key that is queued, running, or waiting. Forgotten when there is nothing left to remember.
    private static final class Turn {
        private boolean dirty;
        private boolean queued;
        private boolean running;
        private int failures;
        private List<Expectation> expected = List.of();
    }

    /// @param executor runs the controller and its requests, which wait for their answers; virtual threads do
    /// @param timer starts what is to be done later
    /// @param parallelMax how many keys run at once
    public ControllerLoop(
            Controller controller,
            WriteRunner writes,
            Executor executor,
            ScheduledExecutorService timer,
            int parallelMax) {
        this.controller = controller;
        this.writes = writes;
        this.executor = executor;
        this.timer = timer;
        this.parallelMax = parallelMax;
    }

    /// The cluster is now like this. To be called by one thread at a time, with every delta.
    public void see(ClusterIndex index, ClusterDelta delta) {
        List<Key> concerned = new ArrayList<>();
        for (ObjectChange change : delta.changes()) {
            if (controller.reads().contains(change.type())) {
                concerned.addAll(controller.keys(change, index));
            }
        }
        synchronized (this) {
            seen = new Seen(index, delta.versions());
            concerned.forEach(key -> turns.computeIfAbsent(key, _ -> new Turn()).dirty = true);
            for (Key key : List.copyOf(turns.keySet())) {
                settle(key);
            }
            dispatch();
        }
    }

    /// Whether nothing is queued or running, and everything written has been seen.
    public synchronized boolean isIdle() {
        return turns.isEmpty();
    }

    private synchronized void revisit(Key key) {
        turns.computeIfAbsent(key, _ -> new Turn()).dirty = true;
        settle(key);
        dispatch();
    }

    /// Queues a key when it may run, and forgets it when nothing is to be done about it.
    private void settle(Key key) {
        Turn turn = turns.get(key);
        if (turn == null || turn.running || turn.queued) {
            return;
        }
        turn.expected = turn.expected.stream().filter(write -> !write.isMet(seen)).toList();
        if (!turn.expected.isEmpty()) {
            return;
        }
        if (turn.dirty) {
            turn.queued = true;
            queue.add(key);
        } else if (turn.failures == 0) {
            turns.remove(key);
        }
    }

    private void dispatch() {
        while (running < parallelMax && !queue.isEmpty()) {
            Key key = queue.remove();
            Turn turn = turns.get(key);
            if (turn == null) {
                continue;
            }
            turn.queued = false;
            turn.running = true;
            turn.dirty = false;
            running++;
            try {
                executor.execute(() -> run(key));
            } catch (RejectedExecutionException e) {
                // The process ends: its executors went first.
                queue.clear();
                turns.clear();
                return;
            }
        }
    }

    private void run(Key key) {
        ClusterIndex index;
        synchronized (this) {
            index = seen.index();
        }
        List<Expectation> expected = new ArrayList<>();
        Optional<Duration> again = Optional.empty();
        boolean failed = true;
        try {
            Plan plan = controller.reconcile(index, key);
            again = plan.again();
            Optional<Duration> sooner = writes.run(plan, controller.reads(), expected);
            if (sooner.isPresent()) {
                again = sooner;
            }
            failed = false;
        } catch (ApiException e) {
            LOGGER.log(
                    e.isConflict() || isNamespaceEnding(e)
                            ? System.Logger.Level.DEBUG
                            : System.Logger.Level.INFO,
                    () -> controller.name() + ": " + key + ": " + e.getMessage());
        } catch (TransportException e) {
            LOGGER.log(
                    System.Logger.Level.DEBUG,
                    () -> controller.name() + ": " + key + ": " + e.getMessage());
        } catch (RuntimeException | AssertionError e) {
            LOGGER.log(System.Logger.Level.ERROR, controller.name() + " failed on " + key, e);
        } finally {
            finish(key, expected, failed, again);
        }
    }

    private void finish(
            Key key, List<Expectation> expected, boolean failed, Optional<Duration> again) {
        long delay = -1;
        synchronized (this) {
            running--;
            Turn turn = turns.get(key);
            if (turn != null) {
                turn.running = false;
                turn.expected = List.copyOf(expected);
                if (failed) {
                    delay = RETRY_MILLIS_MIN << Math.min(turn.failures, 12);
                    turn.failures++;
                } else {
                    turn.failures = 0;
                    delay = again.map(Duration::toMillis).orElse(-1L);
                }
                settle(key);
            }
            dispatch();
        }
        if (delay >= 0) {
            later(key, failed ? Math.min(delay, RETRY_MILLIS_MAX) : delay);
        }
    }

    private void later(Key key, long delayMillis) {
        try {
            var _ = timer.schedule(() -> revisit(key), delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            LOGGER.log(System.Logger.Level.DEBUG, "too late for another look", e);
        }
    }

    private static boolean isNamespaceEnding(ApiException e) {
        return e.status().details().list("causes").stream()
                .anyMatch(cause -> cause.text("reason").equals("NamespaceTerminating"));
    }
}
