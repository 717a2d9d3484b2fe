package io.fairlead.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A view of a Service.
public record Service(JsonObject tree) implements ApiObject {
    /// A Service with this label is another proxy's business.
    public static final String PROXY_NAME_LABEL = "service.kubernetes.io/service-proxy-name";

    /// Marks Services, and the slices of Services, that have no address of their own.
    public static final String HEADLESS_LABEL = "service.kubernetes.io/headless";

    /// How Fairlead's proxies choose among endpoints: `random`, `round-robin`, `source-hash` or `least-connections`.
    public static final String LOAD_BALANCING_ANNOTATION = "fairlead.io/load-balancing";

    private static final long AFFINITY_SECONDS_DEFAULT = 10_800;

    /// What may reach a Service, from narrow to wide.
    public enum Type {
        CLUSTER_IP,
        NODE_PORT,
        LOAD_BALANCER,
        EXTERNAL_NAME
    }

    /// Which endpoints may serve traffic: any, or only those on the node where the traffic is.
    public enum TrafficPolicy {
        CLUSTER,
        LOCAL
    }

    public Type type() {
        return switch (tree.text("spec", "type")) {
            case "NodePort" -> Type.NODE_PORT;
            case "LoadBalancer" -> Type.LOAD_BALANCER;
            case "ExternalName" -> Type.EXTERNAL_NAME;
            default -> Type.CLUSTER_IP;
        };
    }

    /// One address a family, the first family first. Empty for headless and ExternalName Services.
    public List<IpAddress> clusterIps() {
        List<Json> several = tree.list("spec", "clusterIPs");
        if (type() == Type.EXTERNAL_NAME) {
            return List.of();
        }
        return several.isEmpty()
                ? IpAddress.find(tree.text("spec", "clusterIP")).stream().toList()
                : addresses(several);
    }

    /// Wants names for its endpoints and no address: `clusterIP: None`.
    public boolean isHeadless() {
        return type() != Type.EXTERNAL_NAME && tree.text("spec", "clusterIP").equals("None");
    }

    public String externalName() {
        return tree.text("spec", "externalName");
    }

    public List<ServicePort> ports() {
        List<ServicePort> ports = new ArrayList<>();
        for (Json port : tree.list("spec", "ports")) {
            if (port instanceof JsonObject object) {
                ports.add(new ServicePort(object));
            }
        }
        return ports;
    }

    public Map<String, String> selector() {
        return tree.texts("spec", "selector");
    }

    public List<IpAddress> externalIps() {
        return addresses(tree.list("spec", "externalIPs"));
    }

    /// The load balancer's addresses that packets carry when they reach a node; those of a proxying one (`ipMode: Proxy`) are not among them.
    public List<IpAddress> loadBalancerIps() {
        if (type() != Type.LOAD_BALANCER) {
            return List.of();
        }
        return tree.list("status", "loadBalancer", "ingress").stream()
                .filter(ingress -> !ingress.text("ipMode").equals("Proxy"))
                .flatMap(ingress -> IpAddress.find(ingress.text("ip")).stream())
                .toList();
    }

    /// The load balancer's addresses by the host names that its status gives them, in lower case; entries without a name or an address are left out.
    public Map<String, List<IpAddress>> loadBalancerHostnames() {
        Map<String, List<IpAddress>> names = new TreeMap<>();
        if (type() == Type.LOAD_BALANCER) {
            for (Json ingress : tree.list("status", "loadBalancer", "ingress")) {
                String name = ingress.text("hostname").toLowerCase(Locale.ROOT);
                if (!name.isEmpty()) {
                    IpAddress.find(ingress.text("ip"))
                            .ifPresent(address ->
                                    names.computeIfAbsent(name, _ -> new ArrayList<>())
                                            .add(address));
                }
            }
        }
        return names;
    }

    /// Who may use the load balancer's addresses; empty means everybody.
    public List<Cidr> loadBalancerSourceRanges() {
        return tree.list("spec", "loadBalancerSourceRanges").stream()
                .flatMap(range ->
                        Cidr.find(range instanceof JsonString text ? text.value().strip() : "")
                                .stream())
                .toList();
    }

    /// How long a client stays with its endpoint after its last connection; empty without affinity.
    public Optional<Duration> affinityTimeout() {
        return tree.text("spec", "sessionAffinity").equals("ClientIP")
                ? Optional.of(
                        Duration.ofSeconds(
                                tree.number(
                                        AFFINITY_SECONDS_DEFAULT,
                                        "spec",
                                        "sessionAffinityConfig",
                                        "clientIP",
                                        "timeoutSeconds")))
                : Optional.empty();
    }

    public TrafficPolicy internalTrafficPolicy() {
        return policy("internalTrafficPolicy");
    }

    public TrafficPolicy externalTrafficPolicy() {
        return policy("externalTrafficPolicy");
    }

    /// Zero where the Service has none.
    public int healthCheckNodePort() {
        return (int) tree.number(0, "spec", "healthCheckNodePort");
    }

    public boolean publishesNotReadyAddresses() {
        return tree.flag("spec", "publishNotReadyAddresses");
    }

    private TrafficPolicy policy(String field) {
        return tree.text("spec", field).equals("Local")
                ? TrafficPolicy.LOCAL
                : TrafficPolicy.CLUSTER;
    }

    private static List<IpAddress> addresses(List<Json> texts) {
        return texts.stream()
                .flatMap(text ->
                        IpAddress.find(text instanceof JsonString string ? string.value() : "")
                                .stream())
                .toList();
    }
}
