package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiException;
import io.fairlead.api.ApiResource;
import io.fairlead.api.JsonObject;
import io.fairlead.api.Quantity;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import io.fairlead.store.Watcher;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/// Keeps the status of resource quotas true: the limits as they are wished, and what the namespace's objects use, counted anew when a quota changes or an object
/// goes. What new objects use is added by the write that makes them ([ResourceQuotas]).
///
/// Told of changes by the store's thread; counts on a task of its own.
final class QuotaKeeper implements Watcher<StoredObject> {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");

    private final ObjectStore store;
    private final Transport transport;
    private final Executor tasks;
    private final AtomicBoolean isDue = new AtomicBoolean();
    private volatile boolean hasQuotas = true;

    QuotaKeeper(ObjectStore store, Transport transport, Executor tasks) {
        this.store = store;
        this.transport = transport;
        this.tasks = tasks;
    }

    @Override
    public void onChanges(long revision, List<Change<StoredObject>> changes) {
        String quotas = StorageKeys.prefix(ResourceQuotas.QUOTA);
        for (Change<StoredObject> change : changes) {
            boolean isQuota = change.key().startsWith(quotas);
            if (isQuota || (hasQuotas && mayFree(change))) {
                settleSoon();
                return;
            }
        }
    }

    // Pods also give back what they use when they end.
    private static boolean mayFree(Change<StoredObject> change) {
        return change.after().isEmpty()
                || change.after().get().value().tree().text("kind").equals("Pod");
    }

    void settleSoon() {
        if (isDue.compareAndSet(false, true)) {
            tasks.execute(this::settle);
        }
    }

    private void settle() {
        isDue.set(false);
        Snapshot<StoredObject> snapshot = store.snapshot();
        var quotas = snapshot.list(StorageKeys.prefix(ResourceQuotas.QUOTA));
        hasQuotas = !quotas.isEmpty();
        for (Stored<StoredObject> stored : quotas) {
            JsonObject quota = stored.value().tree();
            JsonObject wanted = ResourceQuotas.withStatus(quota, count(quota, snapshot));
            if (wanted.object("status").equals(quota.object("status"))) {
                continue;
            }
            try {
                transport.send(
                        ApiRequest.put(
                                ResourceQuotas.QUOTA.path(ResourceQuotas.name(quota)) + "/status",
                                stored.value()
                                        .at(stored.modRevision())
                                        .tree()
                                        .with("status", wanted.object("status"))));
            } catch (ApiException e) {
                // Somebody was charged meanwhile, or the quota is gone; its change brings us back.
                LOG.log(Level.DEBUG, "a quota changed while it was counted: " + e.getMessage());
            }
        }
    }

    /// What the objects of a quota's namespace use of it.
    static Map<String, Quantity> count(JsonObject quota, Snapshot<StoredObject> snapshot) {
        Map<String, Quantity> limits = PodResources.quantities(quota.object("spec", "hard"));
        Map<String, Quantity> used = new TreeMap<>();
        limits.keySet().forEach(name -> used.put(name, Quantity.ZERO));
        String namespace = quota.text("metadata", "namespace");
        for (ApiResource resource : ApiCatalog.builtIn().all().toList()) {
            if (!resource.type().isNamespaced() || !isStored(resource)) {
                continue;
            }
            for (Stored<StoredObject> stored :
                    snapshot.list(StorageKeys.prefix(resource.type(), namespace))) {
                JsonObject object = stored.value().tree();
                if (object.text("apiVersion").equals(resource.type().apiVersion())
                        && QuotaUsage.isCounted(quota, resource.type(), object)) {
                    QuotaUsage.of(resource.type(), object)
                            .forEach((name, amount) ->
                                    used.computeIfPresent(name, (key, sum) -> sum.plus(amount)));
                }
            }
        }
        return used;
    }

    private static boolean isStored(ApiResource resource) {
        return resource.allows("list") && resource.allows("create");
    }
}
