package io.fairlead.apiserver;

import io.fairlead.api.ResourceType;
import java.util.Map;

/// Which kinds have something special about them.
final class Strategies {
    private static final Strategy PLAIN = new Strategy() {};

    private static final Map<String, Strategy> SPECIAL =
            Map.of(
                    "services", new ServiceStrategy(),
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

    private Strategies() {}

    static Strategy of(ResourceType type) {
        return SPECIAL.getOrDefault(type.qualifiedPlural(), PLAIN);
    }
}
