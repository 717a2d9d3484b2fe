package io.fairlead.node;

import io.fairlead.api.JsonObject;
import java.time.Duration;

/// How a container is probed, with Kubernetes' defaults for what is left out.
record ProbeSpec(ContainerSpec.ProbeKind kind, JsonObject tree) {
    Duration initialDelay() {
        return Duration.ofSeconds(tree.number(0, "initialDelaySeconds"));
    }

    Duration period() {
        return Duration.ofSeconds(Math.max(1, tree.number(10, "periodSeconds")));
    }

    Duration timeout() {
        return Duration.ofSeconds(Math.max(1, tree.number(1, "timeoutSeconds")));
    }

    int successThreshold() {
        return (int) Math.max(1, tree.number(1, "successThreshold"));
    }

    int failureThreshold() {
        return (int) Math.max(1, tree.number(3, "failureThreshold"));
    }
}
