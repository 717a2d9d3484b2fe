package io.fairlead.controllers;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.ObjectChange;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/// Gives every namespace the certificate by which its pods know the API server, as ConfigMap `kube-root-ca.crt`. Keys are Namespaces.
public final class RootCertificateController implements Controller {
    static final String NAME = "kube-root-ca.crt";

    private static final String FILE = "ca.crt";

    private final String certificatePem;

    /// @param certificatePem the authority that signed the API server's certificate
    public RootCertificateController(String certificatePem) {
        this.certificatePem = certificatePem;
    }

    @Override
    public String name() {
        return "root-ca-cert-publisher";
    }

    @Override
    public Set<ResourceType> reads() {
        return Set.of(ResourceType.NAMESPACE, ResourceType.CONFIG_MAP);
    }

    @Override
    public Collection<Key> keys(ObjectChange change, ClusterIndex index) {
        return NamespaceContents.keys(change, ResourceType.CONFIG_MAP, NAME);
    }

    @Override
    public Plan reconcile(ClusterIndex index, Key key) {
        if (!NamespaceContents.isOpen(index, key)) {
            return Plan.NOTHING;
        }
        ObjectName name = new ObjectName(key.name().name(), NAME);
        Optional<JsonObject> existing = index.find(new Key(ResourceType.CONFIG_MAP, name));
        JsonObject contents = JsonObject.of(FILE, Json.of(certificatePem));
        if (existing.isEmpty()) {
            return Plan.of(
                    Write.create(
                            ResourceType.CONFIG_MAP,
                            JsonObject.builder()
                                    .put("apiVersion", "v1")
                                    .put("kind", "ConfigMap")
                                    .put("metadata", metadata(name))
                                    .put("data", contents)
                                    .build()));
        }
        return existing.get().object("data").equals(contents)
                ? Plan.NOTHING
                : Plan.of(
                        new Write.Update(
                                ResourceType.CONFIG_MAP, existing.get().with("data", contents)));
    }

    private static JsonObject metadata(ObjectName name) {
        return NamespaceContents.metadata(name)
                .with(
                        "annotations",
                        JsonObject.of(
                                "kubernetes.io/description",
                                Json.of(
                                        "The certificate authority of this cluster's API server, as"
                                                + " pods reach it: by the Service"
                                                + " kubernetes.default.svc and its address.")));
    }
}
