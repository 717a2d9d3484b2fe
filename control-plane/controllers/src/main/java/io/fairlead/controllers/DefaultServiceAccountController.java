package io.fairlead.controllers;

import io.fairlead.api.GenericObject;
import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.Collection;
import java.util.Set;

/// Gives every namespace a service account `default`. Keys are Namespaces.
public final class DefaultServiceAccountController implements Controller {
    private static final String ACCOUNT = "default";

    @Override
    public String name() {
        return "service-account-controller";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.NAMESPACE, ResourceType.SERVICE_ACCOUNT);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return NamespaceContents.keys(change, ResourceType.SERVICE_ACCOUNT, ACCOUNT);
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        String namespace = key.name().name();
        ObjectName account = new ObjectName(namespace, ACCOUNT);
        boolean missing =
                NamespaceContents.isOpen(index, key)
                        && index.find(
                                        new Key(ResourceType.SERVICE_ACCOUNT, account),
                                        GenericObject::new)
                                .isEmpty();
        return missing
                ? Plan.of(
                        Write.create(
                                ResourceType.SERVICE_ACCOUNT,
                                JsonObject.of(
                                        "apiVersion",
                                        Json.of("v1"),
                                        "kind",
                                        Json.of("ServiceAccount"),
                                        "metadata",
                                        NamespaceContents.metadata(account))))
                : Plan.NOTHING;
    }
}
