package io.fairlead.apiserver;

import io.fairlead.api.Json;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ObjectName;
import io.fairlead.api.ResourceType;
import io.fairlead.client.Dialer;
import io.fairlead.store.Snapshot;
import io.fairlead.store.Stored;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Finds what stands behind a Service of the cluster, so that the server can call it without being in the cluster's network. Safe for use by many threads.
final class ServiceBackends {
    private final ObjectStore store;
    private final RandomGenerator random;

    ServiceBackends(ObjectStore store, RandomGenerator random) {
        this.store = store;
        this.random = random;
    }

    /// One place where a Service is served.
    ///
    /// @param node from where the address is dialled; empty for addresses that anybody reaches
    record Backend(String node, InetSocketAddress address) {}

    /// Any of the endpoints that are ready.
    ///
    /// @throws IOException when there is none, or no such Service
    Backend choose(ObjectName name, long port) throws IOException {
        Snapshot<StoredObject> snapshot = store.snapshot();
        JsonObject service =
                snapshot.get(StorageKeys.key(ResourceType.SERVICE, name))
                        .map(stored -> stored.value().tree())
                        .orElseThrow(
                                () -> new IOException("service \"" + name.name() + "\" not found"));
        if (service.text("spec", "type").equals("ExternalName")) {
            InetAddress address = InetAddress.getByName(service.text("spec", "externalName"));
            return new Backend("", new InetSocketAddress(address, (int) port));
        }
        Json wanted =
                service.list("spec", "ports").stream()
                        .filter(each -> each.number(0, "port") == port)
                        .findFirst()
                        .orElseThrow(() ->
                                new IOException(
                                        "no service port %d found for service \"%s\""
                                                .formatted(port, name.name())));
        List<Backend> backends = new ArrayList<>();
        for (Stored<StoredObject> stored :
                snapshot.list(StorageKeys.prefix(ResourceType.ENDPOINT_SLICE, name.namespace()))) {
            collect(stored.value().tree(), name.name(), wanted.text("name"), backends);
        }
        if (backends.isEmpty()) {
            throw new IOException("no endpoints available for service \"" + name.name() + "\"");
        }
        return backends.get(random.nextInt(backends.size()));
    }

    private static void collect(
            JsonObject slice, String service, String portName, List<Backend> into) {
        if (!slice.text("metadata", "labels", "kubernetes.io/service-name").equals(service)) {
            return;
        }
        Optional<Json> port =
                slice.list("ports").stream()
                        .filter(each -> each.text("name").equals(portName))
                        .findFirst();
        if (port.isEmpty()) {
            return;
        }
        for (Json endpoint : slice.list("endpoints")) {
            boolean isReady =
                    !endpoint.has("conditions", "ready") || endpoint.flag("conditions", "ready");
            if (isReady && !endpoint.list("addresses").isEmpty()) {
                String address = endpoint.list("addresses").getFirst().text();
                into.add(
                        new Backend(
                                endpoint.text("nodeName"),
                                new InetSocketAddress(
                                        InetAddress.ofLiteral(address),
                                        (int) port.get().number(0, "port"))));
            }
        }
    }

    /// Dials from nodes as `inCluster` does, and what belongs to no node from where the server is.
    static Dialer dialer(Dialer inCluster) {
        return (node, address) ->
                node.isEmpty() ? SocketChannel.open(address) : inCluster.dial(node, address);
    }
}
