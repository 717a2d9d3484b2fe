package io.fairlead.cluster;

/// What installs the stand-alone proxy on every node: a service account, its rights, a DaemonSet.
public final class ProxyManifest {
    private ProxyManifest() {}

    /// As YAML.
    ///
    /// @param server the API server as `HOST:PORT`, or empty for what the kubelet says
    /// @throws ClusterException when `server` is something else
    public static String text(String image, String server) {
        return ManifestTemplate.fill("proxy.yaml", image, server);
    }
}
