package io.fairlead.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A view of an EndpointSlice: some of a Service's endpoints, all with the same ports and of the same family.
public record EndpointSlice(JsonObject tree) implements ApiObject {
    public static final String SERVICE_LABEL = "kubernetes.io/service-name";

    public static final String MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by";

    /// The name of the Service it belongs to, which lives in the same namespace; empty where it belongs to none.
    public String serviceName() {
        return tree.text("metadata", "labels", SERVICE_LABEL);
    }

    /// Empty for slices of domain names.
    public Optional<IpFamily> family() {
        return switch (tree.text("addressType")) {
            case "IPv4" -> Optional.of(IpFamily.IPV4);
            case "IPv6" -> Optional.of(IpFamily.IPV6);
            default -> Optional.empty();
        };
    }

    public List<Endpoint> endpoints() {
        List<Endpoint> endpoints = new ArrayList<>();
        for (Json endpoint : tree.list("endpoints")) {
            if (endpoint instanceof JsonObject object) {
                endpoints.add(new Endpoint(object));
            }
        }
        return endpoints;
    }

    public List<Port> ports() {
        List<Port> ports = new ArrayList<>();
        for (Json port : tree.list("ports")) {
            if (port instanceof JsonObject object) {
                ports.add(new Port(object));
            }
        }
        return ports;
    }

    /// A view of one endpoint. Conditions that nobody set read as they must be interpreted: ready, serving, not terminating.
    public record Endpoint(JsonObject tree) {
        public List<IpAddress> addresses() {
            return tree.list("addresses").stream()
                    .flatMap(text ->
                            IpAddress.find(text instanceof JsonString string ? string.value() : "")
                                    .stream())
                    .toList();
        }

        public boolean isReady() {
            return !tree.has("conditions", "ready") || tree.flag("conditions", "ready");
        }

        public boolean isServing() {
            return !tree.has("conditions", "serving") || tree.flag("conditions", "serving");
        }

        public boolean isTerminating() {
            return tree.flag("conditions", "terminating");
        }

        /// The name by which DNS tells it from its siblings; often empty.
        public String hostname() {
            return tree.text("hostname");
        }

        public String nodeName() {
            return tree.text("nodeName");
        }

        public String zone() {
            return tree.text("zone");
        }

        /// The zones that should use it; empty where it has no such hints.
        public List<String> hintedZones() {
            return hints("forZones");
        }

        /// The nodes that should use it; empty where it has no such hints.
        public List<String> hintedNodes() {
            return hints("forNodes");
        }

        /// The object behind it, usually a pod.
        public Optional<Target> target() {
            JsonObject target = tree.object("targetRef");
            return target.isEmpty()
                    ? Optional.empty()
                    : Optional.of(
                            new Target(
                                    target.text("kind"),
                                    new ObjectName(target.text("namespace"), target.text("name")),
                                    target.text("uid")));
        }

        private List<String> hints(String field) {
            return tree.list("hints", field).stream().map(hint -> hint.text("name")).toList();
        }
    }

    /// The object behind an endpoint.
    public record Target(String kind, ObjectName name, String uid) {}

    /// A view of one port.
    public record Port(JsonObject tree) {
        public String name() {
            return tree.text("name");
        }

        public Optional<Protocol> protocol() {
            return Protocol.find(tree.text("protocol"));
        }

        /// Zero means any port, which only names can make use of.
        public int port() {
            return (int) tree.number(0, "port");
        }

        public String appProtocol() {
            return tree.text("appProtocol");
        }
    }
}
