package io.fairlead.apiserver;

import io.fairlead.api.ResourceType;
import java.util.Map;

/// Which kinds have something special about them. Safe for use by many threads.
final class Strategies {
    private static final Strategy PLAIN = new Strategy() {};

    private final Map<String, Strategy> special;

    Strategies(NodePorts nodePorts) {
        special =
                Map.of(
                        "services", new ServiceStrategy(nodePorts),
                        "pods", new PodStrategy(),
                        "namespaces", new NamespaceStrategy(),
                        "serviceaccounts", new ServiceAccountStrategy(),
                        "jobs.batch", new JobStrategy(),
                        "daemonsets.apps", new DaemonSetStrategy(),
                        "persistentvolumeclaims",
                                new ProtectedStrategy("kubernetes.io/pvc-protection", "Pending"),
                        "persistentvolumes",
                                new ProtectedStrategy("kubernetes.io/pv-protection", "Pending"),
                        "servicecidrs.networking.k8s.io", new ServiceCidrStrategy());
    }

    Strategy of(ResourceType type) {
        return special.getOrDefault(type.qualifiedPlural(), PLAIN);
    }
}
