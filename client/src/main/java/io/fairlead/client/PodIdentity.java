package io.fairlead.client;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Supplier;

/// Who a pod is to its API server, by what every container is given: a folder with a token and the authority, and two variables.
///
/// @param tokenFile is replaced well before the token in it expires
public record PodIdentity(URI server, String authorityPem, Path tokenFile) {
    public static final Path FOLDER = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    /// @param environment the container's variables
    /// @throws KubeconfigException when this is no container of a cluster
    public static PodIdentity of(Path folder, Map<String, String> environment) {
        String host = environment.getOrDefault("KUBERNETES_SERVICE_HOST", "");
        String port = environment.getOrDefault("KUBERNETES_SERVICE_PORT", "443");
        Path token = folder.resolve("token");
        if (host.isEmpty() || !Files.isReadable(token)) {
            throw new KubeconfigException(
                    "this is no pod of a cluster (%s or KUBERNETES_SERVICE_HOST is missing): name a kubeconfig with --kubeconfig."
                            .formatted(token));
        }
        try {
            String authority = Files.readString(folder.resolve("ca.crt"));
            String literal = host.contains(":") ? "[" + host + "]" : host;
            return new PodIdentity(URI.create("https://" + literal + ":" + port), authority, token);
        } catch (IOException e) {
            throw new KubeconfigException(
                    "%s cannot be read: %s.".formatted(folder.resolve("ca.crt"), e), e);
        }
    }

    Kubeconfig.Access access() {
        return new Kubeconfig.Access(server, authorityPem, "", "", "");
    }

    /// The token as it is now, or as it was last seen.
    Supplier<String> token() {
        return new Supplier<>() {
            private String seen = "";

            @Override
            public synchronized String get() {
                try {
                    seen = Files.readString(tokenFile).strip();
                } catch (IOException e) {
                    System.getLogger(PodIdentity.class.getName())
                            .log(System.Logger.Level.WARNING, tokenFile + " cannot be read: " + e);
                }
                return seen;
            }
        };
    }
}
