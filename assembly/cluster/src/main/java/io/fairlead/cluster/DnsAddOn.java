package io.fairlead.cluster;

import io.fairlead.api.ApiCatalog;
import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonObject;
import io.fairlead.api.ResourceType;
import io.fairlead.api.YamlReader;
import io.fairlead.client.KubeClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

/// The objects that make names resolve: Service `kube-dns` and the Deployment behind it. Applied at each start, so that an upgrade brings its own.
final class DnsAddOn {
    /// The image of the in-process program.
    static final String IMAGE = "fairlead.io/in-process/dns";

    /// Whom the program is to the API server.
    static final String USER = "system:serviceaccount:kube-system:fairlead-dns";

    static final String NAMESPACE = "kube-system";

    /// Selects the pods that are Fairlead's DNS, not somebody else's behind the same Service.
    static final String POD_LABEL = "app.kubernetes.io/name=fairlead-dns";

    private static final String MANAGER = "fairlead";
    private static final int REPLICAS_MAX = 2;

    private DnsAddOn() {}

    static void apply(KubeClient client, ClusterSettings settings) {
        String text =
                template()
                        .replace(
                                "${dnsAddresses}",
                                settings.dnsServiceAddresses().stream()
                                        .map(address -> "\"" + IpAddress.of(address) + "\"")
                                        .collect(Collectors.joining(", ", "[", "]")))
                        .replace(
                                "${dnsAddress}",
                                IpAddress.of(settings.dnsServiceAddress()).toString())
                        .replace(
                                "${replicas}",
                                String.valueOf(Math.min(settings.nodes(), REPLICAS_MAX)))
                        .replace("${image}", IMAGE);
        for (JsonObject object : YamlReader.readObjects(text)) {
            ResourceType type =
                    ApiCatalog.builtIn()
                            .ofKind(object.text("apiVersion"), object.text("kind"))
                            .orElseThrow()
                            .type();
            client.apply(type, object, MANAGER);
        }
    }

    private static String template() {
        try (InputStream resource = DnsAddOn.class.getResourceAsStream("dns.yaml")) {
            if (resource == null) {
                throw new IllegalStateException("dns.yaml is not in the program's jar");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
