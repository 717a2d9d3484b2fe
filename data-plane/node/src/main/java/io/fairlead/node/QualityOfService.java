package io.fairlead.node;

import java.util.List;
import java.util.Map;

/// The class of a pod by how firmly it claims resources.
final class QualityOfService {
    private static final List<String> COUNTED = List.of("cpu", "memory");

    private QualityOfService() {}

    static String of(AssignedPod pod) {
        boolean asksForNothing = true;
        boolean isGuaranteed = true;
        for (ContainerSpec container : pod.containers()) {
            Map<String, String> limits = container.tree().texts("resources", "limits");
            Map<String, String> requests = container.tree().texts("resources", "requests");
            for (String resource : COUNTED) {
                String limit = limits.getOrDefault(resource, "");
                String request = requests.getOrDefault(resource, limit);
                asksForNothing &= limit.isEmpty() && request.isEmpty();
                isGuaranteed &=
                        !limit.isEmpty() && Amount.of(limit).compareTo(Amount.of(request)) == 0;
            }
        }
        if (asksForNothing) {
            return "BestEffort";
        }
        return isGuaranteed ? "Guaranteed" : "Burstable";
    }
}
