package io.fairlead.cluster;

import io.fairlead.api.IpAddress;
import io.fairlead.api.JsonReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;

/// What a node's proxy has brought to the kernel, asked of the proxy itself.
public final class NodeRulesView {
    private static final int PORT = 10256;
    private static final int PATIENCE_MILLIS = 10_000;

    private NodeRulesView() {}

    /// The rules as a file that `nft -f` loads.
    ///
    /// @param service as `namespace/name` or a name in the namespace `default`; empty for all
    /// @throws ClusterException when there is no such node, or its proxy does not answer
    public static String print(ClusterSettings settings, String node, String service) {
        int number = settings.nodeNames().indexOf(node) + 1;
        if (number == 0) {
            throw new ClusterException(
                    "cluster \"%s\" has no node \"%s\": \"fairlead status\" lists its nodes."
                            .formatted(settings.name(), node));
        }
        String path =
                service.isEmpty()
                        ? ""
                        : "/" + (service.contains("/") ? service : "default/" + service);
        URI uri =
                URI.create(
                        "http://%s:%d/rules%s"
                                .formatted(
                                        IpAddress.of(settings.nodeAddress(number)).inUrl(),
                                        PORT,
                                        path));
        try {
            HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
            connection.setConnectTimeout(PATIENCE_MILLIS);
            connection.setReadTimeout(PATIENCE_MILLIS);
            if (connection.getResponseCode() == HttpURLConnection.HTTP_NOT_FOUND) {
                throw new ClusterException(
                        "the proxy of %s knows no Service %s.".formatted(node, service));
            }
            try (InputStream body = connection.getInputStream()) {
                return JsonReader.readObject(body.readAllBytes()).text("rules");
            }
        } catch (IOException e) {
            throw new ClusterException(
                    "the proxy of %s does not answer: %s.".formatted(node, e.getMessage()), e);
        }
    }
}
