package io.fairlead.node;

import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ClusterWatcher;
import io.fairlead.client.Selection;
import io.fairlead.client.Transport;
import io.fairlead.client.Watched;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;

/// Tells pods when a ConfigMap or Secret changes that they show. Each object is watched alone, while some pod wants it: a node has no
/// business with the others.
///
/// Safe for use by many threads.
final class ObjectChanges implements AutoCloseable {
    private record Key(ResourceType type, ObjectName name) {}

    private record Entry(ClusterWatcher watcher, List<Runnable> listeners) {}

    private final Transport transport;
    private final Executor requests;
    private final ScheduledExecutorService timer;
    private final Map<Key, Entry> entries = new HashMap<>();

    ObjectChanges(Transport transport, Executor requests, ScheduledExecutorService timer) {
        this.transport = transport;
        this.requests = requests;
        this.timer = timer;
    }

    /// Calls the listener after every change, and once in the beginning, until [#stop].
    synchronized void listen(ResourceType type, ObjectName name, Runnable listener) {
        Key key = new Key(type, name);
        Entry known = entries.get(key);
        if (known != null) {
            known.listeners().add(listener);
            return;
        }
        ClusterWatcher watcher =
                new ClusterWatcher(
                        transport,
                        List.of(
                                Watched.all(type)
                                        .in(name.namespace())
                                        .selecting(
                                                Selection.byFields("metadata.name=" + name.name()))
                                        .stripped(ObjectChanges::withoutManagers)),
                        requests,
                        timer);
        Entry entry = new Entry(watcher, new CopyOnWriteArrayList<>(List.of(listener)));
        entries.put(key, entry);
        watcher.subscribe(requests, (snapshot, delta) -> entry.listeners().forEach(Runnable::run));
        watcher.start();
    }

    synchronized void stop(ResourceType type, ObjectName name, Runnable listener) {
        Key key = new Key(type, name);
        Entry entry = entries.get(key);
        if (entry != null) {
            entry.listeners().remove(listener);
            if (entry.listeners().isEmpty()) {
                entries.remove(key);
                entry.watcher().close();
            }
        }
    }

    @Override
    public synchronized void close() {
        entries.values().forEach(entry -> entry.watcher().close());
        entries.clear();
    }

    private static JsonObject withoutManagers(JsonObject object) {
        return object.withoutAt("metadata", "managedFields");
    }
}
