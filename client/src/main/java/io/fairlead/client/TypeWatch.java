package io.fairlead.client;

import io.fairlead.api.ApiException;
import io.fairlead.api.GenericObject;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.Status;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The list and watch of one type, for as long as its [ClusterWatcher] lives: it asks for the initial objects as events of the watch, or lists
/// where the server cannot do that; goes on from the last version it saw when a watch ends, and begins anew when that version is too old.
///
/// Guarded by its own lock. A watch is listened to only while it is the latest; what an earlier one still says is not heard.
final class TypeWatch {
    private static final System.Logger LOGGER = System.getLogger(TypeWatch.class.getName());
    private static final String INITIAL_EVENTS_END = "k8s.io/initial-events-end";
    private static final long RETRY_MILLIS_MIN = 50;
    private static final long RETRY_MILLIS_MAX = 10_000;
    private static final long ABSENT_MILLIS = 30_000;
    private static final int FORBIDDEN = 403;
    private static final int NOT_FOUND = 404;
    private static final int GONE = 410;

    private final ClusterWatcher watcher;
    private final Watched watched;
    private final Transport transport;
    private final Executor requests;
    private final ScheduledExecutorService timer;

    private boolean streamsInitialObjects = true;
    private String resourceVersion = "";
    private int failures;
    private boolean isAbsent;
    private boolean closed;
    private @Nullable Listener current;

    TypeWatch(
            ClusterWatcher watcher,
            Watched watched,
            Transport transport,
            Executor requests,
            ScheduledExecutorService timer) {
        this.watcher = watcher;
        this.watched = watched;
        this.transport = transport;
        this.requests = requests;
        this.timer = timer;
    }

    void start() {
        requests.execute(this::open);
    }

    void close() {
        Listener open;
        synchronized (this) {
            closed = true;
            open = current;
            current = null;
        }
        if (open != null) {
            open.close();
        }
    }

    private void open() {
        Listener listener = new Listener();
        ApiRequest request;
        synchronized (this) {
            if (closed) {
                return;
            }
            current = listener;
        }
        try {
            request = prepare(listener);
            listener.opened(transport.watch(request, listener));
        } catch (ApiException e) {
            refused(listener, e.status());
        } catch (TransportException e) {
            failed(listener, e.getMessage() == null ? e.toString() : e.getMessage());
        }
    }

    /// Lists first where that is needed.
    private ApiRequest prepare(Listener listener) {
        String from;
        boolean streams;
        synchronized (this) {
            from = resourceVersion;
            streams = streamsInitialObjects;
        }
        ApiRequest watch =
                watched.selection()
                        .on(ApiRequest.get(watched.type().collectionPath(watched.namespace())))
                        .with("watch", "1")
                        .with("allowWatchBookmarks", "true");
        if (!from.isEmpty()) {
            return watch.with("resourceVersion", from);
        }
        if (streams) {
            listener.expectInitialObjects();
            return watch.with("sendInitialEvents", "true")
                    .with("resourceVersionMatch", "NotOlderThan");
        }
        KubeClient.Listing listing =
                new KubeClient(transport)
                        .list(watched.type(), watched.namespace(), watched.selection());
        Map<ObjectName, JsonObject> objects = new HashMap<>();
        for (JsonObject item : listing.items()) {
            objects.put(new GenericObject(item).objectName(), watched.strip().apply(item));
        }
        synchronized (this) {
            resourceVersion = listing.resourceVersion();
        }
        watcher.replaced(watched.type(), objects, number(listing.resourceVersion()));
        return watch.with("resourceVersion", listing.resourceVersion());
    }

    private void refused(Listener listener, Status status) {
        if (watched.need() == Watched.Need.WHERE_OFFERED
                && (status.code() == NOT_FOUND || status.code() == FORBIDDEN)) {
            absent(listener, status);
            return;
        }
        synchronized (this) {
            if (status.code() == GONE) {
                resourceVersion = "";
            } else if (listener.isInitial() && (status.code() == 400 || status.code() == 422)) {
                // An older server, which wants to be asked for a list.
                streamsInitialObjects = false;
            }
        }
        failed(listener, status.message());
    }

    /// Goes on as if there were no object of the type, and asks again now and then: servers are upgraded.
    private void absent(Listener listener, Status status) {
        boolean isNews;
        synchronized (this) {
            if (closed || current != listener) {
                return;
            }
            current = null;
            isNews = !isAbsent;
            isAbsent = true;
            resourceVersion = "";
        }
        if (isNews) {
            LOGGER.log(
                    System.Logger.Level.INFO,
                    "{0} are not to be had here ({1}); going on without",
                    watched.type().qualifiedPlural(),
                    status.message());
            watcher.replaced(watched.type(), Map.of(), 0);
        }
        retryIn(ABSENT_MILLIS);
    }

