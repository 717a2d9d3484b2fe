package io.fairlead.api;

import java.util.Optional;

/// A view of one port of a Service.
public record ServicePort(JsonObject tree) {
    /// Empty only where the Service has a single port.
    public String name() {
        return tree.text("name");
    }

    /// Empty for protocols we do not know.
    public Optional<Protocol> protocol() {
        return Protocol.find(tree.text("protocol"));
    }

    public int port() {
        return (int) tree.number(0, "port");
    }

    /// The number or the name of a container's port.
    public Json targetPort() {
        return tree.find("targetPort").orElse(Json.of(port()));
    }

    /// Zero where it has none.
    public int nodePort() {
        return (int) tree.number(0, "nodePort");
    }

    public String appProtocol() {
        return tree.text("appProtocol");
    }
}
