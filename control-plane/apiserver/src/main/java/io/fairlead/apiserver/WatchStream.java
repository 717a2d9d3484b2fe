package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Status;
import io.fairlead.client.WatchListener.EventType;
import io.fairlead.store.Store;
import io.fairlead.store.Stored;
import io.fairlead.store.Watcher;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One client's watch: the store's changes as events, in order. The client polls when it can take more; a client that falls further behind than the buffer
/// is dropped, because the store waits for nobody.
///
/// Filled by the store's thread, emptied by one thread of the transport at a time.
final class WatchStream implements Watcher<StoredObject> {
    private static final int BUFFER_MAX = 20_000;

    /// Something to tell the client.
    ///
    /// @param tree what a bookmark or an error says instead of an object
    record Event(EventType type, @Nullable ReadObject object, JsonObject tree) {
        static Event of(EventType type, ReadObject object) {
            return new Event(type, object, JsonObject.EMPTY);
        }

        JsonObject json() {
            return object == null ? tree : object.tree();
        }
    }

    /// What a watch is about.
    ///
    /// @param afterRevision what the client knows already; empty when it wants the present objects first
    record Scope(
            String prefix,
            Predicate<JsonObject> selector,
            String kind,
            String apiVersion,
            Optional<Long> afterRevision,
            Bookmarks bookmarks) {}

    /// Which bookmarks the client wants.
    enum Bookmarks {
        NONE,
        PERIODIC,
        /// Also one that tells where the initial events end.
        END_OF_INITIAL_EVENTS
    }

    private final Store<StoredObject> store;
    private final Scope scope;
    private final EventForm form;
    private final Queue<Event> buffer = new ArrayDeque<>();
    private Iterator<Stored<StoredObject>> initial = Collections.emptyIterator();
    private Store.@Nullable Subscription subscription;
    private Runnable wake = () -> {};
    private boolean owesInitialBookmark;
    private boolean isEnding;
    private boolean isClosed;
    private long knownRevision;
    private boolean wantsBookmark;
    private final List<Runnable> closers = new ArrayList<>();

    WatchStream(Store<StoredObject> store, Scope scope, EventForm form) {
        this.store = store;
        this.scope = scope;
        this.form = form;
    }

    /// How events look to this client.
    EventForm form() {
        return form;
    }

    /// Begins to listen. `wake` is called, on any thread and perhaps too often, when there may be something to poll.
    void start(Runnable wake) {
        long after;
        synchronized (this) {
            this.wake = wake;
            if (scope.afterRevision().isPresent()) {
                after = scope.afterRevision().get();
            } else {
                var snapshot = store.snapshot();
                after = snapshot.revision();
                initial = snapshot.list(scope.prefix()).iterator();
                owesInitialBookmark = scope.bookmarks() == Bookmarks.END_OF_INITIAL_EVENTS;
            }
            knownRevision = after;
        }
        Optional<Store.Subscription> opened = store.watch(after, scope.prefix(), this);
        if (opened.isEmpty()) {
            end(tooOld(after));
            return;
        }
        boolean late;
        synchronized (this) {
            subscription = opened.get();
            late = isClosed;
        }
        if (late) {
            opened.get().close();
        }
        wake.run();
    }

    @Override
    public void onChanges(long revision, List<Change<StoredObject>> changes) {
        Runnable wakeNow;
        boolean isTooSlow;
        synchronized (this) {
            if (isEnding) {
                return;
            }
            knownRevision = Math.max(knownRevision, revision);
            for (Change<StoredObject> change : changes) {
                Event event = event(revision, change);
                if (event != null) {
                    buffer.add(event);
                }
            }
            isTooSlow = buffer.size() > BUFFER_MAX;
            if (isTooSlow) {
                buffer.clear();
                initial = Collections.emptyIterator();
                owesInitialBookmark = false;
                buffer.add(new Event(EventType.ERROR, null, tooSlow().tree()));
                isEnding = true;
            }
            wakeNow = wake;
        }
        if (isTooSlow) {
            unsubscribe();
        }
        wakeNow.run();
    }

    @Override
    public void onProgress(long revision) {
        Runnable wakeNow;
        synchronized (this) {
            knownRevision = Math.max(knownRevision, revision);
            if (!wantsBookmark || isEnding || owesInitialBookmark || initial.hasNext()) {
                return;
            }
            wantsBookmark = false;
            buffer.add(bookmark(knownRevision, JsonObject.EMPTY));
            wakeNow = wake;
        }
        wakeNow.run();
    }

