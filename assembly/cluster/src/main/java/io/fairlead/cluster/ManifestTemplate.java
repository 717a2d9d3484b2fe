package io.fairlead.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// A manifest in the program's jar, whose gaps are filled: the image, and where pods find the API server.
final class ManifestTemplate {
    private ManifestTemplate() {}

    /// As YAML.
    ///
    /// @param file its name in the jar
    /// @param server the API server as `HOST:PORT`, or empty for what the kubelet says
    /// @throws ClusterException when `server` is something else
    static String fill(String file, String image, String server) {
        return text(file).replace("${image}", image).replace("${address}\n", address(server));
    }

    private static String address(String server) {
        if (server.isEmpty()) {
            return "";
        }
        int colon = server.lastIndexOf(':');
        if (colon <= 0 || !server.substring(colon + 1).matches("[0-9]{1,5}")) {
            throw new ClusterException("--server %s is not HOST:PORT.".formatted(server));
        }
        String host = server.substring(0, colon).replace("[", "").replace("]", "");
        return """
                    - name: KUBERNETES_SERVICE_HOST
                      value: "%s"
                    - name: KUBERNETES_SERVICE_PORT
                      value: "%s"
        """
                .formatted(host, server.substring(colon + 1));
    }

    private static String text(String file) {
        try (InputStream resource = ManifestTemplate.class.getResourceAsStream(file)) {
            if (resource == null) {
                throw new IllegalStateException(file + " is not in the program's jar");
            }
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
