package io.fairlead.store;

import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// What is visible of a store: its timeline, and who listens to it. Both stores are built around one.
///
/// Only the store's thread calls [#publish] and runs the tasks this class hands out; any thread may look, watch and compact. A listener is
/// registered in the same step in which the past it must be told first is fixed, so nothing falls between past and present.
final class Chronicle<V> {
    private static final System.Logger LOG = System.getLogger(Chronicle.class.getName());

    /// Reads moments that are only on the device: those after a revision, up to the point where memory takes over.
    interface Archive<V> {
        List<Moment<V>> moments(long afterRevision, long upToRevision);
    }

    /// The store's thread, or what stands for it.
    interface Turns {
        /// Has the task run on the store's thread, after those handed in before.
        void enqueue(Runnable task);

        /// Lets waiting tasks run, where no thread does so by itself. Called without locks.
        void take();
    }

    private final int keptRevisions;
    private final Archive<V> archive;

    private final Turns turns;

    /// Compacts the device; called on the store's thread.
    private final LongConsumer compactDevice;

    private final Object lock = new Object();
    private volatile Timeline<V> timeline;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();

    Chronicle(
            Timeline<V> timeline,
            int keptRevisions,
            Archive<V> archive,
            Turns turns,
            LongConsumer compactDevice) {
        this.timeline = timeline;
        this.keptRevisions = keptRevisions;
        this.archive = archive;
        this.turns = turns;
        this.compactDevice = compactDevice;
    }

    Contents<V> now() {
        return timeline.now();
    }

    long compactedRevision() {
        return timeline.compacted();
    }

    /// Makes moments visible, then tells them. The past is cut when it is twice as long as it should be, so that cutting stays rare.
    void publish(Contents<V> next, List<Moment<V>> moments) {
        synchronized (lock) {
            timeline = timeline.then(next, moments);
            if (next.revision() - timeline.compacted() > 2L * keptRevisions) {
                compactTo(next.revision() - keptRevisions);
            }
        }
        for (Moment<V> moment : moments) {
            for (Listener listener : listeners) {
                listener.hear(moment);
            }
        }
    }

    void compact(long revision) {
        synchronized (lock) {
            if (revision > timeline.now().revision()) {
                throw new IllegalArgumentException(
                        "revision " + revision + " is not visible yet, so it cannot be compacted");
            }
            if (revision > timeline.compacted()) {
                compactTo(revision);
            }
        }
        turns.take();
    }

    private void compactTo(long revision) {
        timeline = timeline.compactedTo(revision);
        // Queued behind the first telling of every open watch, which may need the device's past.
        turns.enqueue(() -> compactDevice.accept(revision));
    }

    Optional<Store.Subscription> watch(long afterRevision, String prefix, Watcher<V> watcher) {
        Listener listener;
        synchronized (lock) {
            if (afterRevision < timeline.compacted()) {
                return Optional.empty();
            }
            listener = new Listener(afterRevision, prefix, watcher, timeline);
            listeners.add(listener);
            turns.enqueue(listener::catchUp);
        }
        turns.take();
        return Optional.of(listener);
    }

    /// The moments after `revision` that `seen` does not hold in memory. They are kept for the next who asks.
    private List<Moment<V>> archived(long revision, Timeline<V> seen) {
        if (revision >= seen.pastBegins()) {
            return List.of();
        }
        Timeline<V> current = timeline;
        if (revision >= current.pastBegins()) {
            return current.past().subMap(revision, false, seen.pastBegins(), true).values().stream()
                    .toList();
        }
        List<Moment<V>> moments = archive.moments(seen.compacted(), seen.pastBegins());
        synchronized (lock) {
            if (timeline.pastBegins() == seen.pastBegins()) {
                timeline = timeline.withEarlier(moments);
            }
        }
        return moments.stream().filter(moment -> moment.revision() > revision).toList();
    }

    /// One watch. Owned by the store's thread, but for [#close] and [#requestProgress].
    private final class Listener implements Store.Subscription {
        private final String prefix;
        private final Watcher<V> watcher;
        private long heard;
        private @Nullable Timeline<V> untold;
        private volatile boolean closed;

        Listener(long afterRevision, String prefix, Watcher<V> watcher, Timeline<V> untold) {
            this.heard = afterRevision;
            this.prefix = prefix;
            this.watcher = watcher;
            this.untold = untold;
        }

        void catchUp() {
            Timeline<V> past = untold;
            if (past == null || closed) {
                return;
            }
            untold = null;
            try {
                for (Moment<V> moment : archived(heard, past)) {
                    tell(moment);
                }
                for (Moment<V> moment : past.after(heard)) {
                    tell(moment);
                }
                if (past.now().revision() >= heard) {
                    heard = past.now().revision();
                    watcher.onProgress(heard);
                }
            } catch (RuntimeException broken) {
                drop(broken);
            }
        }

        void hear(Moment<V> moment) {
            catchUp();
            try {
                tell(moment);
            } catch (RuntimeException broken) {
                drop(broken);
            }
        }

        private void tell(Moment<V> moment) {
            if (closed || moment.revision() <= heard) {
                return;
            }
            heard = moment.revision();
            List<Watcher.Change<V>> changes = moment.changes(prefix);
            if (!changes.isEmpty()) {
                watcher.onChanges(moment.revision(), changes);
            }
        }

        @Override
        public void requestProgress() {
            turns.enqueue(this::progress);
            turns.take();
        }

        private void progress() {
            catchUp();
            long visible = timeline.now().revision();
            if (!closed && visible >= heard) {
                try {
                    watcher.onProgress(visible);
                } catch (RuntimeException broken) {
                    drop(broken);
                }
            }
        }

        private void drop(RuntimeException broken) {
            close();
            LOG.log(
                    System.Logger.Level.ERROR,
                    "A watch on '" + prefix + "' failed and was closed",
                    broken);
            watcher.onFailure(broken);
        }

        @Override
        public void close() {
            closed = true;
            listeners.remove(this);
        }
    }
}
