package io.fairlead.apiserver;

import java.net.InetSocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// Another server that answers in our place: a node, or what listens in a pod.
///
/// @param node from where the address is dialled
/// @param security empty for plain HTTP
/// @param target the path and query to ask for
/// @param prefix what a redirect of the backend is put behind; empty when redirects are passed on as they are
record Upstream(
        String node,
        InetSocketAddress address,
        Optional<SSLContext> security,
        String target,
        String prefix) {}
