package io.fairlead.apiserver;

import static java.util.Map.entry;

import io.fairlead.api.FamilyCidrs;
import io.fairlead.api.ResourceType;
import java.util.Map;

/// Which kinds have something special about them. Safe for use by many threads.
final class Strategies {
    private static final Strategy PLAIN = new Strategy() {};

    private final Map<String, Strategy> special;

    Strategies(FamilyCidrs serviceRanges, NodePorts nodePorts) {
        special =
                Map.ofEntries(
                        entry("services", new ServiceStrategy(serviceRanges, nodePorts)),
                        entry("pods", new PodStrategy()),
                        entry("nodes", new NodeStrategy()),
                        entry("namespaces", new NamespaceStrategy()),
                        entry("secrets", new SecretStrategy()),
                        entry("serviceaccounts", new ServiceAccountStrategy()),
                        entry("jobs.batch", new JobStrategy()),
                        entry("replicationcontrollers", new ReplicationControllerStrategy()),
                        entry("daemonsets.apps", new DaemonSetStrategy()),
                        entry(
                                "persistentvolumeclaims",
                                new ProtectedStrategy("kubernetes.io/pvc-protection", "Pending")),
                        entry(
                                "persistentvolumes",
                                new ProtectedStrategy("kubernetes.io/pv-protection", "Pending")),
                        entry(
                                "certificatesigningrequests.certificates.k8s.io",
                                new CertificateRequestStrategy()),
                        entry("apiservices.apiregistration.k8s.io", new ApiServiceStrategy()),
                        entry("servicecidrs.networking.k8s.io", new ServiceCidrStrategy()),
                        entry(
                                "customresourcedefinitions.apiextensions.k8s.io",
                                new DefinitionStrategy()));
    }

    Strategy of(ResourceType type) {
        return special.getOrDefault(type.qualifiedPlural(), PLAIN);
    }
}
