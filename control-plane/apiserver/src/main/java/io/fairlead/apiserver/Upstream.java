package io.fairlead.apiserver;

import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Another server that answers in our place: a node, what listens in a pod, or an API server of somebody else's.
///
/// @param node from where the address is dialled
/// @param security empty for plain HTTP
/// @param serverName whose certificate the server must show; empty where the context alone decides
/// @param target the path and query to ask for
/// @param prefix what a redirect of the backend is put behind; empty when redirects are passed on as they are
/// @param identity headers that say for whom we ask; empty where nobody needs to know
record Upstream(
        String node,
        InetSocketAddress address,
        Optional<SSLContext> security,
        String serverName,
        String target,
        String prefix,
        List<Map.Entry<String, String>> identity) {
    Upstream(
            String node,
            InetSocketAddress address,
            Optional<SSLContext> security,
            String target,
            String prefix) {
        this(node, address, security, "", target, prefix, List.of());
    }
}
