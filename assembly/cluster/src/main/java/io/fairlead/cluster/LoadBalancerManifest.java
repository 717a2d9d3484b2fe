package io.fairlead.cluster;

import io.fairlead.api.LoadBalancerPool;

/// What installs the announcer of load balancer addresses on every node: a service account, its rights, the pool, a DaemonSet.
public final class LoadBalancerManifest {
    private LoadBalancerManifest() {}

    /// As YAML.
    ///
    /// @param server the API server as `HOST:PORT`, or empty for what the kubelet says
    /// @throws ClusterException when `server` is something else
    public static String text(String image, String server, LoadBalancerPool pool) {
        return ManifestTemplate.fill("loadbalancer.yaml", image, server)
                .replace("${pool}", pool.toString());
    }
}