    private void failed(Listener listener, String why) {
        long delay;
        synchronized (this) {
            if (closed || current != listener) {
                return;
            }
            current = null;
            delay = failures == 0 ? 0 : RETRY_MILLIS_MIN << Math.min(failures - 1, 10);
            failures++;
        }
        if (delay > 0) {
            LOGGER.log(
                    delay >= RETRY_MILLIS_MAX
                            ? System.Logger.Level.WARNING
                            : System.Logger.Level.DEBUG,
                    () -> "watch of " + watched.type().qualifiedPlural() + " is retried: " + why);
        }
        retryIn(Math.min(delay, RETRY_MILLIS_MAX));
    }

    private void retryIn(long delayMillis) {
        try {
            if (delayMillis == 0) {
                requests.execute(this::open);
            } else {
                var _ =
                        timer.schedule(
                                () -> requests.execute(this::open),
                                delayMillis,
                                TimeUnit.MILLISECONDS);
            }
        } catch (RejectedExecutionException e) {
            // The process ends: its executors went first.
            close();
        }
    }

    private synchronized boolean isCurrent(Listener listener) {
        return !closed && current == listener;
    }

    private synchronized void reached(String version) {
        failures = 0;
        isAbsent = false;
        if (!version.isEmpty()) {
            resourceVersion = version;
        }
    }

    /// What resource versions are compared by. Zero when it is no number: then nothing is ever known to be newer.
    private static long number(String resourceVersion) {
        try {
            return Long.parseLong(resourceVersion);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /// Hears one watch. Its events come one at a time.
    private final class Listener implements WatchListener {
        private @Nullable Map<ObjectName, JsonObject> initial;
        private String failure = "the watch ended";
        private Transport.@Nullable Watch watch;
        private boolean ended;

        void expectInitialObjects() {
            initial = new HashMap<>();
        }

        boolean isInitial() {
            return initial != null;
        }

        /// The watch may have ended, or have been given up, before we were told of it.
        void opened(Transport.Watch opened) {
            boolean unwanted;
            synchronized (this) {
                watch = opened;
                unwanted = ended;
            }
            if (unwanted || !isCurrent(this)) {
                opened.close();
            }
        }

        void close() {
            Transport.Watch opened;
            synchronized (this) {
                ended = true;
                opened = watch;
            }
            if (opened != null) {
                opened.close();
            }
        }

        @Override
        public void onEvent(EventType event, JsonObject object) {
            if (!isCurrent(this)) {
                return;
            }
            switch (event) {
                case ADDED, MODIFIED -> put(object);
                case DELETED -> remove(object);
                case BOOKMARK -> bookmark(object);
                case ERROR -> error(Status.of(object));
            }
        }

        @Override
        public void onClose() {
            close();
            failed(this, failure);
        }

        private void put(JsonObject object) {
            GenericObject seen = new GenericObject(object);
            JsonObject kept = watched.strip().apply(KubeClient.named(watched.type(), object));
            Map<ObjectName, JsonObject> collected = initial;
            if (collected != null) {
                collected.put(seen.objectName(), kept);
                return;
            }
            watcher.changed(watched.type(), seen.objectName(), Optional.of(kept), version(object));
            reached(object.text("metadata", "resourceVersion"));
        }

        private void remove(JsonObject object) {
            ObjectName name = new GenericObject(object).objectName();
            Map<ObjectName, JsonObject> collected = initial;
            if (collected != null) {
                collected.remove(name);
                return;
            }
            watcher.changed(watched.type(), name, Optional.empty(), version(object));
            reached(object.text("metadata", "resourceVersion"));
        }

        private void bookmark(JsonObject object) {
            Map<ObjectName, JsonObject> collected = initial;
            if (collected == null) {
                watcher.advanced(watched.type(), version(object));
            } else if (object.text("metadata", "annotations", INITIAL_EVENTS_END).equals("true")) {
                initial = null;
                watcher.replaced(watched.type(), collected, version(object));
            } else {
                return;
            }
            reached(object.text("metadata", "resourceVersion"));
        }

        private void error(Status status) {
            failure = status.message();
            if (status.code() == GONE) {
                synchronized (TypeWatch.this) {
                    resourceVersion = "";
                }
            }
        }

        private long version(JsonObject object) {
            return number(object.text("metadata", "resourceVersion"));
        }
    }
}