    @Override
    public void onFailure(RuntimeException cause) {
        end();
    }

    /// The next event; null when there is none now.
    synchronized @Nullable Event poll() {
        while (initial.hasNext()) {
            Stored<StoredObject> stored = initial.next();
            if (scope.selector().test(stored.value().tree())) {
                return Event.of(EventType.ADDED, stored.value().at(stored.modRevision()));
            }
        }
        if (owesInitialBookmark) {
            owesInitialBookmark = false;
            long revision = buffer.isEmpty() ? knownRevision : revisionBefore(buffer.element());
            return bookmark(revision, JsonObject.of("k8s.io/initial-events-end", Json.of("true")));
        }
        return buffer.poll();
    }

    /// Whether everything was polled and nothing more will come.
    synchronized boolean isExhausted() {
        return isEnding && buffer.isEmpty() && !initial.hasNext();
    }

    /// Has the client told soon how far it has heard.
    void requestBookmark() {
        Store.Subscription open;
        synchronized (this) {
            wantsBookmark = true;
            open = subscription;
        }
        if (open != null) {
            open.requestProgress();
        }
    }

    /// Runs `closer` once, when the stream is over for whatever reason.
    void onClose(Runnable closer) {
        boolean isOver;
        synchronized (this) {
            isOver = isClosed;
            if (!isOver) {
                closers.add(closer);
            }
        }
        if (isOver) {
            closer.run();
        }
    }

    /// The last events may still be polled; no others follow.
    void end() {
        Runnable wakeNow;
        synchronized (this) {
            isEnding = true;
            wakeNow = wake;
        }
        unsubscribe();
        wakeNow.run();
    }

    /// The client is gone.
    void close() {
        List<Runnable> toRun;
        synchronized (this) {
            isEnding = true;
            isClosed = true;
            toRun = List.copyOf(closers);
            closers.clear();
            buffer.clear();
            initial = Collections.emptyIterator();
            owesInitialBookmark = false;
            wake = () -> {};
        }
        unsubscribe();
        toRun.forEach(Runnable::run);
    }

    private void end(Status status) {
        synchronized (this) {
            buffer.add(new Event(EventType.ERROR, null, status.tree()));
        }
        end();
    }

    private void unsubscribe() {
        Store.Subscription open;
        synchronized (this) {
            open = subscription;
            subscription = null;
        }
        if (open != null) {
            open.close();
        }
    }

    private @Nullable Event event(long revision, Change<StoredObject> change) {
        Optional<Stored<StoredObject>> after = change.after();
        boolean matches = after.isPresent() && scope.selector().test(after.get().value().tree());
        boolean matched =
                change.before().isPresent()
                        && scope.selector().test(change.before().get().value().tree());
        if (matches) {
            ReadObject object = after.get().value().at(revision);
            return Event.of(matched ? EventType.MODIFIED : EventType.ADDED, object);
        }
        if (matched) {
            // An object that leaves the selector or is gone is shown as it was, with the revision
            // of
            // the change.
            ReadObject last = change.before().get().value().at(revision);
            return Event.of(EventType.DELETED, last);
        }
        return null;
    }

    private Event bookmark(long revision, JsonObject annotations) {
        JsonObject metadata =
                JsonObject.builder()
                        .put("resourceVersion", Long.toString(revision))
                        .putUnlessEmpty("annotations", annotations)
                        .build();
        return new Event(
                EventType.BOOKMARK,
                null,
                JsonObject.of(
                        "kind",
                        Json.of(scope.kind()),
                        "apiVersion",
                        Json.of(scope.apiVersion()),
                        "metadata",
                        metadata));
    }

    private static long revisionBefore(Event event) {
        ReadObject object = event.object();
        return object == null ? 0 : object.revision() - 1;
    }

    // The client lists again, as after any other gap.
    private static Status tooSlow() {
        return new Status(
                410,
                "Expired",
                "the watch was closed because its client fell more than %d events behind"
                        .formatted(BUFFER_MAX),
                JsonObject.EMPTY);
    }

    private Status tooOld(long revision) {
        return new Status(
                410,
                "Expired",
                "too old resource version: %d (%d)".formatted(revision, store.compactedRevision()),
                JsonObject.EMPTY);
    }
}
