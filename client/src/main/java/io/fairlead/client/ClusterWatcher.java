package io.fairlead.client;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/// Follows some types of objects at an API server, and keeps what it sees as one [ClusterSnapshot].
///
/// Each type has its own watch ([TypeWatch]), so types move on independently of each other, as they do in Kubernetes: a slice may be seen
/// before the Service it belongs to. Within a type, objects change in the order of their resource versions.
///
/// Safe for use by many threads. One lock guards everything; nothing is sent and no consumer is called under it.
public final class ClusterWatcher implements AutoCloseable {
    private final Object lock = new Object();
    private final List<TypeWatch> watches = new ArrayList<>();
    private final Set<ResourceType> unknown = new HashSet<>();
    private final List<Subscription> subscriptions = new ArrayList<>();
    private PMap<ResourceType, Long> versions = HashTreePMap.empty();
    private volatile ClusterSnapshot snapshot = ClusterSnapshot.EMPTY;

    /// @param requests runs requests, which wait for their answers; virtual threads do
    /// @param timer starts the next attempt after a failure
    public ClusterWatcher(
            Transport transport,
            Collection<Watched> types,
            Executor requests,
            ScheduledExecutorService timer) {
        for (Watched watched : types) {
            if (!unknown.add(watched.type())) {
                throw new IllegalArgumentException(watched.type() + " is to be watched twice");
            }
            watches.add(new TypeWatch(this, watched, transport, requests, timer));
        }
    }

    /// Begins to watch. To be called once.
    public void start() {
        watches.forEach(TypeWatch::start);
    }

    /// Calls the consumer on the executor, one call at a time, from when everything is known. A consumer that takes its time
    /// gets all that happened meanwhile as one delta.
    public void subscribe(Executor executor, ClusterConsumer consumer) {
        synchronized (lock) {
            Subscription subscription = new Subscription(executor, consumer);
            subscriptions.add(subscription);
            if (unknown.isEmpty()) {
                subscription.begin();
            }
        }
    }

    /// What is known by now; whole only when [#isSynced].
    public ClusterSnapshot snapshot() {
        return snapshot;
    }

    /// Whether every type was seen completely at least once.
    public boolean isSynced() {
        synchronized (lock) {
            return unknown.isEmpty();
        }
    }

    /// Whether the snapshot contains everything that happened to a type up to a resource version.
    public boolean hasSeen(ResourceType type, long resourceVersion) {
        synchronized (lock) {
            return versions.getOrDefault(type, 0L) >= resourceVersion;
        }
    }

    /// Ends all watches; a consumer's call that has begun goes on.
    @Override
    public void close() {
        watches.forEach(TypeWatch::close);
        synchronized (lock) {
            subscriptions.forEach(Subscription::close);
            subscriptions.clear();
        }
    }

    /// One object is now as given, or gone.
    void changed(ResourceType type, ObjectName name, Optional<JsonObject> after, long version) {
        synchronized (lock) {
            change(type, name, after);
            advance(type, version);
            wake();
        }
    }

    /// All objects of a type are now these.
    void replaced(ResourceType type, Map<ObjectName, JsonObject> now, long version) {
        synchronized (lock) {
            if (unknown.contains(type)) {
                snapshot = snapshot.withAll(type, HashTreePMap.<ObjectName, JsonObject>from(now));
                unknown.remove(type);
                if (unknown.isEmpty()) {
                    subscriptions.forEach(Subscription::begin);
                }
            } else {
                for (ObjectName name : List.copyOf(snapshot.all(type).keySet())) {
                    if (!now.containsKey(name)) {
                        change(type, name, Optional.empty());
                    }
                }
                now.forEach((name, object) -> change(type, name, Optional.of(object)));
            }
            advance(type, version);
            wake();
        }
    }

    /// Nothing of a type changed up to a version.
    void advanced(ResourceType type, long version) {
        synchronized (lock) {
            advance(type, version);
        }
    }

    private void advance(ResourceType type, long version) {
        versions = versions.plus(type, Math.max(version, versions.getOrDefault(type, 0L)));
    }

    private void change(ResourceType type, ObjectName name, Optional<JsonObject> after) {
        Optional<JsonObject> before = snapshot.find(type, name);
        if (before.equals(after)) {
            return;
        }
        snapshot =
                after.isPresent()
                        ? snapshot.with(type, name, after.get())
                        : snapshot.without(type, name);
        ObjectChange change = new ObjectChange(type, name, before, after);
        subscriptions.forEach(subscription -> subscription.add(change));
    }

    private void wake() {
        if (unknown.isEmpty()) {
            subscriptions.forEach(Subscription::wake);
        }
    }

    /// A consumer with what it was not told yet. Guarded by the watcher's lock.
    private final class Subscription {
        private final Executor executor;
        private final ClusterConsumer consumer;
        private final PendingChanges pending = new PendingChanges();
        private boolean begun;
        private boolean running;
        private boolean closed;

        Subscription(Executor executor, ClusterConsumer consumer) {
            this.executor = executor;
            this.consumer = consumer;
        }

        void begin() {
            snapshot.objects()
                    .forEach((type, objects) ->
                            objects.forEach((name, object) ->
                                    pending.add(
                                            new ObjectChange(
                                                    type,
                                                    name,
                                                    Optional.empty(),
                                                    Optional.of(object)))));
            begun = true;
            pending.touch();
            wake();
        }

        void add(ObjectChange change) {
            if (begun) {
                pending.add(change);
            }
        }

        void wake() {
            if (begun && !running && !closed && pending.isTouched()) {
                running = true;
                executor.execute(this::deliver);
            }
        }

        void close() {
            closed = true;
        }

        private void deliver() {
            while (true) {
                ClusterSnapshot whole;
                ClusterDelta delta;
                synchronized (lock) {
                    if (closed || !pending.isTouched()) {
                        running = false;
                        return;
                    }
                    whole = snapshot;
                    delta = new ClusterDelta(pending.take(), versions);
                }
                try {
                    consumer.accept(whole, delta);
                } catch (RuntimeException | AssertionError e) {
                    System.getLogger(ClusterWatcher.class.getName())
                            .log(System.Logger.Level.ERROR, "a consumer of changes failed", e);
                }
            }
        }
    }
}
