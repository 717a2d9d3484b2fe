package io.fairlead.apiserver;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.ApiCatalog.GroupVersion;
import io.fairlead.api.ApiException;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.client.ApiRequest;
import io.fairlead.client.Transport;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Keeps an APIService for every version that CustomResourceDefinitions define.
final class ApiServiceRegistration {
    private static final Logger LOG = System.getLogger("io.fairlead.apiserver");

    private final ObjectStore store;
    private final Supplier<ApiCatalog> catalog;
    private final Transport transport;

    ApiServiceRegistration(ObjectStore store, Supplier<ApiCatalog> catalog, Transport transport) {
        this.store = store;
        this.catalog = catalog;
        this.transport = transport;
    }

    /// Brings the APIServices in line with the definitions. Others may do so at the same time.
    void settle() {
        Map<String, GroupVersion> wanted = new LinkedHashMap<>();
        for (GroupVersion at : catalog.get().groupVersions()) {
            if (!ApiCatalog.isBuiltIn(at.group())) {
                wanted.put(ApiServices.name(at), at);
            }
        }
        Snapshot<StoredObject> snapshot = store.snapshot();
        for (Stored<StoredObject> stored : snapshot.list(StorageKeys.prefix(ApiServices.TYPE))) {
            JsonObject service = stored.value().tree();
            String name = service.text("metadata", "name");
            boolean isOurs = service.text("metadata", "labels", ApiServices.MANAGED).equals("true");
            if (wanted.remove(name) == null && isOurs) {
                send(ApiRequest.delete(ApiServices.TYPE.path(ObjectName.clusterWide(name))));
            }
        }
        wanted.values()
                .forEach(at ->
                        send(
                                ApiRequest.post(
                                        ApiServices.TYPE.collectionPath(""),
                                        ApiServices.custom(at))));
    }

    private void send(ApiRequest request) {
        try {
            transport.send(request);
        } catch (ApiException e) {
            // Another server was faster.
            if (!e.isConflict() && !e.isNotFound()) {
                LOG.log(
                        Level.WARNING,
                        "cannot keep the APIServices of custom resources: " + e.getMessage());
            }
        }
    }
}
