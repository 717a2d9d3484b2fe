package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.client.KubeClient;
import java.util.Map;
import java.util.stream.Collectors;

/// The objects that make names resolve: Service `kube-dns` and the Deployment behind it.
final class DnsAddOn {
    /// The image of the in-process program.
    static final String IMAGE = "fairlead.io/in-process/dns";

    /// Whom the program is to the API server.
    static final String USER = "system:serviceaccount:kube-system:fairlead-dns";

    static final String NAMESPACE = "kube-system";

    /// Selects the pods that are Fairlead's DNS, not somebody else's behind the same Service.
    static final String POD_LABEL = "app.kubernetes.io/name=fairlead-dns";

    private static final int REPLICAS_MAX = 2;

    private DnsAddOn() {}

    static void apply(KubeClient client, ClusterSettings settings) {
        AddOn.apply(
                client,
                "dns.yaml",
                Map.of(
                        "dnsAddresses",
                        settings.dnsServiceAddresses().stream()
                                .map(address -> "\"" + IpAddress.of(address) + "\"")
                                .collect(Collectors.joining(", ", "[", "]")),
                        "dnsAddress",
                        IpAddress.of(settings.dnsServiceAddress()).toString(),
                        "replicas",
                        String.valueOf(Math.min(settings.nodes(), REPLICAS_MAX)),
                        "image",
                        IMAGE));
    }
}
