package io.fairlead.cluster;

import io.fairlead.client.KubeClient;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;

/// The objects behind `kubectl top`: an aggregated API, a Service for it and the Deployment behind that.
final class MetricsAddOn {
    /// The image of the in-process program.
    static final String IMAGE = "fairlead.io/in-process/metrics";

    static final String NAMESPACE = "kube-system";
    static final String SERVICE = "fairlead-metrics";

    /// Whom the program is to the API server.
    static final String ACCOUNT = "fairlead-metrics";

    private MetricsAddOn() {}

    /// @param authority vouches for the program's certificate, in PEM
    static void apply(KubeClient client, String authority) {
        AddOn.apply(
                client,
                "metrics.yaml",
                Map.of(
                        "image",
                        IMAGE,
                        "authority",
                        Base64.getEncoder()
                                .encodeToString(authority.getBytes(StandardCharsets.UTF_8))));
    }
}
