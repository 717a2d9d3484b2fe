package io.fairlead.images;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How registries are reached.
///
/// @param mirrors for a registry such as `docker.io`, where to ask first, in this order; each such as `https://mirror.example` or with a path
///     before the `/v2/`. Mirrors are asked without credentials.
/// @param plainHttp registries, as named in references, that speak plain HTTP. Those on the loopback address need not be named.
public record RegistryOptions(Map<String, List<URI>> mirrors, Set<String> plainHttp) {
    public static final RegistryOptions USUAL = new RegistryOptions(Map.of(), Set.of());

    private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

    public RegistryOptions {
        mirrors = Map.copyOf(mirrors);
        plainHttp = Set.copyOf(plainHttp);
    }

    /// Where the registry itself is.
    URI address(String registry) {
        String host = registry.equals("docker.io") ? "registry-1.docker.io" : registry;
        return URI.create((isPlain(registry) ? "http://" : "https://") + host);
    }

    boolean isPlain(String registry) {
        int port = registry.lastIndexOf(':');
        String host = port > registry.lastIndexOf(']') ? registry.substring(0, port) : registry;
        return LOOPBACK.contains(host) || plainHttp.contains(registry);
    }
}
